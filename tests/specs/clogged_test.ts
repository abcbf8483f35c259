import { assertEquals, assertRejects } from "@std/assert";
import { family } from "../../specs/clogged.ts";
import { batchOf, settle } from "../peers.ts";
import { openSpecifier } from "./endpoint.ts";

Deno.test("clogged: neither reads, writes nor ends until it is closed", async () => {
  const peer = await openSpecifier(family, "clogged:");
  const done: string[] = [];
  const writer = peer.writable.getWriter();
  const reading = peer.readable.getReader().read().then((r) => done.push(`read ${r.done}`));
  const writing = writer.write(batchOf("a")).then(() => done.push("write"));
  const closing = writer.close().then(() => done.push("close"), () => done.push("close failed"));
  await settle();
  assertEquals(done, []);
  await peer.close();
  await Promise.all([reading, writing, closing]);
  assertEquals(done.toSorted(), ["close failed", "read true", "write"]);
});

Deno.test("clogged: a close that waits ends with the peer", async () => {
  const peer = await openSpecifier(family, "clogged:");
  const closing = peer.writable.getWriter().close();
  await settle();
  await peer.close();
  await Promise.allSettled([closing]);
});

Deno.test("clogged: aborting frees a waiting write", async () => {
  const peer = await openSpecifier(family, "clogged:");
  const writer = peer.writable.getWriter();
  const writing = writer.write(batchOf("a"));
  await settle();
  await writer.abort(new Error("gone away"));
  await Promise.allSettled([writing]);
  await assertRejects(() => writer.write(batchOf("b")), Error, "gone away");
  await peer.close();
});

Deno.test("clogged: cancelling and closing twice are harmless", async () => {
  const peer = await openSpecifier(family, "clogged:");
  await peer.readable.cancel();
  await peer.close();
  await peer.close();
});
