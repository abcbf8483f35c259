import { assertEquals, assertRejects } from "@std/assert";
import { CONTINUED, MORE, TEXT } from "../../lib/core/batch.ts";
import { family } from "../../specs/foreachmsg.ts";
import {
  batchOf,
  MemoryOpener,
  MessageReader,
  overlayOpener,
  request,
  settle,
  testEnv,
} from "../peers.ts";

const waiting = { "foreachmsg-wait-read": true };

async function setUp(options: Record<string, unknown> = {}, inner = new MemoryOpener()) {
  const env = testEnv(options);
  const peer = await overlayOpener(family, "foreachmsg", inner, env).open(request());
  return { inner, peer };
}

Deno.test("foreachmsg: a connection for each message, its write side closed", async () => {
  const { inner, peer } = await setUp();
  await peer.writable.getWriter().write(batchOf("one", "", ["three", TEXT]));
  assertEquals(inner.peers.map((below) => below.written), [["one"], [""], ["three"]]);
  assertEquals(inner.peers.map((below) => below.writeEnd), ["closed", "closed", "closed"]);
  assertEquals(inner.peers.map((below) => below.closes), [1, 1, 0]);
  await peer.close();
  assertEquals(inner.peers[2].closes, 1);
});

Deno.test("foreachmsg: nothing is opened without a message", async () => {
  const { inner, peer } = await setUp();
  await peer.writable.close();
  assertEquals((await peer.readable.getReader().read()).done, true);
  assertEquals(inner.attempts, 0);
});

Deno.test("foreachmsg: the parts of a message go to one connection", async () => {
  const { inner, peer } = await setUp();
  const writer = peer.writable.getWriter();
  await writer.write(batchOf("one", ["a", MORE]));
  await writer.write(batchOf(["b", MORE | CONTINUED]));
  assertEquals(inner.peers[1].writeEnd, undefined);
  await writer.write(batchOf(["c", CONTINUED], "two"));
  assertEquals(inner.peers.map((below) => below.written), [["one"], ["a>", "<b>", "<c"], ["two"]]);
  await peer.close();
});

Deno.test("foreachmsg: messages of shared bytes are written as they are", async () => {
  const { inner, peer } = await setUp();
  const batch = batchOf("one", "two");
  await peer.writable.getWriter().write(batch.share());
  assertEquals(inner.peers.map((below) => below.written), [["one"], ["two"]]);
  assertEquals(new TextDecoder().decode(batch.bytes), "onetwo");
  await peer.close();
});

Deno.test("foreachmsg: what comes back is read until the next message", async () => {
  const { inner, peer } = await setUp();
  const writer = peer.writable.getWriter();
  const reader = new MessageReader(peer.readable);
  await writer.write(batchOf("one"));
  inner.peers[0].push("reply to one");
  assertEquals(await reader.next(), "reply to one");
  const next = reader.next();
  await writer.write(batchOf("two"));
  inner.peers[1].push("reply to two");
  assertEquals(await next, "reply to two");
  inner.peers[1].end();
  await writer.close();
  assertEquals(await reader.next(), undefined);
});

Deno.test("foreachmsg: --foreachmsg-wait-read takes all replies before the next message", async () => {
  const { inner, peer } = await setUp(waiting);
  const replies = new MessageReader(peer.readable).rest();
  const writing = peer.writable.getWriter();
  const write = writing.write(batchOf("one", "two"));
  const first = await inner.opened();
  await first.ended;
  await settle();
  assertEquals(inner.attempts, 1);
  first.push("1a");
  first.push("1b");
  first.end();
  const second = await inner.opened();
  assertEquals(first.closes, 1);
  second.push("2");
  second.end();
  await write;
  await writing.close();
  assertEquals(await replies, ["1a", "1b", "2"]);
  await peer.close();
});

Deno.test("foreachmsg: closing ends a write that waits for replies", async () => {
  const { inner, peer } = await setUp(waiting);
  const write = peer.writable.getWriter().write(batchOf("one"));
  await (await inner.opened()).ended;
  await peer.close();
  await write;
  assertEquals(inner.peers[0].closes, 1);
});

Deno.test("foreachmsg: --foreachmsg-wait-read goes on when nobody wants the replies", async () => {
  const inner = new MemoryOpener((below) => {
    below.push("unwanted");
    below.end();
  });
  const { peer } = await setUp(waiting, inner);
  await peer.readable.cancel();
  await peer.writable.getWriter().write(batchOf("one", "two"));
  assertEquals(inner.peers.map((below) => below.closes), [1, 1]);
  await peer.close();
});

Deno.test("foreachmsg: an error with a message is an error of both directions", async () => {
  const inner = new MemoryOpener();
  inner.failNext(new Error("refused"));
  const { peer } = await setUp({}, inner);
  const read = peer.readable.getReader().read();
  await assertRejects(() => peer.writable.getWriter().write(batchOf("x")), Error, "refused");
  await assertRejects(() => read, Error, "refused");
});

Deno.test("foreachmsg: an error of reading ends the wait for it", async () => {
  const { inner, peer } = await setUp(waiting);
  const read = peer.readable.getReader().read();
  const write = peer.writable.getWriter().write(batchOf("one", "two"));
  (await inner.opened()).fail(new Error("cut"));
  await assertRejects(() => write, Error, "cut");
  await assertRejects(() => read, Error, "cut");
  assertEquals(inner.attempts, 1);
});

Deno.test("foreachmsg: closing ends a wait for replies", async () => {
  const { inner, peer } = await setUp(waiting);
  const read = peer.readable.getReader().read();
  const write = peer.writable.getWriter().write(batchOf("one"));
  write.catch(() => {});
  await (await inner.opened()).ended;
  await settle();
  await peer.close();
  await write.catch(() => {});
  assertEquals((await read).done, true);
  assertEquals(inner.peers[0].closes, 1);
});
