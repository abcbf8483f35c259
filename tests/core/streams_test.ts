import { assert, assertEquals, assertRejects } from "@std/assert";
import { derivePeer, mapReadable, mapWritable } from "../../lib/core/streams.ts";
import type { Batch } from "../../lib/core/batch.ts";
import { batchOf, MemoryPeer, MessageReader, messagesOf, settle } from "../peers.ts";

const upper = (batch: Batch) => batchOf(...messagesOf(batch).map((text) => text.toUpperCase()));

Deno.test("mapReadable: each batch passes through the map, then what is left at the end", async () => {
  const peer = new MemoryPeer();
  const mapped = mapReadable(peer.readable, { batch: upper, end: () => batchOf("the end") });
  peer.push("a", "b");
  peer.push("c");
  peer.end();
  assertEquals(await new MessageReader(mapped).rest(), ["A", "B", "C", "the end"]);
});

Deno.test("mapReadable: a batch that becomes nothing is passed over", async () => {
  const peer = new MemoryPeer();
  const mapped = mapReadable(peer.readable, {
    batch: (batch) => messagesOf(batch)[0] === "drop" ? undefined : batch,
  });
  peer.push("drop");
  peer.push("keep");
  peer.end();
  assertEquals(await new MessageReader(mapped).rest(), ["keep"]);
});

Deno.test("mapReadable: reads only when it is read", async () => {
  const peer = new MemoryPeer();
  const mapped = mapReadable(peer.readable, { batch: (batch) => batch });
  peer.push("a");
  await settle();
  assertEquals(peer.pulls, 0);
  const reader = new MessageReader(mapped);
  await reader.next();
  assertEquals(peer.pulls, 1);
});

Deno.test("mapReadable: errors of either come out, cancelling goes through", async () => {
  const failing = new MemoryPeer();
  failing.fail(new Error("inner"));
  const reader = mapReadable(failing.readable, { batch: (batch) => batch }).getReader();
  await assertRejects(() => reader.read(), Error, "inner");
  const peer = new MemoryPeer();
  peer.push("a");
  const mapped = mapReadable(peer.readable, {
    batch() {
      throw new Error("map");
    },
  }).getReader();
  await assertRejects(() => mapped.read(), Error, "map");
  const cancelled = new MemoryPeer();
  await mapReadable(cancelled.readable, { batch: (batch) => batch }).cancel();
  assertEquals(cancelled.cancelled, true);
});

Deno.test("mapWritable: what the map makes is written, its rest before the end", async () => {
  const peer = new MemoryPeer();
  const writer = mapWritable(peer.writable, { batch: upper, end: () => batchOf("bye") })
    .getWriter();
  await writer.write(batchOf("a", "b"));
  assertEquals(peer.written, ["A", "B"]);
  await writer.close();
  assertEquals([peer.written, peer.writeEnd], [["A", "B", "bye"], "closed"]);
});

Deno.test("mapWritable: a write takes as long as the inner one", async () => {
  const peer = new MemoryPeer();
  peer.block();
  const writer = mapWritable(peer.writable, { batch: (batch) => batch }).getWriter();
  let done = false;
  const writing = writer.write(batchOf("a")).then(() => done = true);
  await settle();
  assertEquals(done, false);
  peer.unblock();
  await writing;
});

Deno.test("mapWritable: errors come out, aborting goes through", async () => {
  const peer = new MemoryPeer();
  peer.failWrites(new Error("no room"));
  const writer = mapWritable(peer.writable, { batch: (batch) => batch }).getWriter();
  writer.closed.catch(() => {});
  await assertRejects(() => writer.write(batchOf("a")), Error, "no room");
  const aborted = new MemoryPeer();
  await mapWritable(aborted.writable, { batch: (batch) => batch }).abort(new Error("x"));
  assertEquals(aborted.writeEnd, "aborted");
});

Deno.test("derivePeer: has the parts given, and the inner one's rest", async () => {
  const inner = new MemoryPeer();
  inner.mustRead = true;
  const readable = new ReadableStream<Batch>();
  const derived = derivePeer(inner, { readable, info: { name: "outer" } });
  assertEquals([derived.info.name, derived.mustRead], ["outer", true]);
  assert(derived.readable === readable && derived.writable === inner.writable);
  assertEquals([derived.conn, derived.closed, derived.shutdown], [undefined, undefined, undefined]);
  await derived.close();
  assertEquals(inner.closes, 1);
});

Deno.test("derivePeer: ends in order as the inner one does", async () => {
  const codes: (number | undefined)[] = [];
  const inner = Object.assign(new MemoryPeer(), {
    closed: Promise.resolve({ code: 1000, reason: "", ours: false }),
    shutdown(code?: number) {
      codes.push(code);
      return Promise.resolve();
    },
  });
  const derived = derivePeer(inner, {});
  await derived.shutdown!(1001);
  assertEquals([codes, (await derived.closed!).code], [[1001], 1000]);
});
