import { assert, assertEquals } from "@std/assert";
import { Keepalive, type KeepaliveOptions } from "../../lib/websocket/keepalive.ts";
import { Clock } from "../core/clock.ts";

/** A keepalive whose Pings and end are noted. */
function start(options: KeepaliveOptions) {
  const state = { pings: [] as Uint8Array[], over: false };
  const keepalive = new Keepalive(options, {
    ping(payload) {
      state.pings.push(payload);
    },
    timedOut() {
      state.over = true;
    },
  });
  return { keepalive, state };
}

/** Of a timeout that is over, how many milliseconds are for a last look. */
const LAST_LOOK = 100;

Deno.test("keepalive: the time in which nobody reads does not count", async () => {
  using clock = new Clock();
  const { keepalive, state } = start({ timeout: 0.4 });
  // Each look at what has come is short, and a Pong may always lie behind it.
  for (let i = 0; i < 6; i++) {
    await clock.pass(100);
    keepalive.resume();
    await clock.pass(1);
    keepalive.pause();
  }
  keepalive.resume();
  await clock.pass(393);
  assert(!state.over);
  await clock.pass(1 + LAST_LOOK);
  assert(state.over);
  keepalive.stop();
});

Deno.test("keepalive: nothing is timed before somebody reads", async () => {
  using clock = new Clock();
  const { keepalive, state } = start({ timeout: 0.005 });
  await clock.pass(100);
  assert(!state.over);
  keepalive.stop();
});

Deno.test("keepalive: a Pong begins the time anew", async () => {
  using clock = new Clock();
  const { keepalive, state } = start({ timeout: 0.5 });
  keepalive.resume();
  for (let i = 0; i < 8; i++) {
    await clock.pass(400);
    keepalive.pong(new Uint8Array(0));
  }
  await clock.pass(499);
  assert(!state.over);
  await clock.pass(1 + LAST_LOOK);
  assert(state.over);
  keepalive.stop();
});

Deno.test("keepalive: a Pong that came while the program was held up counts", async () => {
  using clock = new Clock();
  const { keepalive, state } = start({ interval: 0.2, timeout: 0.5 });
  keepalive.resume();
  await clock.pass(300);
  clock.stall(60_000);
  await clock.pass(1); // What is late fires before anything is read.
  assertEquals([state.pings.length, state.over], [2, false]);
  keepalive.pong(state.pings[0]);
  await clock.pass(499);
  assert(!state.over);
  await clock.pass(1 + LAST_LOOK);
  assert(state.over);
  keepalive.stop();
});

Deno.test("keepalive: a Ping holds the time since the beginning, for the round trip", async () => {
  using clock = new Clock();
  const trips: number[] = [];
  const { keepalive, state } = start({ interval: 1.5, onRoundTrip: (s) => void trips.push(s) });
  await clock.pass(1500);
  const [payload] = state.pings;
  assertEquals(payload.length, 12);
  const view = new DataView(payload.buffer);
  assertEquals([view.getBigUint64(0), view.getUint32(8)], [1n, 500_000_000]);
  await clock.pass(10);
  keepalive.pong(payload);
  keepalive.pong(new Uint8Array(11));
  assertEquals(trips.map((seconds) => seconds.toFixed(6)), ["0.010000"]);
  keepalive.stop();
});

Deno.test("keepalive: no more than so many Pings, perhaps none", async () => {
  using clock = new Clock();
  const two = start({ interval: 0.001, maxPings: 2 });
  const none = start({ interval: 0.001, maxPings: 0 });
  await clock.pass(30);
  assertEquals([two.state.pings.length, none.state.pings.length], [2, 0]);
  two.keepalive.stop();
  none.keepalive.stop();
});
