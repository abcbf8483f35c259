import { assertEquals, assertRejects } from "@std/assert";
import { measuredPeer, MeasuredTrace } from "../../lib/cli/measure.ts";
import { Batch, CONTINUED, MORE, TEXT } from "../../lib/core/batch.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import { readableFrom, writableFrom } from "../../lib/core/halves.ts";
import type { Ending, Peer } from "../../lib/core/peer.ts";
import { startTimer } from "../../lib/core/timer.ts";

/** A peer that brings these batches, then nothing more, and takes all. */
function peerOf(batches: Batch[], closed?: Promise<Ending>): Peer {
  const reader = {
    read: () =>
      batches.length > 0 ? Promise.resolve(batches.shift()) : new Promise<never>(() => {}),
    cancel: () => Promise.resolve(),
  };
  const writer = { write: () => Promise.resolve(), close: () => Promise.resolve() };
  return {
    info: { name: "test" },
    closed,
    reader,
    writer,
    readable: readableFrom(reader),
    writable: writableFrom(writer),
    close: () => {},
  };
}

function batch(...parts: [text: string, flags: number][]): Batch {
  const bytes = new TextEncoder().encode(parts.map(([text]) => text).join(""));
  const made = new Batch(bytes);
  let at = 0;
  for (const [text, flags] of parts) made.push(at, at += text.length, flags);
  return made;
}

Deno.test("measured peer: counts messages, of which one may come in parts, and their bytes", async () => {
  const trace = new MeasuredTrace();
  const long = batch(["ab", TEXT | MORE], ["cd", TEXT | MORE | CONTINUED], ["e", TEXT | CONTINUED]);
  const peer = measuredPeer(peerOf([batch(["one", TEXT], ["two", TEXT]), long]), { trace });
  await peer.reader!.read();
  await peer.reader!.read();
  await peer.writer!.write(batch(["x", TEXT]));
  const { received, sent, firstMessage, info } = trace.tally;
  assertEquals([received, sent], [{ messages: 3, bytes: 11 }, { messages: 1, bytes: 1 }]);
  assertEquals([typeof firstMessage, info?.name], ["number", "test"]);
  await peer.close();
});

Deno.test("measured peer: its streams are counted as well", async () => {
  const trace = new MeasuredTrace();
  const peer = measuredPeer(peerOf([batch(["one", TEXT])]), { trace });
  await peer.readable.getReader().read();
  await peer.writable.getWriter().write(batch(["x", TEXT]));
  assertEquals([trace.tally.received.messages, trace.tally.sent.messages], [1, 1]);
  await peer.close();
});

Deno.test("measured peer: how it closed is kept", async () => {
  const trace = new MeasuredTrace();
  const ending = { code: 4001, reason: "enough", ours: false };
  const peer = measuredPeer(peerOf([], Promise.resolve(ending)), { trace });
  await peer.closed;
  assertEquals(trace.tally.ending, ending);
  await peer.close();
});

Deno.test("measured peer: other tries and clients are counted together", () => {
  const trace = new MeasuredTrace();
  const again = trace.another();
  assertEquals(again.tally, trace.tally);
  assertEquals(trace.tally.trace, again, "what was learned last");
});

Deno.test("measured peer: silence fails what is under way, and what comes after", async () => {
  const peer = measuredPeer(peerOf([], new Promise(() => {})), { idle: 0.01 });
  const error = await assertRejects(() => peer.reader!.read(), WirecatError, "no data either way");
  assertEquals(error.kind, "timeout");
  await assertRejects(() => peer.writer!.write(batch(["x", TEXT])), WirecatError);
  assertEquals((await peer.closed)?.ours, true, "nobody waits for the other end");
  await peer.close();
});

Deno.test("measured peer: closing it ends the watch", async () => {
  for (let i = 0; i < 8; i++) startTimer(0, () => {})();
  // Not one of the first timers of a program: the test fails if it is left behind.
  const peer = measuredPeer(peerOf([]), { idle: 60 });
  await peer.close();
});
