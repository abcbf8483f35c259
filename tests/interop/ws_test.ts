/**
 * wirecat and the npm package `ws`, each as client and as server.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
// deno-lint-ignore no-import-prefix -- in an import map every task would download it
import { type RawData, WebSocket, WebSocketServer } from "npm:ws@8.18.3";
import { Batch, BINARY, TEXT } from "../../lib/core/batch.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import type { Peer } from "../../lib/core/peer.ts";
import { batchOf, type Message, MessageReader, Wait } from "../peers.ts";
import { connectTo, echo, type Options, serve, type Server } from "../websocket/endpoints.ts";

const decoder = new TextDecoder();

/** What one end of `ws` is told of, as text. */
interface Events {
  events: Wait<string>;
  closed: Promise<string>;
}

/** Notes what comes to a socket of `ws`. */
function watch(socket: WebSocket): Events {
  const events = new Wait<string>();
  const closed = Promise.withResolvers<string>();
  socket.on("message", (data: RawData, isBinary: boolean) => {
    events.put(`${isBinary ? "binary" : "text"} ${decoder.decode(data as Uint8Array)}`);
  });
  socket.on("ping", (data: Uint8Array) => events.put(`ping ${decoder.decode(data)}`));
  socket.on("pong", (data: Uint8Array) => events.put(`pong ${decoder.decode(data)}`));
  socket.on("error", (error: Error) => events.put(`error ${error.message}`));
  socket.on("close", (code: number, reason: Uint8Array) => {
    closed.resolve(`${code} ${decoder.decode(reason)}`.trim());
  });
  return { events, closed: closed.promise };
}

/** One end is `ws`, the other is ours. */
interface Pair extends Events {
  socket: WebSocket;
  peer: Peer;
}

/** How a pair is set up. */
interface Setup {
  options?: Options;
  /** What the constructors of `ws` are told. */
  ws?: Record<string, unknown>;
  protocols?: string[];
}

/** `ws` as a client of ours. */
async function wsClient(setup: Setup, run: (pair: Pair) => Promise<void>): Promise<void> {
  using server: Server = await serve(setup.options);
  const socket = new WebSocket(server.url, setup.protocols ?? [], setup.ws ?? {});
  const events = watch(socket);
  const opened = new Promise((resolve) => socket.once("open", resolve));
  const peer = await server.next();
  await opened;
  try {
    await run({ socket, peer, ...events });
  } finally {
    socket.close();
    await peer.close();
    await events.closed;
  }
}

/** `ws` as a server for ours. */
async function wsServer(setup: Setup, run: (pair: Pair) => Promise<void>): Promise<void> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", ...setup.ws });
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  const accepted = new Promise<WebSocket>((resolve) => server.once("connection", resolve));
  const peer = await connectTo(`ws://127.0.0.1:${port}/`, setup.options);
  const socket = await accepted;
  const events = watch(socket);
  try {
    await run({ socket, peer, ...events });
  } finally {
    socket.close();
    await peer.close();
    await events.closed;
    await new Promise((resolve) => server.close(resolve));
  }
}

/** A test that `ws` takes part in as a client, then as a server. */
function both(name: string, setup: Setup, run: (pair: Pair) => Promise<void>): void {
  Deno.test(`ws as the client: ${name}`, () => wsClient(setup, run));
  Deno.test(`ws as the server: ${name}`, () => wsServer(setup, run));
}

async function write(peer: Peer, ...messages: Message[]): Promise<void> {
  const writer = peer.writable.getWriter();
  await writer.write(batchOf(...messages));
  writer.releaseLock();
}

both("text and binary pass both ways", {}, async ({ socket, peer, events }) => {
  const reader = peer.readable.getReader();
  socket.send("κόσμε");
  const text = (await reader.read()).value!;
  assertEquals([text.kind(0), decoder.decode(text.message(0))], [TEXT, "κόσμε"]);
  socket.send(Uint8Array.of(0xff, 0));
  const binary = (await reader.read()).value!;
  assertEquals([binary.kind(0), [...binary.message(0)]], [BINARY, [255, 0]]);
  socket.send("");
  assertEquals((await reader.read()).value!.message(0).length, 0);
  await write(peer, ["🍺", TEXT], ["b", BINARY], ["", TEXT]);
  assertEquals(await events.take(), "text 🍺");
  assertEquals(await events.take(), "binary b");
  assertEquals(await events.take(), "text ");
});

both("fragments of ws become one message", {}, async ({ socket, peer }) => {
  const reader = new MessageReader(peer.readable);
  socket.send("one ", { fin: false });
  socket.send("mess", { fin: false });
  socket.ping("between");
  socket.send("age", { fin: true });
  assertEquals(await reader.next(), "one message");
});

both("our fragments become one message", {}, async ({ peer, events }) => {
  await write(peer, ["one ", TEXT | 4], ["mess", TEXT | 4 | 8], ["age", TEXT | 8], ["x", BINARY]);
  assertEquals(await events.take(), "text one message");
  assertEquals(await events.take(), "binary x");
});

both("Pings of ws are answered", {}, async ({ socket, peer, events }) => {
  const reading = new MessageReader(peer.readable).next();
  socket.ping("hello");
  assertEquals(await events.take(), "pong hello");
  socket.ping();
  assertEquals(await events.take(), "pong ");
  socket.close();
  await reading;
});

both(
  "our Pings are answered",
  { options: { "ping-interval": 0.005, "ping-timeout": 60 } },
  async (pair) => {
    const reading = new MessageReader(pair.peer.readable).next();
    assert((await pair.events.take()).startsWith("ping "));
    assert((await pair.events.take()).startsWith("ping "));
    pair.socket.close();
    assertEquals(await reading, undefined);
  },
);

for (
  const [code, reason] of [
    [1000, ""],
    [1001, "leaving"],
    [1011, "κόσμε"],
    [3000, "x".repeat(123)],
    [4999, ""],
  ] as const
) {
  both(`ws closes with ${code}`, {}, async ({ socket, peer, closed }) => {
    const reading = new MessageReader(peer.readable).rest();
    socket.close(code, reason);
    assertEquals(await reading, []);
    assertEquals(await peer.closed, { code, reason, ours: false });
    await peer.close();
    assertEquals(await closed, String(code));
  });

  const options = { "close-status-code": code, "close-reason": reason };
  both(`we close with ${code}`, { options }, async ({ peer, closed }) => {
    const reading = new MessageReader(peer.readable).rest();
    await peer.writable.close();
    assertEquals(await reading, []);
    assertEquals(await peer.closed, { code, reason, ours: true });
    await peer.close();
    assertEquals(await closed, `${code} ${reason}`.trim());
  });
}

both("a Close frame without a code", {}, async ({ peer, closed }) => {
  const reading = new MessageReader(peer.readable).rest();
  await peer.writable.close();
  await reading;
  assertEquals((await peer.closed)?.code, 1005);
  await peer.close();
  assertEquals(await closed, "1005");
});

both("ws just goes away", {}, async ({ socket, peer }) => {
  const reading = new MessageReader(peer.readable).rest();
  socket.terminate();
  assertEquals(await reading, []);
  assertEquals(await peer.closed, { code: 1006, reason: "", ours: false });
});

both("messages of 1 MiB pass both ways", {}, async ({ socket, peer }) => {
  const bytes = Uint8Array.from({ length: 1024 * 1024 }, (_, i) => i * 7 + (i >> 9));
  const echoed = new Promise<Uint8Array>((resolve) => socket.once("message", resolve));
  const echoing = echo(peer);
  socket.send(bytes);
  const came = await echoed;
  assert(came.length === bytes.length && came.every((byte, i) => byte === bytes[i]));
  socket.close();
  await echoing;
});

both("messages of every length form pass both ways", {}, async ({ socket, peer, events }) => {
  const echoing = echo(peer);
  const lengths = [0, 1, 125, 126, 127, 65535, 65536, 65537];
  for (const length of lengths) socket.send("x".repeat(length));
  for (const length of lengths) assertEquals(await events.take(), `text ${"x".repeat(length)}`);
  socket.close();
  await echoing;
});

both(
  "permessage-deflate of ws is not agreed on",
  { ws: { perMessageDeflate: true } },
  async (pair) => {
    const { socket, peer, events } = pair;
    assertEquals(socket.extensions, "");
    const reader = new MessageReader(peer.readable);
    const text = "compressible ".repeat(1000);
    socket.send(text);
    assertEquals(await reader.next(), text);
    await write(peer, [text, TEXT]);
    assertEquals(await events.take(), `text ${text}`);
  },
);

both("what ws takes for wrong UTF-8 is never sent", {}, async ({ peer, events }) => {
  const writer = peer.writable.getWriter();
  await writer.write(Batch.of(Uint8Array.of(0x61, 0xff)));
  assertEquals(await events.take(), "text a\ufffd");
});

Deno.test("ws as the client: the first subprotocol is agreed on", async () => {
  await wsClient({ protocols: ["a", "b"] }, ({ socket, peer }) => {
    assertEquals([socket.protocol, peer.info.protocol], ["a", "a"]);
    return Promise.resolve();
  });
});

Deno.test("ws as the client: the subprotocol that is wanted is agreed on", async () => {
  const setup = { protocols: ["a", "b"], options: { "server-protocol": "b" } };
  await wsClient(setup, ({ socket, peer }) => {
    assertEquals([socket.protocol, peer.info.protocol], ["b", "b"]);
    return Promise.resolve();
  });
});

Deno.test("ws as the server: the subprotocol that it chooses is agreed on", async () => {
  const handleProtocols = () => "b";
  await wsServer({ ws: { handleProtocols }, options: { protocol: "a, b" } }, ({ socket, peer }) => {
    assertEquals([socket.protocol, peer.info.protocol], ["b", "b"]);
    return Promise.resolve();
  });
});

Deno.test("ws as the server: its refusal is told", async () => {
  const verifyClient = (_: unknown, done: (...answer: unknown[]) => void) =>
    done(false, 401, "Who are you?");
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", verifyClient });
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  const error = await assertRejects(() => connectTo(`ws://127.0.0.1:${port}/`), WirecatError);
  assertEquals(error.kind, "upgrade");
  assert(error.message.includes("401 Unauthorized"), error.message);
  await new Promise((resolve) => server.close(resolve));
});

Deno.test("ws as the client: our refusal is told", async () => {
  using server = await serve({ "restrict-uri": "/only" });
  const socket = new WebSocket(server.url);
  const refused = assertRejects(() => server.next(), WirecatError);
  const error = await new Promise<Error>((resolve) => socket.once("error", resolve));
  assertEquals(error.message, "Unexpected server response: 404");
  await refused;
});

both("data that breaks the protocol ends with 1002", {}, async ({ socket, peer, closed }) => {
  const reading = assertRejects(() => new MessageReader(peer.readable).next(), WirecatError);
  (socket as unknown as { _socket: { write(data: Uint8Array): void } })._socket
    .write(Uint8Array.of(0xf1, 0));
  await reading;
  assertEquals((await peer.closed)?.code, 1002);
  assertEquals(await closed, "1002 a frame with reserved bits set");
});
