import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { CONTINUED, MORE, TEXT } from "../../lib/core/batch.ts";
import { peerFromConn } from "../../lib/core/conn.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import { connector, type Opener } from "../../lib/core/opener.ts";
import { backoff } from "../../lib/overlay/backoff.ts";
import { family } from "../../specs/autoreconnect.ts";
import { freePort } from "../free_port.ts";
import { eventually } from "../net/eventually.ts";
import {
  batchOf,
  MemoryListener,
  MemoryOpener,
  MemoryPeer,
  MessageReader,
  overlayOpener,
  request,
  settle,
  testEnv,
} from "../peers.ts";

const quick = { "autoreconnect-delay-millis": 0, "autoreconnect-max-delay-millis": 2 };

async function setUp(options: Record<string, unknown> = quick, prepared?: MemoryOpener | Opener) {
  const env = testEnv(options);
  const inner = (prepared ?? new MemoryOpener()) as MemoryOpener;
  const stop = new AbortController();
  const peer = await overlayOpener(family, "autoreconnect", inner, env).open(request(stop));
  return { env, inner, peer, stop };
}

Deno.test("backoff: the first delay as given, then twice as long up to the limit, less a half at most", () => {
  const at = (failures: number, random: number) =>
    backoff(failures, { delay: 20, maxDelay: 1000, random: () => random });
  assertEquals([1, 2, 3, 4].map((n) => at(n, 0)), [20, 40, 80, 160]);
  assertEquals([1, 2, 3, 4].map((n) => at(n, 1)), [20, 20, 40, 80]);
  assertEquals([at(100, 0), at(5000, 0)], [1000, 1000]);
});

Deno.test("backoff: without a delay the first attempt comes at once, later ones do not", () => {
  const at = (failures: number) => backoff(failures, { delay: 0, maxDelay: 1000, random: () => 0 });
  assertEquals([1, 2, 3].map(at), [0, 2, 4]);
});

Deno.test("backoff: a delay above the limit stays", () => {
  assertEquals(backoff(3, { delay: 5000, maxDelay: 1000, random: () => 0 }), 5000);
});

Deno.test("autoreconnect: reads from one connection after another", async () => {
  const { inner, peer } = await setUp();
  const reader = new MessageReader(peer.readable);
  for (const [i, cause] of ["end", "error", "end"].entries()) {
    const message = reader.next();
    const below = await inner.opened();
    below.push(`from ${i}`);
    assertEquals(await message, `from ${i}`);
    if (cause === "end") below.end();
    else below.fail(new Error("cut"));
  }
  await peer.close();
  assertEquals(inner.peers.every((below) => below.closes === 1), true);
});

Deno.test("autoreconnect: a write waits for a connection", async () => {
  const inner = new MemoryOpener();
  inner.failNext(new Error("refused"), new Error("refused"), new Error("refused"));
  const { peer, env } = await setUp(quick, inner);
  await peer.writable.getWriter().write(batchOf("hello"));
  assertEquals(inner.peers[0].written, ["hello"]);
  assertEquals(inner.attempts, 4);
  assertEquals(env.lines.filter((line) => line.includes("warning")).length, 1);
  assertStringIncludes(env.lines[0], "refused; trying again until it works");
  await peer.close();
});

Deno.test("autoreconnect: a failed write is written again, unharmed, to the next connection", async () => {
  let n = 0;
  const inner = new MemoryOpener((below) => {
    if (n++ < 3) below.failWrites(new Error("broken pipe"));
  });
  const { peer } = await setUp(quick, inner);
  await peer.writable.getWriter().write(batchOf("first", ["second", TEXT]));
  assertEquals(inner.peers.map((below) => below.written), [[], [], [], ["first", "second"]]);
  await peer.close();
});

Deno.test("autoreconnect: a write that hangs in a dead connection goes to the next one", async () => {
  const { inner, peer } = await setUp();
  const first = await inner.opened();
  first.block();
  const reading = peer.readable.getReader().read();
  const write = peer.writable.getWriter().write(batchOf("hello"));
  await settle();
  first.end();
  await write;
  assertEquals(inner.peers[1].written, ["hello"]);
  await peer.close();
  assertEquals((await reading).done, true);
});

Deno.test("autoreconnect: the rest of a message is not written to a connection without its beginning", async () => {
  const { inner, peer, env } = await setUp();
  const writer = peer.writable.getWriter();
  await writer.write(batchOf(["begin", TEXT | MORE]));
  inner.peers[0].failWrites(new Error("cut"));
  await writer.write(batchOf(["middle", TEXT | MORE | CONTINUED]));
  await writer.write(batchOf(["end", TEXT | CONTINUED], "whole"));
  assertEquals(inner.peers[1].written, ["whole"]);
  assertEquals(env.lines.filter((line) => line.includes("a long message is lost")).length, 1);
  await peer.close();
});

Deno.test("autoreconnect: a message that was cut by the end of a connection is ended", async () => {
  const { inner, peer, env } = await setUp();
  const reader = new MessageReader(peer.readable);
  inner.peers[0].push(["begin", TEXT | MORE]);
  inner.peers[0].end();
  assertEquals(await reader.next(), "begin>");
  assertEquals(await reader.next(), "<");
  assert(env.lines.some((line) => line.includes("in the middle of a message")));
  await peer.close();
});

Deno.test("autoreconnect: connections that end at once do not make a busy loop", async () => {
  const inner = new MemoryOpener((below) => below.end());
  const begin = performance.now();
  const { peer, env } = await setUp({}, inner);
  const read = peer.readable.getReader().read();
  for (let attempts = 0; attempts < 4; attempts++) await inner.opened();
  // 20 ms, then 20 to 40, then 40 to 80; a timer may be a little early.
  const millis = performance.now() - begin;
  assert(millis >= 77, `4 attempts in ${millis} ms`);
  assertStringIncludes(env.lines.find((line) => line.includes("warning"))!, "ended at once");
  await peer.close();
  assertEquals((await read).done, true);
});

Deno.test("autoreconnect: --autoreconnect-max-attempts ends both directions with the reason", async () => {
  const inner = new MemoryOpener();
  inner.failNext(...Array.from({ length: 5 }, () => new Error("refused")));
  const { peer } = await setUp({ ...quick, "autoreconnect-max-attempts": 3 }, inner);
  await assertRejects(
    () => peer.readable.getReader().read(),
    Error,
    "gave up after 3 attempts: refused",
  );
  await assertRejects(() => peer.writable.getWriter().write(batchOf("x")), Error, "gave up");
  assertEquals(inner.attempts, 3);
  await peer.close();
});

Deno.test("autoreconnect: giving up keeps the kind and the hint of the last failure", async () => {
  const inner = new MemoryOpener();
  inner.failNext(new WirecatError("tls", "bad certificate", { hint: "see -k" }));
  const { peer } = await setUp({ ...quick, "autoreconnect-max-attempts": 1 }, inner);
  const error = await assertRejects(() => peer.readable.getReader().read(), WirecatError);
  assertEquals([error.kind, error.hint], ["tls", "see -k"]);
  await peer.close();
});

Deno.test("autoreconnect: data makes attempts count anew", async () => {
  const inner = new MemoryOpener((below) => {
    below.push("hello");
    below.end();
  });
  const { peer } = await setUp({ ...quick, "autoreconnect-max-attempts": 2 }, inner);
  const reader = new MessageReader(peer.readable);
  for (let i = 0; i < 5; i++) assertEquals(await reader.next(), "hello");
  await peer.close();
});

Deno.test("autoreconnect: closing ends a wait, and leaves no timer", async () => {
  const inner = new MemoryOpener();
  inner.failNext(new Error("refused"));
  const { peer } = await setUp({ "autoreconnect-delay-millis": 60_000 }, inner);
  const read = peer.readable.getReader().read();
  await settle();
  await peer.close();
  assertEquals((await read).done, true);
});

Deno.test("autoreconnect: the end of the run ends a wait", async () => {
  const inner = new MemoryOpener();
  inner.failNext(new Error("refused"));
  const { peer, stop } = await setUp({ "autoreconnect-delay-millis": 60_000 }, inner);
  const read = peer.readable.getReader().read();
  await settle();
  stop.abort(new Error("over"));
  await assertRejects(() => read, Error, "over");
  await peer.close();
});

Deno.test("autoreconnect: the end of writing ends the connection in order and reads on", async () => {
  const { inner, peer } = await setUp();
  const below = await inner.opened();
  await peer.writable.close();
  assertEquals(below.writeEnd, "closed");
  below.push("reply");
  below.end();
  const reader = new MessageReader(peer.readable);
  assertEquals(await reader.next(), "reply");
  const next = reader.next();
  (await inner.opened()).push("news");
  assertEquals(await next, "news");
  await peer.close();
});

Deno.test("autoreconnect: ends are seen although nobody reads", async () => {
  const { inner, peer } = await setUp();
  const below = await inner.opened();
  await peer.readable.cancel();
  below.push("unwanted");
  below.end();
  const next = await inner.opened();
  await peer.writable.getWriter().write(batchOf("hello"));
  assertEquals(next.written, ["hello"]);
  await peer.close();
});

Deno.test("autoreconnect: a listener goes on listening and serves one client after another", async () => {
  const inner = new MemoryListener();
  const { peer } = await setUp(quick, inner);
  const reader = new MessageReader(peer.readable);
  const first = inner.connect();
  const second = inner.connect();
  first.push("one");
  second.push("two");
  assertEquals(await reader.next(), "one");
  assertEquals(second.pulls, 0);
  first.end();
  assertEquals(await reader.next(), "two");
  assertEquals([inner.listened, inner.listening], [1, 1]);
  await peer.close();
  assertEquals([inner.listening, second.closes], [0, 1]);
});

Deno.test("autoreconnect: closing stops a listener that nobody has come to", async () => {
  const inner = new MemoryListener();
  const { peer } = await setUp(quick, inner);
  const read = peer.readable.getReader().read();
  await settle();
  await peer.close();
  assertEquals((await read).done, true);
  assertEquals(inner.listening, 0);
});

Deno.test("autoreconnect: a client that fails its handshake does not count", async () => {
  const good = new MemoryPeer();
  const inner: Opener = {
    open: () => Promise.reject(new Error("unused")),
    listen: () =>
      Promise.resolve({
        close() {},
        async *[Symbol.asyncIterator]() {
          yield connector(() => Promise.reject(new Error("bad handshake")));
          yield connector(() => Promise.resolve(good));
          await new Promise(() => {});
        },
      }),
  };
  const { peer, env } = await setUp({ ...quick, "autoreconnect-max-attempts": 1 }, inner);
  await peer.writable.getWriter().write(batchOf("hello"));
  assertEquals(good.written, ["hello"]);
  assertStringIncludes(env.lines[0], "bad handshake");
  await peer.close();
});

Deno.test("autoreconnect: over TCP, a server that comes back is found again", async () => {
  const port = freePort(); // It is none that others are given while nobody listens.
  const listen = () => eventually(() => Deno.listen({ hostname: "127.0.0.1", port }));
  let server = await listen();
  const tcp = connector(async () =>
    peerFromConn(await Deno.connect({ hostname: "127.0.0.1", port }), { name: `tcp:${port}` })
  );
  const { peer } = await setUp({ "autoreconnect-delay-millis": 5 }, tcp);
  const writer = peer.writable.getWriter();
  const reader = new MessageReader(peer.readable);
  let conn = await server.accept();
  await writer.write(batchOf("ping"));
  const buffer = new Uint8Array(10);
  assertEquals(await conn.read(buffer), 4);
  await conn.write(new TextEncoder().encode("pong"));
  assertEquals(await reader.next(), "pong");
  server.close();
  conn.close();
  const next = reader.next();
  await settle();
  server = await listen();
  conn = await server.accept();
  await conn.write(new TextEncoder().encode("back"));
  assertEquals(await next, "back");
  await peer.close();
  conn.close();
  server.close();
});
