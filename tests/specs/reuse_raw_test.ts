import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { CONTINUED, MORE, TEXT } from "../../lib/core/batch.ts";
import { family } from "../../specs/reuse_raw.ts";
import {
  batchOf,
  MemoryOpener,
  MessageReader,
  overlayOpener,
  request,
  settle,
  testEnv,
} from "../peers.ts";

async function setUp(clients: number, options: Record<string, unknown> = {}) {
  const env = testEnv(options);
  const inner = new MemoryOpener();
  const opener = overlayOpener(family, "reuse-raw", inner, env);
  const join = (name: string) => opener.open(request(undefined, { name }));
  const peers = [];
  for (let i = 0; i < clients; i++) peers.push(await join(`client ${i}`));
  return { env, inner, join, peers, source: inner.peers[0] };
}

Deno.test("reuse-raw: each message goes to one client, in the order of asking", async () => {
  const { peers: [a, b], source, inner } = await setUp(2);
  const readA = new MessageReader(a.readable);
  const readB = new MessageReader(b.readable);
  const first = readB.next();
  const second = readA.next();
  source.push("one");
  assertEquals(await first, "one");
  source.push("two");
  assertEquals(await second, "two");
  assertEquals(inner.attempts, 1);
});

Deno.test("reuse-raw: nothing is read that nobody asks for", async () => {
  const { peers: [a], source } = await setUp(1);
  source.push("one");
  await settle();
  assertEquals(source.pulls, 0);
  assertEquals(await new MessageReader(a.readable).next(), "one");
});

Deno.test("reuse-raw: what a client asked for that has left goes to the next one", async () => {
  const { peers: [a, b], source } = await setUp(2);
  const read = a.readable.getReader().read();
  await settle();
  await a.close();
  assertEquals((await read).done, true);
  source.push("one");
  await settle();
  source.push("two");
  const reader = new MessageReader(b.readable);
  assertEquals(await reader.next(), "one");
  assertEquals(await reader.next(), "two");
});

Deno.test("reuse-raw: a client that holds a message does not hold up another one", async () => {
  const { peers: [a, b], source } = await setUp(2);
  source.push("one");
  const { value } = await a.readable.getReader().read();
  source.push("two");
  assertEquals(await new MessageReader(b.readable).next(), "two");
  assertEquals(new TextDecoder().decode(value!.message(0)), "one");
});

Deno.test("reuse-raw: the parts of a message go to one client", async () => {
  const { peers: [a, b], source } = await setUp(2);
  const readA = new MessageReader(a.readable);
  const readB = new MessageReader(b.readable);
  const one = readA.next();
  const whole = readB.next();
  source.push(["one", MORE]);
  assertEquals(await one, "one>");
  source.push(["end", CONTINUED]);
  await settle();
  source.push("whole");
  assertEquals(await readA.next(), "<end");
  assertEquals(await whole, "whole");
});

Deno.test("reuse-raw: the rest of a message is dropped when its client has left", async () => {
  const { peers: [a, b], source, env } = await setUp(2);
  source.push(["one", MORE]);
  assertEquals(await new MessageReader(a.readable).next(), "one>");
  await a.close();
  source.push(["more", CONTINUED | MORE]);
  source.push(["end", CONTINUED], "whole");
  assertEquals(await new MessageReader(b.readable).next(), "whole");
  assertStringIncludes(env.lines[0], "a message is dropped");
});

Deno.test("reuse-raw: a client that stops reading in the middle of a message holds up nobody", async () => {
  const { peers: [a, b], source } = await setUp(2);
  const readA = new MessageReader(a.readable);
  source.push(["one", MORE]);
  assertEquals(await readA.next(), "one>");
  const next = new MessageReader(b.readable).next();
  source.push(["two", CONTINUED | MORE]);
  source.push(["end", CONTINUED]);
  source.push("whole");
  assertEquals(await next, "whole");
  source.end();
  assertEquals(await readA.rest(), ["<two>", "<end"]);
});

Deno.test("reuse-raw: a client that is a longest message behind within one fails", async () => {
  const { peers: [a, b], source, env } = await setUp(2, { "max-ws-message-length": 5 });
  const readA = new MessageReader(a.readable);
  source.push(["one", MORE]);
  assertEquals(await readA.next(), "one>");
  const next = new MessageReader(b.readable).next();
  source.push(["two", CONTINUED | MORE]);
  source.push(["more", CONTINUED | MORE]);
  source.push(["end", CONTINUED], "whole");
  assertEquals(await next, "whole");
  await assertRejects(() => readA.next(), Error, "client 0 reads too slowly");
  assertStringIncludes(env.lines[0], "a message is dropped");
});

Deno.test("reuse-raw: nothing is read ahead for a client that nobody else waits with", async () => {
  const { peers: [a], source } = await setUp(1);
  const readA = new MessageReader(a.readable);
  source.push(["one", MORE]);
  assertEquals(await readA.next(), "one>");
  source.push(["end", CONTINUED]);
  await settle();
  assertEquals(source.pulls, 1);
  assertEquals(await readA.next(), "<end");
});

Deno.test("reuse-raw: what a client that leaves has sent of a message is dropped", async () => {
  const { peers: [a, b], source, env } = await setUp(2);
  await a.writable.getWriter().write(batchOf(["half", TEXT | MORE]));
  await b.writable.getWriter().write(batchOf("whole"));
  await a.close();
  assertEquals(source.written, ["whole"]);
  assertStringIncludes(env.lines[0], "client 0 ended in the middle of a message, which is dropped");
});

Deno.test("reuse-raw: a client of a connection that has failed does not write to the next one", async () => {
  const { peers: [a], source, inner, join } = await setUp(1);
  const writer = a.writable.getWriter();
  await writer.write(batchOf(["half", MORE]));
  const read = a.readable.getReader().read();
  source.fail(new Error("cut"));
  await assertRejects(() => read, Error, "cut");
  await (await join("next")).writable.getWriter().write(batchOf("whole"));
  await assertRejects(() => writer.write(batchOf(["end", CONTINUED])), Error, "cut");
  assertEquals(inner.peers[1].written, ["whole"]);
});

Deno.test("reuse-raw: the end of the connection is the end for all, also for later ones", async () => {
  const { peers: [a, b], source, join } = await setUp(2);
  const reads = [a, b].map((peer) => peer.readable.getReader().read());
  source.end();
  for (const read of reads) assertEquals((await read).done, true);
  const late = await join("late");
  assertEquals((await late.readable.getReader().read()).done, true);
  await late.writable.getWriter().write(batchOf("still"));
  assertEquals(source.written, ["still"]);
});

Deno.test("reuse-raw: the connection is not closed when clients end", async () => {
  const { peers: [a], source } = await setUp(1);
  await a.writable.close();
  await a.close();
  await settle();
  assertEquals([source.writeEnd, source.closes, source.written], [undefined, 0, []]);
});

Deno.test("reuse-raw: --reuser-send-zero-msg-on-disconnect writes one empty message", async () => {
  const { peers: [a, b], source } = await setUp(2, { "reuser-send-zero-msg-on-disconnect": true });
  await b.writable.getWriter().write(batchOf(["half", TEXT | MORE]));
  await a.close();
  await a.close();
  await b.close();
  await settle();
  assertEquals(source.written, ["", ""]);
});

Deno.test("reuse-raw: a failure fails all clients, and the next one opens it anew", async () => {
  const { peers: [a, b], source, inner, join } = await setUp(2);
  const reads = [a, b].map((peer) => peer.readable.getReader().read());
  source.fail(new Error("cut"));
  for (const read of reads) await assertRejects(() => read, Error, "cut");
  const next = await join("next");
  inner.peers[1].push("again");
  assertEquals(await new MessageReader(next.readable).next(), "again");
});

Deno.test("reuse-raw: a connection that has to be read is read while nobody wants its data", async () => {
  const inner = new MemoryOpener((below) => below.mustRead = true);
  const opener = overlayOpener(family, "reuse-raw", inner, testEnv());
  const first = await opener.open(request());
  assertEquals(first.mustRead, true);
  await first.readable.cancel();
  const [source] = inner.peers;
  source.push("unwanted");
  source.push("unwanted");
  await settle();
  assertEquals(source.pulls, 3);
  const second = await opener.open(request());
  const read = new MessageReader(second.readable).next();
  source.push("wanted");
  assertEquals(await read, "wanted");
});
