import { assertEquals, assertRejects } from "@std/assert";
import { family } from "../../specs/waitfordata.ts";
import {
  batchOf,
  MemoryOpener,
  MessageReader,
  overlayOpener,
  request,
  settle,
  testEnv,
} from "../peers.ts";

async function setUp(name = "waitfordata", inner = new MemoryOpener()) {
  const stop = new AbortController();
  const peer = await overlayOpener(family, name, inner, testEnv()).open(request(stop));
  return { inner, peer, stop };
}

Deno.test("waitfordata: connects at the first write, and once", async () => {
  const { inner, peer } = await setUp();
  const reader = new MessageReader(peer.readable);
  const next = reader.next();
  await settle();
  assertEquals(inner.attempts, 0);
  const writer = peer.writable.getWriter();
  await writer.write(batchOf("one"));
  await writer.write(batchOf("two"));
  assertEquals(inner.peers.map((below) => below.written), [["one", "two"]]);
  assertEquals(peer.info.name, "memory:0");
  inner.peers[0].push("reply");
  assertEquals(await next, "reply");
  inner.peers[0].end();
  assertEquals(await reader.next(), undefined);
  await peer.close();
  assertEquals(inner.peers[0].closes, 1);
});

Deno.test("waitfordata: without data it never connects", async () => {
  const { inner, peer } = await setUp("wait-for-data");
  const read = peer.readable.getReader().read();
  await peer.writable.close();
  assertEquals((await read).done, true);
  assertEquals(inner.attempts, 0);
});

Deno.test("waitfordata: the end of writing is passed on", async () => {
  const { inner, peer } = await setUp();
  const writer = peer.writable.getWriter();
  await writer.write(batchOf("x"));
  await writer.close();
  assertEquals(inner.peers[0].writeEnd, "closed");
});

Deno.test("waitfordata: a failure to connect fails writing and reading", async () => {
  const inner = new MemoryOpener();
  inner.failNext(new Error("refused"));
  const { peer } = await setUp("waitfordata", inner);
  const read = peer.readable.getReader().read();
  await assertRejects(() => peer.writable.getWriter().write(batchOf("x")), Error, "refused");
  await assertRejects(() => read, Error, "refused");
});

Deno.test("waitfordata: reading can be given up before there is a connection", async () => {
  const { inner, peer } = await setUp();
  await peer.readable.cancel();
  await peer.writable.getWriter().write(batchOf("x"));
  await settle();
  assertEquals(inner.peers[0].cancelled, true);
});

Deno.test("waitfordata: closing and the end of the run end the wait", async () => {
  const first = await setUp();
  const read = first.peer.readable.getReader().read();
  await first.peer.close();
  assertEquals((await read).done, true);
  const second = await setUp();
  const pending = second.peer.readable.getReader().read();
  second.stop.abort(new Error("over"));
  await assertRejects(() => pending, Error, "over");
});
