import { assertEquals, assertRejects } from "@std/assert";
import { BYTES, CONTINUED, MORE, TEXT } from "../../lib/core/batch.ts";
import { family } from "../../specs/literal.ts";
import { batchOf, MessageReader } from "../peers.ts";
import { openSpecifier } from "./endpoint.ts";

Deno.test("literal: one message, then the end", async () => {
  const peer = await openSpecifier(family, "literal:hello: wörld");
  assertEquals(await new MessageReader(peer.readable).rest(), ["hello: wörld"]);
  await peer.close();
});

Deno.test("literal: each connection gets the text, also after one has changed its bytes", async () => {
  for (let i = 0; i < 2; i++) {
    const peer = await openSpecifier(family, "literal:abc");
    assertEquals(await new MessageReader(peer.readable).rest(), ["abc"]);
    await peer.close();
  }
});

Deno.test("literal: an empty text is one empty message", async () => {
  const peer = await openSpecifier(family, "literal:");
  assertEquals(await new MessageReader(peer.readable).rest(), [""]);
});

Deno.test("literal: what is written is thrown away", async () => {
  const peer = await openSpecifier(family, "literal:abc");
  const writer = peer.writable.getWriter();
  await writer.write(batchOf("x", "y"));
  await writer.close();
  assertEquals(await new MessageReader(peer.readable).rest(), ["abc"]);
});

Deno.test("literal: closing ends a stream that was not read", async () => {
  const peer = await openSpecifier(family, "literal:abc");
  await peer.close();
  await peer.close();
  assertEquals(await new MessageReader(peer.readable).rest(), []);
});

Deno.test("literalreply: the text once for each message", async () => {
  const peer = await openSpecifier(family, "literalreply:ok");
  const writer = peer.writable.getWriter();
  const reader = new MessageReader(peer.readable);
  const first = reader.next();
  await writer.write(batchOf("a", "b", "c"));
  assertEquals(await first, "ok");
  assertEquals([await reader.next(), await reader.next()], ["ok", "ok"]);
  await writer.write(batchOf("d"));
  await writer.close();
  assertEquals(await reader.rest(), ["ok"]);
  await peer.close();
});

Deno.test("literalreply: an empty message is a message", async () => {
  const peer = await openSpecifier(family, "literalreply:ok");
  const writer = peer.writable.getWriter();
  await writer.write(batchOf("", ""));
  await writer.close();
  assertEquals(await new MessageReader(peer.readable).rest(), ["ok", "ok"]);
});

Deno.test("literalreply: a message in parts is answered once, at its end", async () => {
  const peer = await openSpecifier(family, "literalreply:ok");
  const writer = peer.writable.getWriter();
  const reader = new MessageReader(peer.readable);
  await writer.write(batchOf(["a", TEXT | MORE], ["b", TEXT | MORE | CONTINUED]));
  let answered = false;
  const answer = reader.next().then((text) => {
    answered = true;
    return text;
  });
  await writer.write(batchOf(["c", TEXT | MORE | CONTINUED]));
  assertEquals(answered, false);
  await writer.write(batchOf(["d", TEXT | CONTINUED], ["e", BYTES]));
  await writer.close();
  assertEquals([await answer, ...await reader.rest()], ["ok", "ok"]);
});

Deno.test("literalreply: writes do not wait for a reader, and no answer is lost", async () => {
  const peer = await openSpecifier(family, "literalreply:" + "x".repeat(1000));
  const writer = peer.writable.getWriter();
  const many = batchOf(...Array.from({ length: 700 }, () => "q"));
  for (let i = 0; i < 10; i++) await writer.write(many);
  await writer.close();
  const reader = peer.readable.getReader();
  let count = 0;
  let largest = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    count += next.value.length;
    largest = Math.max(largest, next.value.bytes.length);
  }
  assertEquals(count, 7000);
  assertEquals(largest <= 65536, true);
});

Deno.test("literalreply: aborting the input fails the reader", async () => {
  const peer = await openSpecifier(family, "literalreply:ok");
  const reading = peer.readable.getReader().read();
  await peer.writable.abort(new Error("gone away"));
  await assertRejects(() => reading, Error, "gone away");
  await peer.close();
});

Deno.test("literalreply: closing ends a waiting reader and refuses writes", async () => {
  const peer = await openSpecifier(family, "literalreply:ok");
  const reading = peer.readable.getReader().read();
  const writer = peer.writable.getWriter();
  await peer.close();
  assertEquals((await reading).done, true);
  await assertRejects(() => writer.write(batchOf("a")), Error, "closed");
});
