import { assert, assertEquals } from "@std/assert";
import { Keepalive, type KeepaliveOptions } from "../../lib/websocket/keepalive.ts";

/** A keepalive whose Pings and end are noted. */
function start(options: KeepaliveOptions) {
  const ended = Promise.withResolvers<void>();
  const pinged = Promise.withResolvers<Uint8Array>();
  const state = { pings: 0, over: false };
  const keepalive = new Keepalive(options, {
    ping(payload) {
      state.pings++;
      pinged.resolve(payload);
    },
    timedOut() {
      state.over = true;
      ended.resolve();
    },
  });
  return { keepalive, state, ended: ended.promise, pinged: pinged.promise };
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

Deno.test("keepalive: the time in which nobody reads does not count", async () => {
  const { keepalive, state, ended } = start({ timeout: 0.4 });
  // Each look at what has come is short, and a Pong may always lie behind it.
  for (let i = 0; i < 6; i++) {
    await sleep(100);
    keepalive.resume();
    await sleep(1);
    keepalive.pause();
  }
  assert(!state.over);
  keepalive.resume();
  await ended;
  keepalive.stop();
});

Deno.test("keepalive: nothing is timed before somebody reads", async () => {
  const { keepalive, state } = start({ timeout: 0.005 });
  await sleep(30);
  assert(!state.over);
  keepalive.stop();
});

Deno.test("keepalive: a Pong begins the time anew", async () => {
  const { keepalive, state, ended } = start({ timeout: 0.5 });
  keepalive.resume();
  for (let i = 0; i < 8; i++) {
    await sleep(80);
    keepalive.pong(new Uint8Array(0));
  }
  assert(!state.over);
  await ended;
  keepalive.stop();
});

Deno.test("keepalive: a Ping holds the time since the beginning, for the round trip", async () => {
  const trips: number[] = [];
  const { keepalive, pinged } = start({ interval: 0.001, onRoundTrip: (s) => void trips.push(s) });
  const payload = await pinged;
  assertEquals(payload.length, 12);
  const view = new DataView(payload.buffer);
  assertEquals(view.getBigUint64(0), 0n);
  assert(view.getUint32(8) > 0 && view.getUint32(8) < 1e9);
  await sleep(10);
  keepalive.pong(payload);
  keepalive.pong(new Uint8Array(11));
  assertEquals(trips.length, 1);
  assert(trips[0] >= 0.009 && trips[0] < 1, String(trips[0]));
  keepalive.stop();
});

Deno.test("keepalive: no more than so many Pings, perhaps none", async () => {
  const two = start({ interval: 0.001, maxPings: 2 });
  const none = start({ interval: 0.001, maxPings: 0 });
  while (two.state.pings < 2) await sleep(1);
  await sleep(20);
  assertEquals([two.state.pings, none.state.pings], [2, 0]);
  two.keepalive.stop();
  none.keepalive.stop();
});
