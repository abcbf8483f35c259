import { assert, assertEquals, assertRejects } from "@std/assert";
import { BINARY, TEXT } from "../../lib/core/batch.ts";
import { isGone, WirecatError } from "../../lib/core/errors.ts";
import type { Peer } from "../../lib/core/peer.ts";
import { batchOf, type Message, MessageReader, settle } from "../peers.ts";
import { Clock, turn } from "../core/clock.ts";
import { closeBytes, concat, masked, type ReadFrame, unmasked } from "./frames.ts";
import { connect, type MemoryConn } from "./memory_conn.ts";

const CLOSE = 8, PING = 9, PONG = 10;
const decoder = new TextDecoder();

/** Frames in short: `opcode payload`. */
function short(frames: readonly ReadFrame[]): string[] {
  return frames.map(({ opcode, payload }) => {
    if (opcode !== CLOSE || payload.length === 0) return `${opcode} ${decoder.decode(payload)}`;
    return `8 ${payload[0] << 8 | payload[1]} ${decoder.decode(payload.subarray(2))}`;
  });
}

async function sent(conn: MemoryConn, count: number): Promise<string[]> {
  return short(await conn.frames(count));
}

function write(peer: Peer, ...messages: Message[]): Promise<void> {
  const writer = peer.writable.getWriter();
  const written = writer.write(batchOf(...messages));
  writer.releaseLock();
  return written;
}

/** Waits for a failure of a kind. */
async function failsWith(promise: Promise<unknown>, kind: string, message: string): Promise<void> {
  const error = await assertRejects(() => promise, WirecatError);
  assertEquals([error.kind, error.message], [kind, message]);
}

/** The peer has ended in order, so that closing takes no time. */
async function closeAtOnce(peer: Peer): Promise<void> {
  let closed = false;
  const closing = (async () => {
    await peer.close();
    closed = true;
  })();
  for (let i = 0; i < 5; i++) await turn();
  assert(closed, "closing waits for something");
  await closing;
}

// --- Data ---

Deno.test("RFC 6455 6.2: messages come out of the stream with their kinds", async () => {
  const { conn, peer } = connect();
  conn.push(masked(1, "one"), masked(2, "two", 0), masked(0, "!"));
  const reader = peer.readable.getReader();
  const { value } = await reader.read();
  assertEquals([value!.kind(0), value!.kind(1)], [TEXT, BINARY]);
  assertEquals(decoder.decode(value!.message(1)), "two!");
  await peer.close();
});

Deno.test("RFC 6455 6.1: a batch goes out in one write, each message as a frame", async () => {
  const { conn, peer } = connect({ role: "client" });
  await write(peer, "one", ["two", BINARY]);
  const frames = await conn.frames(2);
  assertEquals(short(frames), ["1 one", "2 two"]);
  assert(frames.every((frame) => frame.masked && frame.fin));
  await peer.close();
});

Deno.test("connection: what came behind the handshake is read first", async () => {
  const { conn, peer } = connect({}, concat(masked(1, "a"), masked(1, "bc").subarray(0, 7)));
  conn.push(masked(1, "bc").subarray(7), masked(1, "d"), masked(CLOSE));
  assertEquals(await new MessageReader(peer.readable).rest(), ["a", "bc", "d"]);
  await peer.close();
});

Deno.test("connection: a connection that takes little at a time gets all", async () => {
  const { conn, peer } = connect();
  conn.mostPerWrite = 3;
  conn.push(masked(PING, "ping"));
  const reader = new MessageReader(peer.readable);
  const next = reader.next();
  await write(peer, "a long message", "another");
  await peer.writable.close();
  assertEquals((await sent(conn, 4)).toSorted(), [
    "1 a long message",
    "1 another",
    "10 ping",
    "8 1000 ",
  ]);
  conn.push(masked(CLOSE));
  assertEquals(await next, undefined);
  await closeAtOnce(peer);
});

Deno.test("connection: nothing is read before it is asked for", async () => {
  const { conn, peer } = connect();
  await settle();
  assertEquals(conn.reading, 0);
  await peer.close();
});

// --- Pings ---

Deno.test("RFC 6455 5.5.2: a Ping is answered with its own payload", async () => {
  for (const role of ["server", "client"] as const) {
    const { conn, peer } = connect({ role });
    const frame = role === "server" ? masked : unmasked;
    conn.push(frame(PING, "hello"), frame(CLOSE));
    assertEquals(await new MessageReader(peer.readable).rest(), []);
    const [pong] = await conn.frames(2);
    assertEquals([pong.opcode, decoder.decode(pong.payload)], [PONG, "hello"]);
    assertEquals(pong.masked, role === "client");
    await peer.close();
  }
});

Deno.test("RFC 6455 5.5.2: each of many Pings that come at once is answered, in order", async () => {
  const { conn, peer } = connect();
  const pings = Array.from({ length: 10 }, (_, i) => masked(PING, `ping ${i}`));
  conn.push(...pings, masked(CLOSE));
  assertEquals(await new MessageReader(peer.readable).rest(), []);
  assertEquals(await sent(conn, 11), [
    ...Array.from({ length: 10 }, (_, i) => `10 ping ${i}`),
    "8 ",
  ]);
  await peer.close();
});

Deno.test("RFC 6455 5.5.2: Pings that come while a write is in progress are answered after it", async () => {
  const { conn, peer } = connect();
  conn.block();
  const written = write(peer, "data");
  await conn.until(() => conn.writing === 1);
  const reader = new MessageReader(peer.readable);
  const next = reader.next();
  conn.push(masked(PING, "1"), masked(PING, "2"));
  conn.push(masked(PING, "3"), masked(1, "x"));
  assertEquals(await next, "x");
  conn.unblock();
  await written;
  assertEquals(await sent(conn, 4), ["1 data", "10 1", "10 2", "10 3"]);
  await peer.close();
});

Deno.test("RFC 6455 5.5.3: of Pings without end only the newest ones wait to be answered", async () => {
  const { conn, peer } = connect();
  conn.block();
  const written = write(peer, "data");
  await conn.until(() => conn.writing === 1);
  const reader = new MessageReader(peer.readable);
  const next = reader.next();
  for (let i = 0; i < 1000; i++) conn.push(masked(PING, `${i}`));
  conn.push(masked(1, "x"));
  assertEquals(await next, "x");
  conn.unblock();
  await written;
  const [data, ...pongs] = await sent(conn, 2);
  assertEquals(data, "1 data");
  assert(pongs.length <= 64);
  assertEquals(pongs, Array.from(pongs, (_, i) => `10 ${1000 - pongs.length + i}`));
  await peer.close();
});

Deno.test("connection: a Ping that comes as a write ends is answered all the same", async () => {
  // The read and the write resolve in one turn, in either order and some microtasks apart.
  for (let delay = 0; delay < 16; delay++) {
    const { conn, peer } = connect();
    const next = new MessageReader(peer.readable).next();
    conn.block();
    const written = write(peer, "data");
    await conn.until(() => conn.writing === 1 && conn.reading === 1);
    conn.unblock();
    for (let i = 0; i < delay; i++) await Promise.resolve();
    conn.push(masked(PING, "p"));
    await written;
    assertEquals(await sent(conn, 2), ["1 data", "10 p"]);
    conn.end();
    await next;
    await peer.close();
  }
});

Deno.test("RFC 6455 5.5.2: no Ping is answered after a Close frame", async () => {
  const { conn, peer } = connect();
  conn.push(masked(CLOSE, closeBytes(1000)), masked(PING, "late"));
  await new MessageReader(peer.readable).rest();
  await settle();
  assertEquals(await sent(conn, 1), ["8 1000 "]);
  await peer.close();
});

Deno.test("RFC 6455 5.5.2: after our Close frame nothing follows, no Pong either", async () => {
  const { conn, peer } = connect();
  const rest = new MessageReader(peer.readable).rest();
  await peer.writable.close();
  conn.push(masked(PING, "late"), masked(1, "still read"), masked(CLOSE));
  assertEquals(await rest, ["still read"]);
  assertEquals(await sent(conn, 1), ["8 1000 "]);
  await closeAtOnce(peer);
});

Deno.test("connection: --inhibit-pongs leaves later Pings unanswered", async () => {
  const { conn, peer } = connect({ maxPongs: 1 });
  const reader = new MessageReader(peer.readable);
  conn.push(masked(PING, "1"), masked(1, "a"));
  await reader.next();
  await conn.frames(1);
  conn.push(masked(PING, "2"), masked(1, "b"));
  await reader.next();
  await settle();
  assertEquals(await sent(conn, 1), ["10 1"]);
  await peer.close();
});

Deno.test("connection: Pings are answered while nobody wants the messages any more", async () => {
  const { conn, peer } = connect();
  await peer.readable.cancel();
  conn.push(masked(1, "dropped"), masked(PING, "1"));
  assertEquals(await sent(conn, 1), ["10 1"]);
  conn.push(masked(1, "dropped"), masked(CLOSE, closeBytes(1001)));
  assertEquals((await peer.closed!).code, 1001);
  assertEquals(await sent(conn, 2), ["10 1", "8 1001 "]);
  await closeAtOnce(peer);
});

Deno.test("connection: messages that have come already do not keep a Close frame from being answered", async () => {
  // As with -u, where a server greets its client right behind the handshake.
  const greeting = connect({}, concat(masked(1, "hello"), masked(PING, "1")));
  await greeting.peer.readable.cancel();
  // As behind the last message that was wanted.
  const counted = connect();
  counted.conn.push(masked(1, "wanted"), masked(1, "x".repeat(600)), masked(PING, "1"));
  const reader = counted.peer.readable.getReader();
  await reader.read();
  await reader.cancel();
  for (const { conn, peer } of [greeting, counted]) {
    assertEquals(await sent(conn, 1), ["10 1"]);
    conn.push(masked(CLOSE, closeBytes(1001)));
    assertEquals((await peer.closed!).code, 1001);
    assertEquals(await sent(conn, 2), ["10 1", "8 1001 "]);
    await closeAtOnce(peer);
  }
});

Deno.test("connection: cancelling a read under way goes on reading for the Pings", async () => {
  const { conn, peer } = connect();
  const reader = peer.readable.getReader();
  const next = reader.read();
  await conn.until(() => conn.reading === 1);
  await reader.cancel();
  assertEquals(await next, { value: undefined, done: true });
  conn.push(masked(PING, "1"));
  assertEquals(await sent(conn, 1), ["10 1"]);
  conn.push(masked(CLOSE));
  await peer.closed;
  await closeAtOnce(peer);
});

Deno.test("connection: closing ends a read under way", async () => {
  for (const closing of [false, true]) {
    const { conn, peer } = connect();
    const next = peer.readable.getReader().read();
    if (closing) {
      await peer.shutdown!();
      conn.push(masked(CLOSE));
    }
    await peer.close();
    assertEquals(await next, { value: undefined, done: true });
  }
});

// --- Keepalive ---

Deno.test("connection: Pings go out at their interval and tell the round trip", async () => {
  const trips: number[] = [];
  const onRoundTrip = (seconds: number) => void trips.push(seconds);
  const { conn, peer } = connect({ keepalive: { interval: 0.005, maxPings: 2, onRoundTrip } });
  const reader = new MessageReader(peer.readable);
  const next = reader.next();
  const [first, second] = await conn.frames(2);
  assertEquals([first.opcode, first.payload.length, second.opcode], [PING, 12, PING]);
  conn.push(masked(PONG, first.payload), masked(PONG, "unasked for"), masked(1, "x"));
  assertEquals(await next, "x");
  assertEquals(trips.length, 1);
  assert(trips[0] >= 0 && trips[0] < 5, String(trips[0]));
  assertEquals((await conn.frames(2)).length, 2);
  await peer.close();
});

Deno.test("connection: a peer that sends no Pong is given up", async () => {
  const { conn, peer } = connect({ keepalive: { timeout: 0.02 } });
  const read = new MessageReader(peer.readable).next();
  await failsWith(read, "timeout", "ws:test: no Pong for 20 ms");
  assertEquals(await peer.closed, { code: 1006, reason: "", ours: false });
  assert(conn.closed);
  await peer.close();
});

Deno.test("connection: a Pong keeps the connection", async () => {
  using clock = new Clock();
  const { conn, peer } = connect({ keepalive: { interval: 0.01, timeout: 0.2 } });
  const reader = new MessageReader(peer.readable);
  const next = reader.next();
  for (let count = 1; count <= 25; count++) {
    await clock.pass(10);
    const frames = await conn.frames(count);
    conn.push(masked(PONG, frames[count - 1].payload));
  }
  conn.push(masked(1, "alive"));
  assertEquals(await next, "alive");
  await peer.close();
});

Deno.test("connection: no Pong is missed while our own side does not read", async () => {
  const { conn, peer } = connect({ keepalive: { interval: 0.005, timeout: 0.03 } });
  const reader = new MessageReader(peer.readable);
  conn.push(masked(1, "1"));
  assertEquals(await reader.next(), "1");
  await conn.frames(20); // More than three timeouts.
  assert(!conn.closed);
  conn.push(masked(1, "2"));
  assertEquals(await reader.next(), "2");
  await failsWith(reader.next(), "timeout", "ws:test: no Pong for 30 ms");
  await peer.close();
});

Deno.test("connection: a Ping timeout is the error that a blocked writer hears of, too", async () => {
  const { conn, peer } = connect({ keepalive: { timeout: 0.02 } });
  conn.block();
  const written = write(peer, "data");
  const read = new MessageReader(peer.readable).next();
  await Promise.all([
    failsWith(written, "timeout", "ws:test: no Pong for 20 ms"),
    failsWith(read, "timeout", "ws:test: no Pong for 20 ms"),
  ]);
  await peer.close();
});

Deno.test("connection: that a connection ends where it is closed does not hide why it was", async () => {
  const { conn, peer } = connect({ keepalive: { timeout: 0.02 } });
  const read = conn.read.bind(conn);
  conn.read = (into) => read(into).catch(() => null);
  conn.push(masked(1, "half", 0));
  const next = new MessageReader(peer.readable).next();
  await failsWith(next, "timeout", "ws:test: no Pong for 20 ms");
  await peer.close();
});

Deno.test("connection: times beyond the runtime's timers are long, not short", async () => {
  using clock = new Clock();
  const keepalive = { interval: 1e9, timeout: 1e9 };
  const { conn, peer } = connect({ keepalive, closeTimeout: 1e9 });
  const read = new MessageReader(peer.readable).next();
  await clock.pass(2 ** 33); // Nothing is to happen in this time.
  assertEquals(conn.written.length, 0);
  await peer.shutdown!();
  assertEquals(await sent(conn, 1), ["8 1001 "]);
  await clock.pass(2 ** 33);
  assert(!conn.closed);
  conn.push(masked(CLOSE));
  await read;
  await peer.close();
});

// --- The closing handshake ---

Deno.test("RFC 6455 5.5.1: a Close frame is answered at once with its code", async () => {
  for (
    const [payload, answer, code] of [
      [closeBytes(1000, "bye"), "8 1000 ", 1000],
      [closeBytes(4000), "8 4000 ", 4000],
      ["", "8 ", 1005],
    ] as const
  ) {
    const { conn, peer } = connect();
    conn.push(masked(1, "last"), masked(CLOSE, payload));
    assertEquals(await new MessageReader(peer.readable).rest(), ["last"]);
    assertEquals(await sent(conn, 1), [answer]);
    const reason = code === 1000 ? "bye" : "";
    assertEquals(await peer.closed, { code, reason, ours: false });
    await closeAtOnce(peer);
    assert(conn.closed);
  }
});

Deno.test("RFC 6455 5.5.1: a write in progress goes before the answer, and nothing after it", async () => {
  const { conn, peer } = connect();
  conn.block();
  const written = write(peer, "data");
  const rest = new MessageReader(peer.readable).rest();
  conn.push(masked(CLOSE, closeBytes(1000)));
  await peer.closed;
  const late = write(peer, "late");
  conn.unblock();
  await written;
  const error = await assertRejects(() => late);
  assert(isGone(error));
  await rest;
  assertEquals(await sent(conn, 2), ["1 data", "8 1000 "]);
  await closeAtOnce(peer);
});

Deno.test("RFC 6455 5.5.1: no data is sent after our Close frame", async () => {
  const { conn, peer } = connect();
  await write(peer, "data");
  await peer.shutdown!(1001);
  assert(isGone(await assertRejects(() => write(peer, "late"))));
  assertEquals(await sent(conn, 2), ["1 data", "8 1001 "]);
  conn.push(masked(CLOSE, closeBytes(1001)));
  await closeAtOnce(peer);
  assertEquals(await peer.closed, { code: 1001, reason: "", ours: true });
});

Deno.test("RFC 6455 5.5.1: only one Close frame is sent", async () => {
  const { conn, peer } = connect({ closeStatus: { code: 3000, reason: "done" } });
  const rest = new MessageReader(peer.readable).rest();
  await peer.writable.close();
  await peer.shutdown!(1001);
  conn.push(masked(CLOSE, closeBytes(1000)));
  await rest;
  assertEquals(await sent(conn, 1), ["8 3000 done"]);
  assertEquals(await peer.closed, { code: 1000, reason: "", ours: true });
  await closeAtOnce(peer);
});

Deno.test("connection: a failure that the peer tells of is not ours, also after our Close frame", async () => {
  for (
    const [sent, came, ours] of [
      [1000, 1011, false],
      [1005, 1008, false],
      [1011, 1011, true],
      [1011, 1000, true],
      [1000, 1001, true],
      [1000, 4000, true],
      [1000, 1005, true],
    ] as const
  ) {
    const { conn, peer } = connect({ closeStatus: { code: sent, reason: "" } });
    const rest = new MessageReader(peer.readable).rest();
    await peer.writable.close();
    conn.push(masked(CLOSE, came === 1005 ? "" : closeBytes(came)));
    await rest;
    assertEquals(await peer.closed, { code: came, reason: "", ours }, `${sent}, then ${came}`);
    await closeAtOnce(peer);
  }
});

Deno.test("RFC 6455 7.1.2: after our Close frame messages are still read until the answer", async () => {
  const { conn, peer } = connect({ role: "client", closeStatus: { code: 1005, reason: "" } });
  const reader = new MessageReader(peer.readable);
  await peer.writable.close();
  conn.push(unmasked(1, "late"), unmasked(CLOSE));
  assertEquals(await reader.rest(), ["late"]);
  assertEquals(await sent(conn, 1), ["8 "]);
  await closeAtOnce(peer);
});

Deno.test("RFC 6455 7.1.5: an end without a Close frame is 1006", async () => {
  const { conn, peer } = connect();
  conn.push(masked(1, "a"));
  conn.end();
  assertEquals(await new MessageReader(peer.readable).rest(), ["a"]);
  assertEquals(await peer.closed, { code: 1006, reason: "", ours: false });
  assert(isGone(await assertRejects(() => write(peer, "late"))));
  assertEquals(conn.written.length, 0);
  await closeAtOnce(peer);
});

Deno.test("connection: an end instead of an answer to our Close frame is 1006, and ours", async () => {
  const { conn, peer } = connect();
  const rest = new MessageReader(peer.readable).rest();
  await peer.writable.close();
  conn.end();
  assertEquals(await rest, []);
  assertEquals(await peer.closed, { code: 1006, reason: "", ours: true });
  await closeAtOnce(peer);
});

Deno.test("connection: a reset is an end", async () => {
  const { conn, peer } = connect();
  conn.fail(new Deno.errors.ConnectionReset("Connection reset by peer (os error 104)"));
  assertEquals(await new MessageReader(peer.readable).rest(), []);
  assertEquals((await peer.closed!).code, 1006);
  await peer.close();
});

Deno.test("connection: an end within a message is a failure", async () => {
  for (
    const bytes of [masked(1, "abc").subarray(0, 7), masked(1, "abc", 0), masked(1).subarray(0, 1)]
  ) {
    const { conn, peer } = connect();
    const reader = new MessageReader(peer.readable);
    conn.push(masked(1, "a"), bytes);
    conn.end();
    assertEquals(await reader.next(), "a");
    const message = "ws:test: the connection ended in the middle of a message";
    await failsWith(reader.next(), "abnormal", message);
    assertEquals((await peer.closed!).code, 1006);
    await closeAtOnce(peer);
  }
});

Deno.test("connection: another failure of reading is told", async () => {
  const { conn, peer } = connect();
  conn.fail(new Error("Wire cut (os error 5)"));
  const read = new MessageReader(peer.readable).next();
  await failsWith(read, "connection", "ws:test: reading failed: wire cut");
  await peer.close();
});

Deno.test("connection: -n sends no Close frame, but answers one", async () => {
  const { conn, peer } = connect({ sendClose: false });
  await write(peer, "a");
  await peer.writable.close();
  await settle();
  assertEquals(await sent(conn, 1), ["1 a"]);
  conn.push(masked(CLOSE, closeBytes(1000)));
  await new MessageReader(peer.readable).rest();
  assertEquals(await sent(conn, 2), ["1 a", "8 1000 "]);
  await closeAtOnce(peer);
});

Deno.test("connection: -n and closing just ends the connection", async () => {
  const { conn, peer } = connect({ sendClose: false });
  await peer.writable.close();
  await closeAtOnce(peer);
  assertEquals(conn.written.length, 0);
  assert(conn.closed);
  assertEquals((await peer.closed!).code, 1006);
});

Deno.test("connection: a silent peer is given up after the close timeout", async () => {
  const { conn, peer } = connect({ closeTimeout: 0.02 });
  const rest = new MessageReader(peer.readable).rest();
  await peer.writable.close();
  assertEquals(await rest, []);
  assertEquals(await peer.closed, { code: 1006, reason: "", ours: true });
  assert(conn.closed);
  await closeAtOnce(peer);
});

Deno.test("connection: a peer that still sends is not silent", async () => {
  using clock = new Clock();
  const { conn, peer } = connect({ closeTimeout: 0.4 });
  const reader = new MessageReader(peer.readable);
  await peer.writable.close();
  for (let i = 0; i < 5; i++) {
    await clock.pass(300);
    conn.push(masked(1, "more"));
    assertEquals(await reader.next(), "more");
  }
  conn.push(masked(CLOSE));
  assertEquals(await reader.next(), undefined);
  await closeAtOnce(peer);
});

Deno.test("connection: a peer that has closed but takes nothing is given up after the close timeout", async () => {
  const { conn, peer } = connect({ closeTimeout: 0.02 });
  conn.block();
  const written = write(peer, "stuck");
  await conn.until(() => conn.writing === 1);
  conn.push(masked(CLOSE, closeBytes(1000)));
  const rest = new MessageReader(peer.readable).rest();
  assert(isGone(await assertRejects(() => written)));
  assertEquals(await rest, []);
  assertEquals(await peer.closed, { code: 1000, reason: "", ours: false });
  await closeAtOnce(peer);
});

Deno.test("connection: closing waits for the answer to our Close frame, and drops what comes before", async () => {
  const { conn, peer } = connect();
  await peer.shutdown!();
  const closed = peer.close();
  conn.push(masked(1, "dropped"), masked(CLOSE));
  await closed;
  assertEquals(await peer.closed, { code: 1005, reason: "", ours: true });
  assert(conn.closed);
});

Deno.test("connection: closing waits no longer than a second, whatever the peer does not do", async () => {
  using clock = new Clock();
  const silent = connect();
  await silent.peer.shutdown!();
  const stuck = connect();
  stuck.conn.block();
  const shutdown = stuck.peer.shutdown!();
  shutdown.catch(() => {});
  const wrong = connect();
  wrong.conn.push(masked(3));
  await assertRejects(() => new MessageReader(wrong.peer.readable).next());
  const stuckWrong = connect();
  stuckWrong.conn.block();
  const stuckWrite = assertRejects(() => write(stuckWrong.peer, "data"));
  await stuckWrong.conn.until((conn) => conn.writing === 1);
  stuckWrong.conn.push(masked(3));
  await assertRejects(() => new MessageReader(stuckWrong.peer.readable).next());
  const all = [silent, stuck, wrong, stuckWrong];
  const closed = Promise.all(all.map(({ peer }) => peer.close()));
  await clock.pass(1000);
  assert(all.every(({ conn }) => conn.closed));
  await closed;
  await stuckWrite;
});

Deno.test("connection: a peer that never reads does not keep us from closing", async () => {
  const { conn, peer } = connect();
  conn.block();
  const written = write(peer, "data");
  await conn.until(() => conn.writing === 1);
  const shutdown = peer.shutdown!();
  const failures = Promise.all([assertRejects(() => written), assertRejects(() => shutdown)]);
  await closeAtOnce(peer);
  await failures;
  assert(conn.closed);
});

Deno.test("connection: reading on while it is being closed comes to the end", async () => {
  const { conn, peer } = connect();
  await peer.shutdown!();
  const closed = peer.close();
  const next = new MessageReader(peer.readable).next();
  conn.push(masked(1, "dropped"), masked(CLOSE));
  await closed;
  assertEquals(await next, undefined);
});

Deno.test("connection: closing twice is closing once", async () => {
  const { conn, peer } = connect();
  await peer.shutdown!();
  const both = Promise.all([peer.close(), peer.close()]);
  conn.push(masked(CLOSE));
  await both;
  await peer.close();
});

// --- Failing the connection ---

Deno.test("RFC 6455 7.1.7: a peer that breaks the protocol is told so, then let go", async () => {
  using clock = new Clock();
  const { conn, peer } = connect();
  conn.push(masked(1, "good"), unmasked(1, "bad"), masked(1, "unseen"));
  const reader = new MessageReader(peer.readable);
  assertEquals(await reader.next(), "good");
  await failsWith(reader.next(), "protocol", "ws:test: an unmasked frame from a client");
  assertEquals(await sent(conn, 1), ["8 1002 an unmasked frame from a client"]);
  await conn.until(() => conn.writeClosed);
  const { code, ours } = await peer.closed!;
  assertEquals([code, ours], [1002, true]);
  assert(!conn.closed);
  const closed = peer.close();
  await clock.pass(999);
  assert(!conn.closed); // It may still be reading why.
  conn.push(masked(1, "unread"));
  conn.end();
  await closed;
  assert(conn.closed);
});

Deno.test("RFC 6455 7.1.7: wrong data does not cut off a Close frame that is under way", async () => {
  using clock = new Clock();
  const { conn, peer } = connect();
  const next = new MessageReader(peer.readable).next();
  conn.block();
  const ending = peer.writable.close();
  await conn.until(() => conn.writing === 1);
  conn.push(unmasked(1, "bad"));
  conn.end();
  await failsWith(next, "protocol", "ws:test: an unmasked frame from a client");
  await clock.pass(1);
  assert(!conn.writeClosed);
  conn.unblock();
  await ending;
  assertEquals(await sent(conn, 1), ["8 1000 "]);
  await conn.until(() => conn.writeClosed);
  await closeAtOnce(peer);
});

Deno.test("RFC 6455 7.1.7: each sort of wrong data is told with its own code", async () => {
  for (
    const [bytes, code] of [
      [masked(1, new Uint8Array([0xff])), 1007],
      [masked(2, new Uint8Array(101)), 1009],
      [masked(CLOSE, closeBytes(1005)), 1002],
      [masked(PING, "", 0), 1002],
    ] as const
  ) {
    const { conn, peer } = connect({ maxFrame: 100 });
    conn.push(bytes);
    conn.end();
    await assertRejects(() => new MessageReader(peer.readable).next(), WirecatError);
    assertEquals((await conn.frames(1))[0].payload.slice(0, 2), closeBytes(code));
    await closeAtOnce(peer);
  }
});

Deno.test("RFC 6455 7.1.7: the Close frame of a failure waits for a write in progress", async () => {
  const { conn, peer } = connect();
  conn.block();
  const written = write(peer, "data");
  await conn.until(() => conn.writing === 1);
  conn.push(masked(3));
  conn.end();
  await assertRejects(() => new MessageReader(peer.readable).next(), WirecatError);
  conn.unblock();
  await written;
  assertEquals(await sent(conn, 2), ["1 data", "8 1002 a frame with the reserved opcode 3"]);
  assert(isGone(await assertRejects(() => write(peer, "late"))));
  await closeAtOnce(peer);
});

Deno.test("RFC 6455 7.1.7: wrong data after our Close frame is a failure without another one", async () => {
  const { conn, peer } = connect();
  await peer.writable.close();
  conn.push(masked(3));
  conn.end();
  await assertRejects(() => new MessageReader(peer.readable).next(), WirecatError);
  assertEquals(await sent(conn, 1), ["8 1000 "]);
  await closeAtOnce(peer);
});

// --- Writing fails ---

Deno.test("connection: a failed write is told to the writer", async () => {
  const { conn, peer } = connect();
  conn.failWrites(new Deno.errors.BrokenPipe("Broken pipe (os error 32)"));
  assert(isGone(await assertRejects(() => write(peer, "data"))));
  await closeAtOnce(peer);
});

Deno.test("connection: a Pong or a Close frame that cannot be written harms nobody", async () => {
  const { conn, peer } = connect();
  conn.failWrites(new Deno.errors.BrokenPipe("Broken pipe (os error 32)"));
  conn.push(masked(PING), masked(1, "a"), masked(CLOSE));
  assertEquals(await new MessageReader(peer.readable).rest(), ["a"]);
  assertEquals((await peer.closed!).code, 1005);
  await closeAtOnce(peer);
});

Deno.test("connection: aborting the writer and closing leaves nothing behind", async () => {
  const idle = connect();
  await idle.peer.writable.abort(new Error("enough"));
  await closeAtOnce(idle.peer);
  assertEquals(idle.conn.written.length, 0);

  const busy = connect();
  busy.conn.block();
  const writer = busy.peer.writable.getWriter();
  const written = assertRejects(() => writer.write(batchOf("data")));
  const closed = assertRejects(() => writer.closed);
  await busy.conn.until((conn) => conn.writing === 1);
  const aborted = writer.abort(new Error("enough")).catch(() => {});
  await closeAtOnce(busy.peer);
  await Promise.all([written, aborted, closed]);
  assert(busy.conn.closed);
});

Deno.test("connection: closing frees everything in every state", async () => {
  const keepalive = { interval: 10, timeout: 20 };
  const fresh = connect({ keepalive });
  const reading = connect({ keepalive });
  const read = reading.peer.readable.getReader().read();
  const cancelled = connect({ keepalive });
  await cancelled.peer.readable.cancel();
  const ended = connect({ keepalive });
  ended.conn.end();
  await new MessageReader(ended.peer.readable).rest();
  for (const { conn, peer } of [fresh, reading, cancelled, ended]) {
    await closeAtOnce(peer);
    assert(conn.closed);
    assertEquals((await peer.closed!).code, 1006);
  }
  assertEquals((await read).done, true);
});
