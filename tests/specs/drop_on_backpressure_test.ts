import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { CONTINUED, MORE } from "../../lib/core/batch.ts";
import { dropOnBackpressure } from "../../lib/overlay/drop_on_backpressure.ts";
import { family } from "../../specs/drop_on_backpressure.ts";
import {
  batchOf,
  MemoryOpener,
  MemoryPeer,
  MessageReader,
  overlayOpener,
  request,
  settle,
  testEnv,
} from "../peers.ts";

async function setUp(length = 2) {
  const env = testEnv({ "queue-len": length });
  const inner = new MemoryOpener();
  const opener = overlayOpener(family, "drop_on_backpressure", inner, env);
  const peer = await opener.open(request());
  return { env, peer, below: inner.peers[0], writer: peer.writable.getWriter() };
}

Deno.test("drop_on_backpressure: writes do not wait, and what is too much is dropped and counted", async () => {
  const { env, below, writer } = await setUp(2);
  below.block();
  await writer.write(batchOf("1", "1b"));
  for (const message of ["2", "3", "4", "5"]) await writer.write(batchOf(message));
  await writer.write(batchOf("6", "7"));
  assertEquals(below.written, []);
  below.unblock();
  await writer.close();
  assertEquals(below.written, ["1", "1b", "2", "3"]);
  assertEquals(below.writeEnd, "closed");
  assertEquals(env.lines.length, 2);
  assertStringIncludes(env.lines[0], "memory:0 is busy");
  assertStringIncludes(env.lines[1], "4 messages were dropped");
});

Deno.test("drop_on_backpressure: drops nothing that the other end takes", async () => {
  const { env, below, writer } = await setUp(1);
  for (let i = 0; i < 100; i++) {
    await writer.write(batchOf(`m${i}`));
    await below.next();
  }
  await writer.close();
  assertEquals(below.written.length, 100);
  assertEquals(env.lines, []);
});

Deno.test("drop_on_backpressure: what was taken may be reused by whoever wrote it", async () => {
  const { below, writer } = await setUp();
  below.block();
  const batch = batchOf("one");
  await writer.write(batch);
  batch.bytes.fill(0x78);
  below.unblock();
  await writer.close();
  assertEquals(below.written, ["one"]);
});

Deno.test("drop_on_backpressure: a message in parts is dropped whole, or written whole", async () => {
  const { env, below, writer } = await setUp(1);
  below.block();
  await writer.write(batchOf("first"));
  await writer.write(batchOf(["kept", MORE]));
  const rest = writer.write(batchOf([" whole", CONTINUED]));
  await settle();
  below.unblock();
  await rest;
  while (below.written.length < 3) await below.next();
  below.block();
  await writer.write(batchOf("2"));
  await writer.write(batchOf("3"));
  await writer.write(batchOf(["dropped", MORE]));
  below.unblock();
  while (below.written.length < 5) await below.next();
  await writer.write(batchOf(["dropped too", CONTINUED | MORE]));
  await writer.write(batchOf(["and this", CONTINUED], "4"));
  while (below.written.length < 6) await below.next();
  await writer.write(batchOf(["5", MORE]));
  while (below.written.length < 7) await below.next();
  await writer.write(batchOf([" whole", CONTINUED]));
  await writer.close();
  assertEquals(below.written, ["first", "kept>", "< whole", "2", "3", "4", "5>", "< whole"]);
  assertStringIncludes(env.lines.at(-1)!, "1 message was dropped");
});

Deno.test("drop_on_backpressure: at the end it does not wait for ever", async () => {
  const env = testEnv();
  const below = new MemoryPeer();
  below.block();
  const stream = dropOnBackpressure(below.writable, {
    queueLength: 4,
    name: "it",
    log: env.log,
    patience: 20,
  });
  const writer = stream.getWriter();
  await writer.write(batchOf("1"));
  await writer.write(batchOf("2", "3"));
  await writer.close();
  assertEquals(await below.ended, "aborted");
  assertStringIncludes(env.lines.at(-1)!, "3 messages were dropped");
});

Deno.test("drop_on_backpressure: a failed write fails the next one", async () => {
  const { below, writer } = await setUp();
  below.failWrites(new Error("broken"));
  await writer.write(batchOf("1"));
  await assertRejects(() => writer.closed, Error, "broken");
  await assertRejects(() => writer.write(batchOf("2")), Error, "broken");
});

Deno.test("drop_on_backpressure: aborting ends a write that waits, and tells what was dropped", async () => {
  const { env, below, writer } = await setUp(1);
  below.block();
  for (const message of ["first", "second", "dropped"]) await writer.write(batchOf(message));
  below.unblock();
  while (below.written.length < 2) await below.next();
  below.block();
  await writer.write(batchOf("third"));
  await writer.write(batchOf(["long", MORE]));
  const rest = writer.write(batchOf(["rest", CONTINUED]));
  rest.catch(() => {});
  await settle();
  await writer.abort(new Error("over"));
  assertEquals(below.writeEnd, "aborted");
  assertStringIncludes(env.lines.at(-1)!, "1 message was dropped");
});

Deno.test("drop_on_backpressure: reading is as without it", async () => {
  const { peer, below } = await setUp();
  below.push("hello");
  below.end();
  assertEquals(await new MessageReader(peer.readable).rest(), ["hello"]);
});
