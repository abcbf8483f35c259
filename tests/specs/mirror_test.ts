import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { BINARY, TEXT } from "../../lib/core/batch.ts";
import { BOTH_WAYS, runSession } from "../../lib/core/session.ts";
import { family } from "../../specs/mirror.ts";
import { batchOf, MemoryPeer, MessageReader, settle } from "../peers.ts";
import { openSpecifier } from "./endpoint.ts";

Deno.test("mirror: gives back the very batch, kinds and all", async () => {
  const peer = await openSpecifier(family, "mirror:");
  const reader = peer.readable.getReader();
  const batch = batchOf(["a", TEXT], ["b", BINARY], "");
  const writing = peer.writable.getWriter().write(batch);
  const { value } = await reader.read();
  assertStrictEquals(value, batch);
  assertEquals([0, 1, 2].map((i) => batch.kind(i)), [1, 2, 0]);
  await peer.close();
  await writing;
});

Deno.test("mirror: a write ends when the reader asks for the next batch", async () => {
  const peer = await openSpecifier(family, "mirror:");
  const reader = peer.readable.getReader();
  const writer = peer.writable.getWriter();
  let written = false;
  const writing = writer.write(batchOf("a")).then(() => written = true);
  await settle();
  assertEquals(written, false);
  await reader.read();
  await settle();
  assertEquals(written, false);
  const next = reader.read();
  await writing;
  await writer.close();
  assertEquals((await next).done, true);
});

Deno.test("mirror: everything comes back in order, and the end after it", async () => {
  const peer = await openSpecifier(family, "mirror:");
  const sent = Array.from({ length: 500 }, (_, i) => `message ${i}`);
  const writer = peer.writable.getWriter();
  const writing = (async () => {
    for (const text of sent) await writer.write(batchOf(text));
    await writer.close();
  })();
  assertEquals(await new MessageReader(peer.readable).rest(), sent);
  await writing;
});

Deno.test("mirror: reading ahead of the writer works, also with several reads at once", async () => {
  const peer = await openSpecifier(family, "mirror:");
  const reader = peer.readable.getReader();
  const reads = [reader.read(), reader.read(), reader.read()];
  const writer = peer.writable.getWriter();
  await writer.write(batchOf("a"));
  await writer.write(batchOf("b"));
  await writer.close();
  assertEquals((await Promise.all(reads)).map((r) => r.done), [false, false, true]);
});

Deno.test("mirror: aborting frees a waiting write and fails the reader", async () => {
  const peer = await openSpecifier(family, "mirror:");
  const writer = peer.writable.getWriter();
  const writing = writer.write(batchOf("a"));
  await settle();
  await writer.abort(new Error("gone away"));
  await Promise.allSettled([writing]);
  await assertRejects(() => peer.readable.getReader().read(), Error, "gone away");
  await peer.close();
});

Deno.test("mirror: cancelling frees a waiting write, and later ones are thrown away", async () => {
  const peer = await openSpecifier(family, "mirror:");
  const writer = peer.writable.getWriter();
  const writing = writer.write(batchOf("a"));
  await settle();
  await peer.readable.cancel();
  await writing;
  await writer.write(batchOf("b"));
  await writer.close();
});

Deno.test("mirror: closing ends reader and writer", async () => {
  const peer = await openSpecifier(family, "mirror:");
  const writer = peer.writable.getWriter();
  const first = writer.write(batchOf("a"));
  const second = writer.write(batchOf("b"));
  second.catch(() => {});
  await settle();
  await peer.close();
  await first;
  await assertRejects(() => second, Error, "closed");
  assertEquals((await peer.readable.getReader().read()).done, true);
  await peer.close();
});

Deno.test("mirror: a one-way session into it comes to its end", async () => {
  const left = new MemoryPeer();
  left.push("a");
  left.push("b");
  left.end();
  const mirror = await openSpecifier(family, "mirror:");
  await runSession(left, mirror, { ...BOTH_WAYS, skipReverse: true });
  await mirror.close();
});
