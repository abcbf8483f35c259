import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Batch, CONTINUED, MORE, TEXT } from "../../lib/core/batch.ts";
import { peerFromConn, writeAll } from "../../lib/core/conn.ts";
import { connector } from "../../lib/core/opener.ts";
import type { Peer } from "../../lib/core/peer.ts";
import { family } from "../../specs/broadcast.ts";
import {
  batchOf,
  MemoryOpener,
  type MemoryPeer,
  MessageReader,
  overlayOpener,
  request,
  settle,
  type TestEnv,
  testEnv,
} from "../peers.ts";

/** A broadcast with so many clients, each named `client N`. */
async function setUp(
  clients: number,
  options: Record<string, unknown> = {},
): Promise<{
  env: TestEnv;
  source: MemoryPeer;
  inner: MemoryOpener;
  join: (name: string) => Promise<Peer>;
  peers: Peer[];
  stop: AbortController;
}> {
  const stop = new AbortController();
  const env = testEnv(options, [], 2, stop.signal);
  const inner = new MemoryOpener();
  const opener = overlayOpener(family, "broadcast", inner, env);
  const join = (name: string) => opener.open(request(undefined, { name }));
  const peers: Peer[] = [];
  for (let i = 0; i < clients; i++) peers.push(await join(`client ${i}`));
  return { env, inner, join, peers, stop, source: inner.peers[0] };
}

Deno.test("broadcast: has the names of the reference", () => {
  assertEquals(family.specifiers[0].names, [
    "broadcast",
    "reuse",
    "reuse-broadcast",
    "broadcast-reuse",
  ]);
});

Deno.test("broadcast: opens one connection for clients that come at once", async () => {
  const { inner, join } = await setUp(0);
  await Promise.all([join("a"), join("b"), join("c")]);
  assertEquals(inner.attempts, 1);
});

Deno.test("broadcast: every client gets every message, with its kind", async () => {
  const { peers, source } = await setUp(3);
  const readers = peers.map((peer) => peer.readable.getReader());
  const reads = readers.map((reader) => reader.read());
  source.push("one", ["two", TEXT]);
  for (const read of reads) {
    const { value } = await read;
    assertEquals(value!.length, 2);
    assertEquals(new TextDecoder().decode(value!.message(1)), "two");
    assertEquals(value!.kind(1), TEXT);
  }
});

Deno.test("broadcast: what comes before the first client reads is not lost", async () => {
  const { inner, join } = await setUp(0);
  const joining = join("a");
  const source = await inner.opened();
  source.push("early");
  const reader = new MessageReader((await joining).readable);
  assertEquals(await reader.next(), "early");
});

Deno.test("broadcast: clients share one copy of the bytes, and know the batch it came from", async () => {
  const { peers, source } = await setUp(2);
  const [a, b] = peers.map((peer) => peer.readable.getReader().read());
  source.push("data");
  const first = (await a).value!;
  const second = (await b).value!;
  assertEquals(first.bytes === second.bytes, true);
  assertEquals(first.shared && second.shared, true);
  assertEquals(first.origin !== undefined && first.origin === second.origin, true);
  first.set(0, 0, 1, TEXT);
  assertEquals(new TextDecoder().decode(second.message(0)), "data");
});

Deno.test("broadcast: 1,000 clients of which one does not read", async () => {
  const { peers, source, env } = await setUp(1000, { "queue-len": 4 });
  const [stuck, ...others] = peers;
  const count = 50;
  const all = others.map(async (peer) => {
    const reader = new MessageReader(peer.readable);
    const got: string[] = [];
    while (got.length < count) got.push((await reader.next())!);
    return got.join();
  });
  const sent = Array.from({ length: count }, (_, i) => `m${i}`);
  for (const message of sent) source.push(message);
  for (const got of await Promise.all(all)) assertEquals(got, sent.join());
  // The stuck one has what its queue holds, and it was said that it loses the rest.
  assertEquals(env.lines.filter((line) => line.includes("too slowly")).length, 1);
  const reader = new MessageReader(stuck.readable);
  for (const message of sent.slice(0, 4)) assertEquals(await reader.next(), message);
  source.push("last");
  await stuck.close();
  assertStringIncludes(env.lines.at(-1)!, "client 0 has missed 46 messages");
});

Deno.test("broadcast: a client that has caught up gets messages again", async () => {
  const { peers: [slow, fast], source, env } = await setUp(2, { "queue-len": 1 });
  const fastReader = new MessageReader(fast.readable);
  for (const message of ["1", "2", "3"]) {
    source.push(message);
    assertEquals(await fastReader.next(), message);
  }
  const slowReader = new MessageReader(slow.readable);
  assertEquals(await slowReader.next(), "1");
  const next = slowReader.next();
  source.push("4");
  assertEquals(await next, "4");
  assertStringIncludes(env.lines.at(-1)!, "client 0 has caught up, without 2 messages");
});

Deno.test("broadcast: a lone client that does not read holds up the source and loses nothing", async () => {
  const { peers: [client], source, env } = await setUp(1, { "queue-len": 2 });
  const sent = Array.from({ length: 20 }, (_, i) => `m${i}`);
  for (const message of sent) source.push(message);
  await settle();
  assertEquals(source.pulls, 3);
  const reader = new MessageReader(client.readable);
  for (const message of sent) assertEquals(await reader.next(), message);
  assertEquals(env.lines, []);
});

Deno.test("broadcast: two clients that both do not read lose nothing until one goes on", async () => {
  const { peers: [a, b], source } = await setUp(2, { "queue-len": 1 });
  for (const message of ["1", "2", "3"]) source.push(message);
  await settle();
  const readerA = new MessageReader(a.readable);
  assertEquals(await readerA.next(), "1");
  const readerB = new MessageReader(b.readable);
  assertEquals(await readerB.next(), "1");
  assertEquals(await readerA.next(), "2");
  assertEquals(await readerB.next(), "2");
});

Deno.test("broadcast: a client that leaves lets the others go on", async () => {
  const { peers: [stuck, other], source } = await setUp(2, { "queue-len": 1 });
  for (const message of ["1", "2", "3"]) source.push(message);
  await settle();
  await stuck.close();
  const reader = new MessageReader(other.readable);
  for (const message of ["1", "2", "3"]) assertEquals(await reader.next(), message);
});

Deno.test("broadcast: what comes while no client is there is dropped, and counted", async () => {
  const { peers: [client], source, env, join } = await setUp(1);
  await client.close();
  source.push("a", "b");
  source.push("c");
  await settle();
  assertStringIncludes(env.lines[0], "nobody is connected: what comes from memory:0 is dropped");
  await join("late");
  assertStringIncludes(env.lines[1], "3 messages from memory:0 came while nobody was connected");
});

Deno.test("broadcast: a client that does not want the data is no reason for a warning", async () => {
  const { peers: [client], source, env } = await setUp(1);
  await client.readable.cancel();
  source.push("a");
  await settle();
  assertEquals(env.lines, []);
});

Deno.test("broadcast: who is in the middle of a message holds up nobody, and nothing mixes", async () => {
  const { peers: [a, b], source } = await setUp(2);
  const writerA = a.writable.getWriter();
  const writerB = b.writable.getWriter();
  await writerA.write(batchOf("first", ["long", TEXT | MORE]));
  await writerB.write(batchOf("whole", ["another", MORE]));
  await writerA.write(batchOf([" message", TEXT | CONTINUED], "last"));
  await writerB.write(batchOf([" one", CONTINUED]));
  assertEquals(source.written, ["first", "whole", "long message", "last", "another one"]);
});

Deno.test("broadcast: what a client that leaves has sent of a message is dropped, and that is said", async () => {
  const { peers: [a, b], source, env } = await setUp(2);
  await a.writable.getWriter().write(batchOf(["half", TEXT | MORE]));
  await a.close();
  await b.writable.getWriter().write(batchOf("whole"));
  assertEquals(source.written, ["whole"]);
  assertEquals(env.lines.length, 1);
  assertStringIncludes(env.lines[0], "client 0 ended in the middle of a message, which is dropped");
});

Deno.test("broadcast: the parts of a long message are written without another one between", async () => {
  const { peers: [a, b], source } = await setUp(2);
  const part = (flags: number) => Batch.of(new Uint8Array(1024 * 1024).fill(97), flags);
  const writerA = a.writable.getWriter();
  await writerA.write(part(MORE));
  await writerA.write(part(MORE | CONTINUED));
  source.block();
  const long = writerA.write(part(CONTINUED));
  const other = b.writable.getWriter().write(batchOf("whole"));
  await settle();
  source.unblock();
  await Promise.all([long, other]);
  assertEquals(
    source.written.map((message) => message.replace(/a+/, "a")),
    ["a>", "<a>", "<a", "whole"],
  );
});

Deno.test("broadcast: while a long message is being written, parts of others wait for that", async () => {
  const { peers: [a, b, c], source } = await setUp(3);
  const writers = [a, b, c].map((peer) => peer.writable.getWriter());
  for (const writer of writers) await writer.write(batchOf(["be", MORE]));
  source.block();
  const first = writers[0].write(batchOf(["gin", CONTINUED]));
  let went = false;
  const second = writers[1].write(batchOf(["gan", CONTINUED])).then(() => went = true);
  const third = writers[2].write(batchOf(["gun", CONTINUED]));
  await settle();
  assertEquals(went, false);
  await c.close();
  await assertRejects(() => third, Error, "ended");
  source.unblock();
  await Promise.all([first, second]);
  assertEquals(source.written, ["begin", "began"]);
});

Deno.test("broadcast: a message that is too long is the failure of its client only", async () => {
  const { peers: [a, b], source } = await setUp(2, { "max-ws-message-length": 5 });
  const writer = a.writable.getWriter();
  await writer.write(batchOf(["half", MORE]));
  await assertRejects(() => writer.write(batchOf(["more", CONTINUED])), Error, "longer than 5");
  await b.writable.getWriter().write(batchOf("whole"));
  assertEquals([source.written, source.closes], [["whole"], 0]);
});

Deno.test("broadcast: a client that joins in the middle of a message gets the next one", async () => {
  const { peers: [a], source, join } = await setUp(1);
  const readerA = new MessageReader(a.readable);
  source.push(["one", MORE]);
  assertEquals(await readerA.next(), "one>");
  const readerB = new MessageReader((await join("b")).readable);
  const first = readerB.next();
  source.push(["end", CONTINUED], "two");
  assertEquals(await readerA.next(), "<end");
  assertEquals(await readerA.next(), "two");
  assertEquals(await first, "two");
});

Deno.test("broadcast: who has the beginning of a message gets its rest, however far behind", async () => {
  const { peers: [slow, fast], source, env } = await setUp(2, { "queue-len": 1 });
  const reader = new MessageReader(fast.readable);
  source.push(["one", MORE]);
  assertEquals(await reader.next(), "one>");
  source.push(["two", CONTINUED | MORE]);
  assertEquals(await reader.next(), "<two>");
  source.push(["three", CONTINUED], "dropped", ["dropped too", MORE]);
  for (const message of ["<three", "dropped", "dropped too>"]) {
    assertEquals(await reader.next(), message);
  }
  source.push(["end", CONTINUED]);
  assertEquals(await reader.next(), "<end");
  const slowReader = new MessageReader(slow.readable);
  for (const message of ["one>", "<two>", "<three"]) assertEquals(await slowReader.next(), message);
  const next = slowReader.next();
  source.push("next");
  assertEquals(await next, "next");
  assertStringIncludes(env.lines.at(-1)!, "client 0 has caught up, without 2 messages");
});

Deno.test("broadcast: a client that is a longest message behind within one fails", async () => {
  const options = { "queue-len": 1, "max-ws-message-length": 5 };
  const { peers: [slow, fast], source } = await setUp(2, options);
  const reader = new MessageReader(fast.readable);
  for (const flags of [MORE, CONTINUED | MORE, CONTINUED]) {
    source.push(["one", flags]);
    await reader.next();
  }
  const error = await assertRejects(() => slow.readable.getReader().read());
  assertStringIncludes(String(error), "lost a part of a long message");
});

Deno.test("broadcast: after the end of the source clients stay and may write", async () => {
  const { peers: [client], source, join } = await setUp(1);
  const reader = client.readable.getReader();
  let ended = false;
  const read = reader.read().then(({ done }) => ended = done);
  source.end();
  await settle();
  assertEquals(ended, false);
  const late = await join("late");
  await late.writable.getWriter().write(batchOf("hello"));
  assertEquals(source.written, ["hello"]);
  await client.writable.close();
  await read;
  assertEquals(ended, true);
});

Deno.test("broadcast: a client's end does not end the connection", async () => {
  const { peers, source } = await setUp(2);
  for (const peer of peers) {
    await peer.writable.close();
    await peer.close();
  }
  assertEquals([source.writeEnd, source.closes], [undefined, 0]);
});

Deno.test("broadcast: a failure of the source fails all, and the next client opens it anew", async () => {
  const { peers, source, inner, join } = await setUp(2);
  const reads = peers.map((peer) => peer.readable.getReader().read());
  source.fail(new Error("cut"));
  for (const read of reads) await assertRejects(() => read, Error, "cut");
  await assertRejects(() => peers[0].writable.getWriter().write(batchOf("x")), Error, "cut");
  assertEquals(source.closes, 1);
  const reader = new MessageReader((await join("next")).readable);
  inner.peers[1].push("again");
  assertEquals(await reader.next(), "again");
});

Deno.test("broadcast: a failed write fails the clients", async () => {
  const { peers: [a, b], source } = await setUp(2);
  source.failWrites(new Error("broken"));
  const read = b.readable.getReader().read();
  await assertRejects(() => a.writable.getWriter().write(batchOf("x")), Error, "broken");
  await assertRejects(() => read, Error, "broken");
});

Deno.test("broadcast: when opening fails the next client tries again", async () => {
  const { inner, join } = await setUp(0);
  inner.failNext(new Error("refused"));
  await assertRejects(() => join("a"), Error, "refused");
  await join("b");
  assertEquals(inner.attempts, 2);
});

Deno.test("broadcast: the end of the run closes the connection", async () => {
  const { peers: [client], source, stop } = await setUp(1);
  const read = client.readable.getReader().read();
  stop.abort(new Error("over"));
  await assertRejects(() => read, Error, "over");
  assertEquals(source.closes, 1);
});

Deno.test("broadcast: over TCP, a client that does not read costs the others nothing", async () => {
  const total = 24 * 1024 * 1024;
  const server = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = server.addr as Deno.NetAddr;
  const stop = new AbortController();
  const env = testEnv({}, [], 2, stop.signal);
  const inner = connector(async () => {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    return peerFromConn(conn, { name: "source" });
  });
  const opener = overlayOpener(family, "broadcast", inner, env);
  const front = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const sessions: Promise<void>[] = [];
  const clients: Deno.Conn[] = [];
  const ends: (() => void)[] = [];
  for (const name of ["stuck", "reading"]) {
    const accepted = front.accept();
    const address = front.addr as Deno.NetAddr;
    clients.push(await Deno.connect({ hostname: "127.0.0.1", port: address.port }));
    const left = peerFromConn(await accepted, { name });
    const right = await opener.open(request(undefined, { name }));
    sessions.push(right.readable.pipeTo(left.writable).catch(() => {}));
    ends.push(() => {
      left.close();
      right.close();
    });
  }
  const source = await server.accept();
  const chunk = new Uint8Array(64 * 1024).map((_, i) => i);
  const sending = (async () => {
    for (let sent = 0; sent < total; sent += chunk.length) await writeAll(source, chunk);
  })();
  const buffer = new Uint8Array(256 * 1024);
  for (let got = 0; got < total;) {
    const length = (await clients[1].read(buffer))!;
    assertEquals([buffer[0], buffer[length - 1]], [got & 255, (got + length - 1) & 255]);
    got += length;
  }
  await sending;
  assertEquals(env.lines.some((line) => line.includes("stuck reads too slowly")), true);
  for (const end of ends) end();
  stop.abort();
  for (const conn of [...clients, source, server, front]) conn.close();
  await Promise.all(sessions);
});
