import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { constants, deflateRawSync } from "node:zlib";
import { compress as compressOption } from "../../lib/cli/websocket_options.ts";
import { broadcast } from "../../lib/overlay/broadcast.ts";
import { BINARY, CONTINUED, MORE, TEXT } from "../../lib/core/batch.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import type { Peer } from "../../lib/core/peer.ts";
import { opener, parseSpecifier } from "../../lib/core/specifier.ts";
import { Compression, type CompressionOptions } from "../../lib/websocket/compression.ts";
import { acceptOffer } from "../../lib/websocket/deflate_negotiation.ts";
import { heldContexts } from "../../lib/websocket/deflater.ts";
import { registry } from "../../specs/mod.ts";
import { COMMAND, run, serve as serveProgram } from "../cli/program.ts";
import { batchOf, MemoryPeer, MessageReader, request, testEnv } from "../peers.ts";
import { compress, messagesIn } from "./deflated.ts";
import { connectTo, echo, type Options, serve } from "./endpoints.ts";
import { type Bytes, concat, frame, KEY, masked, randomNumbers, readFrames } from "./frames.ts";
import { connect, type MemoryConn } from "./memory_conn.ts";

/** Compression of a server that has agreed to these parameters. */
function agreed(parameters = "", options: Partial<CompressionOptions> = {}): Compression {
  const agreement = acceptOffer(`permessage-deflate${parameters}`, {})!;
  return new Compression(agreement, { role: "server", level: 6, maxMessage: 2 ** 26, ...options });
}

/** A compressed frame of a client. */
function deflated(opcode: number, payload: Bytes, fin = 1): Bytes {
  return frame({ fin, rsv: 4, opcode, payload, key: KEY });
}

// --- Connections ---

Deno.test("connection: messages are inflated, what is sent is compressed", async () => {
  const { conn, peer } = connect({ compression: agreed() });
  const reader = new MessageReader(peer.readable);
  conn.push(deflated(1, compress("hello ".repeat(20))), masked(1, "plain"));
  assertEquals(await reader.next(), "hello ".repeat(20));
  assertEquals(await reader.next(), "plain");
  await peer.writable.getWriter().write(batchOf(["answer ".repeat(20), TEXT], ["short", TEXT]));
  const frames = await conn.frames(2);
  assertEquals(frames.map(({ rsv }) => rsv), [4, 0]);
  assertEquals(messagesIn(frames, true), ["answer ".repeat(20), "short"]);
  await peer.close();
});

Deno.test("connection: control frames are never compressed", async () => {
  const { conn, peer } = connect({ compression: agreed("", { threshold: 0 }) });
  const reading = new MessageReader(peer.readable).next();
  conn.push(masked(9, "x".repeat(100)));
  const [pong] = await conn.frames(1);
  assertEquals([pong.rsv, pong.opcode, pong.payload.length], [0, 10, 100]);
  await peer.writable.close();
  const [, close] = await conn.frames(2);
  assertEquals([close.rsv, close.opcode], [0, 8]);
  conn.push(masked(8));
  assertEquals(await reading, undefined);
  await peer.close();
});

Deno.test("connection: a Close frame behind much that nobody wants is answered", async () => {
  const { conn, peer } = connect({ compression: agreed() });
  await peer.readable.cancel();
  conn.push(concat(deflated(1, compress("x".repeat(2 ** 21))), masked(8)));
  assertEquals((await peer.closed!).code, 1005);
  assertEquals((await conn.frames(1))[0].opcode, 8);
  await peer.close();
});

Deno.test("connection: a Ping is told of at its place between inflated messages", async () => {
  const { conn, peer } = connect({ compression: agreed("; client_no_context_takeover") });
  const seen: string[] = [];
  peer.control!.observe((direction, kind, _payload, behind) => {
    if (direction === "in") seen.push(`${kind} ${behind}`);
  });
  conn.push(deflated(1, compress("a")), masked(9), deflated(1, compress("b")), masked(9));
  const batch = (await peer.readable.getReader().read()).value!;
  assertEquals([batch.length, seen], [2, ["ping 1", "ping 2"]]);
  await peer.close();
});

for (
  const [name, bytes, code] of [
    ["what cannot be inflated", deflated(1, Uint8Array.of(0xff, 0xff)), 1007],
    ["RSV1 on a Ping", frame({ rsv: 4, opcode: 9, key: KEY }), 1002],
    ["inflated text that is not UTF-8", deflated(1, compress(Uint8Array.of(0xff))), 1007],
    ["a message that inflates to too much", deflated(1, compress("x".repeat(2000))), 1009],
  ] as [string, Bytes, number][]
) {
  Deno.test(`connection: ${name} ends it with ${code}`, async () => {
    const { conn, peer } = connect({ compression: agreed("", { maxMessage: 1000 }) });
    const reading = assertRejects(() => new MessageReader(peer.readable).next(), WirecatError);
    conn.push(bytes);
    assertEquals((await reading).kind, "protocol");
    const [close] = await conn.frames(1);
    assertEquals([close.opcode, close.payload[0] << 8 | close.payload[1]], [8, code]);
    assertEquals((await peer.closed)?.code, code);
    conn.end();
    await peer.close();
  });
}

Deno.test("connection: RSV1 without an agreement ends it with 1002", async () => {
  const { conn, peer } = connect();
  const reading = assertRejects(() => new MessageReader(peer.readable).next(), WirecatError);
  conn.push(deflated(1, compress("a")));
  await reading;
  assertEquals((await peer.closed)?.code, 1002);
  conn.end();
  await peer.close();
});

Deno.test("connection: long messages go both ways in parts", async () => {
  const { conn, peer } = connect({ compression: agreed() });
  const message = "0123456789abcdef".repeat(200_000);
  conn.push(deflated(1, compress(message)));
  const stream = peer.readable.getReader();
  const writer = peer.writable.getWriter();
  let flags = 0;
  let length = 0;
  do {
    const batch = (await stream.read()).value!;
    flags = batch.flags(0);
    length += batch.byteLength;
    await writer.write(batch);
  } while ((flags & MORE) !== 0);
  assertEquals([flags & CONTINUED, length], [CONTINUED, message.length]);
  const frames = readFrames(conn.written);
  assert(frames.length > 1 && conn.written.length < 50_000);
  assertEquals(frames.map(({ rsv }) => rsv), [4, ...frames.slice(1).map(() => 0)]);
  assertEquals(messagesIn(frames, true)[0] === message, true);
  await peer.close();
});

Deno.test("connection: what compression holds is freed at the end, whose figures are told", async () => {
  const ends: string[] = [];
  const onEnd: CompressionOptions["onEnd"] = (sent, received) =>
    void ends.push(`${sent} / ${received}`);
  const { conn, peer } = connect({ compression: agreed("", { onEnd }) });
  conn.push(deflated(1, compress("a".repeat(1000))));
  await new MessageReader(peer.readable).next();
  await peer.writable.getWriter().write(batchOf(["b".repeat(2000), TEXT], ["c", BINARY]));
  assertEquals(heldContexts(), 1);
  await peer.close();
  await peer.close();
  assertEquals(heldContexts(), 0);
  assertEquals(ends.length, 1);
  assertMatch(
    ends[0],
    /^2 messages \(1 compressed\), 2001 bytes as \d\d, \d\.\d % \/ 1 message \(1 compressed\), 1000 bytes as \d\d, \d\.\d %$/,
  );
});

// --- Many connections ---

Deno.test("broadcast: a message is compressed once for all that have agreed on the same", async () => {
  const inner = new MemoryPeer("inner");
  const controller = new AbortController();
  const hub = broadcast({ open: () => Promise.resolve(inner) }, {
    signal: controller.signal,
    log: testEnv().log,
    maxMessage: Infinity,
  });
  const agreements = ["", "", "; server_max_window_bits=9", "; server_no_context_takeover"];
  const clients: { conn: MemoryConn; peer: Peer; from: Peer }[] = [];
  for (const parameters of agreements) {
    const from = await hub.open(request());
    clients.push({ ...connect({ compression: agreed(parameters) }), from });
  }
  const copying = clients.map(async ({ peer, from }) => {
    const writer = peer.writable.getWriter();
    const reader = from.readable.getReader();
    for (let i = 0; i < 3; i++) await writer.write((await reader.read()).value!);
  });
  const texts = ["one for all ", "two for all ", "and three "].map((text) => text.repeat(200));
  for (const text of texts) {
    inner.push([text, TEXT]);
    await Promise.resolve();
  }
  await Promise.all(copying);
  for (const [i, { conn }] of clients.entries()) {
    const frames = readFrames(conn.written);
    assertEquals(messagesIn(frames, i < 3), texts);
    assert(frames.every(({ rsv }) => rsv === 4));
  }
  assertEquals(clients[0].conn.written, clients[1].conn.written);
  assertEquals(clients[0].conn.written, clients[3].conn.written);
  // One for each window; none of a connection's own.
  assertEquals(heldContexts(), 2);
  for (const { peer, from } of clients) {
    await peer.close();
    await from.close();
  }
  controller.abort();
  assertEquals(heldContexts(), 0);
});

// --- Both ends of ours ---

for (
  const [client, server, expected] of [
    ["", "", "permessage-deflate"],
    ["", "server_no_context_takeover", "permessage-deflate; server_no_context_takeover"],
    ["client_no_context_takeover", "", "permessage-deflate; client_no_context_takeover"],
    [
      "server_max_window_bits=8,client_max_window_bits=8",
      "",
      "permessage-deflate; server_max_window_bits=8; client_max_window_bits=8",
    ],
    [
      "server_no_context_takeover",
      "client_no_context_takeover,client_max_window_bits=10,server_max_window_bits=9",
      "permessage-deflate; server_no_context_takeover; client_no_context_takeover; " +
      "server_max_window_bits=9; client_max_window_bits=10",
    ],
  ]
) {
  Deno.test(`--compress=${client} to --compress=${server} agrees on ${expected}`, async () => {
    const parse = (words: string) => compressOption.parse([words]);
    using listening = await serve({ compress: parse(server) });
    const [peer, other] = await Promise.all([
      connectTo(listening.url, { compress: parse(client) }),
      listening.next(),
    ]);
    assertEquals([peer.info.extensions, other.info.extensions], [expected, expected]);
    const echoing = echo(other);
    const reader = new MessageReader(peer.readable);
    const writer = peer.writable.getWriter();
    for (let i = 0; i < 20; i++) {
      const message = `{"number":${i},"text":"and so on"},`.repeat(10 + i * i * 20);
      await writer.write(batchOf([message, TEXT]));
      assertEquals(await reader.next() === message, true);
    }
    await writer.close();
    await reader.rest();
    await peer.close();
    await echoing;
    assertEquals(heldContexts(), 0);
  });
}

Deno.test("--compress: -v tells what was agreed on, and at the end how much was saved", async () => {
  using listening = await serve({ compress: {} });
  const [peer, other] = await Promise.all([
    connectTo(listening.url, { compress: {} }),
    listening.next(),
  ]);
  const reader = new MessageReader(other.readable);
  await peer.writable.getWriter().write(batchOf(["x".repeat(2000), TEXT], ["y", TEXT]));
  assertEquals([await reader.next(), await reader.next()], ["x".repeat(2000), "y"]);
  await peer.close();
  await other.close();
  const { lines } = listening.env;
  assert(lines.some((line) => /: agreed on permessage-deflate$/.test(line)), lines.join("\n"));
  assertMatch(
    lines.join("\n"),
    /: sent 0 messages; received 2 messages \(1 compressed\), 2001 bytes as \d+, \d\.\d %/,
  );
});

/** What the payload of one message is on the wire, sent by a client with these options. */
async function wireBytes(message: string, options: Options): Promise<number> {
  using listening = await serve({ compress: {} });
  const [peer, other] = await Promise.all([
    connectTo(listening.url, { compress: {}, ...options }),
    listening.next(),
  ]);
  const reader = new MessageReader(other.readable);
  await peer.writable.getWriter().write(batchOf([message, TEXT]));
  assertEquals(await reader.next() === message, true);
  await peer.close();
  await other.close();
  return Number(/received .* bytes as (\d+),/.exec(listening.env.lines.join("\n"))![1]);
}

Deno.test("--compress-threshold: shorter messages are sent as they are", async () => {
  const message = "ab".repeat(50);
  assertEquals(await wireBytes(message, { "compress-threshold": 101 }), 100);
  assert(await wireBytes(message, { "compress-threshold": 100 }) < 20);
});

Deno.test("--compress-threshold is 32 without the option, or 1024 without context takeover", async () => {
  assertEquals(await wireBytes("a".repeat(31), {}), 31);
  assert(await wireBytes("a".repeat(32), {}) < 32);
  const compress = { clientNoContextTakeover: true };
  assertEquals(await wireBytes("a".repeat(1023), { compress }), 1023);
  assert(await wireBytes("a".repeat(1024), { compress }) < 100);
});

Deno.test("--compress-level: the higher, the smaller", async () => {
  const next = randomNumbers(5);
  const words = Array.from({ length: 4000 }, () => `word${next(300)} `).join("");
  const fast = await wireBytes(words, { "compress-level": 1 });
  const usual = await wireBytes(words, {});
  const small = await wireBytes(words, { "compress-level": 9 });
  assert(fast > usual && usual > small, `${fast}, ${usual}, ${small}`);
});

for (
  const [name, client, server] of [
    ["only the client wants it", { compress: {} }, {}],
    ["only the server does", {}, { compress: {} }],
    [
      "the client cannot be told what the server insists on",
      { compress: {}, header: ["Sec-WebSocket-Extensions: permessage-deflate"] },
      { compress: { clientMaxWindowBits: 10 } },
    ],
  ] as [string, Options, Options][]
) {
  Deno.test(`--compress: nothing is compressed if ${name}`, async () => {
    using listening = await serve(server);
    const [peer, other] = await Promise.all([
      connectTo(listening.url, client),
      listening.next(),
    ]);
    assertEquals([peer.info.extensions, other.info.extensions], [undefined, undefined]);
    const reader = new MessageReader(other.readable);
    await peer.writable.getWriter().write(batchOf(["x".repeat(2000), TEXT]));
    assertEquals(await reader.next(), "x".repeat(2000));
    await peer.close();
    await other.close();
  });
}

Deno.test("--compress: an offer written with -H is the one that counts", async () => {
  using listening = await serve({ compress: {} });
  const header = ["sec-websocket-extensions: x-foo, permessage-deflate;server_max_window_bits=10"];
  const [peer, other] = await Promise.all([
    connectTo(listening.url, { compress: {}, header }),
    listening.next(),
  ]);
  assertEquals(peer.info.extensions, "permessage-deflate; server_max_window_bits=10");
  await peer.close();
  await other.close();
});

Deno.test("--compress: a server refuses a malformed field with 400", async () => {
  using listening = await serve({ compress: {} });
  const header = ["Sec-WebSocket-Extensions: permessage-deflate;;"];
  const refused = assertRejects(() => listening.next(), WirecatError, "malformed");
  const error = await assertRejects(() => connectTo(listening.url, { header }), WirecatError);
  assertMatch(error.message, /400 Bad Request/);
  await refused;
});

Deno.test("--compress: a client refuses an answer that is not to its offer", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    const conn = await listener.accept();
    const buffer = new Uint8Array(4096);
    const head = new TextDecoder().decode(buffer.subarray(0, (await conn.read(buffer))!));
    const key = /Sec-WebSocket-Key: (\S+)/.exec(head)![1];
    const { acceptResponse } = await import("../../lib/websocket/handshake.ts");
    await conn.write(
      await acceptResponse(key, undefined, [], "permessage-deflate; client_max_window_bits=9"),
    );
    while (await conn.read(buffer) !== null);
    conn.close();
    return head;
  })();
  const error = await assertRejects(
    () =>
      connectTo(`ws://127.0.0.1:${listener.addr.port}/`, {
        compress: { clientMaxWindowBits: 8 },
      }),
    WirecatError,
  );
  assertEquals(error.kind, "upgrade");
  assertMatch(error.message, /client_max_window_bits=9 is more than was offered$/);
  assertMatch(
    await serving,
    /\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=8\r\n/,
  );
  listener.close();
});

Deno.test("--compress: a bomb over a real connection is refused with 1009, and costs no memory", async () => {
  using listening = await serve({ compress: {} });
  const { port } = new URL(listening.url);
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
  await conn.write(new TextEncoder().encode(
    "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
      "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
  ));
  const peer = await listening.next();
  const block = deflateRawSync(new Uint8Array(1 << 20), {
    level: 9,
    finishFlush: constants.Z_FULL_FLUSH,
  });
  const payload = concat(...Array.from({ length: 1024 }, () => Uint8Array.from(block)));
  assert(payload.length < 1_200_000);
  // What this test file holds: others run in the same process.
  const held = () => Deno.memoryUsage().heapUsed + Deno.memoryUsage().external;
  const before = held();
  let most = 0;
  const sending = (async () => {
    const bytes = deflated(2, payload);
    try {
      for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
    } catch {
      // It hung up.
    }
  })();
  const reader = peer.readable.getReader();
  let length = 0;
  const error = await assertRejects(async () => {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      length += next.value.byteLength;
      most = Math.max(most, held());
    }
  }, WirecatError);
  assertMatch(error.message, /inflates to more than --max-ws-message-length \(67108864\)/);
  assert(length <= 64 * 1024 * 1024);
  assert(most - before < 64 * 1024 * 1024, `${most - before} bytes`);
  assertEquals((await peer.closed)?.code, 1009);
  await sending;
  conn.close();
  await peer.close();
});

// --- The option ---

for (
  const [words, message] of [
    ["x", "'x' is none of server_no_context_takeover"],
    ["server_no_context_takeover=1", "takes no value"],
    ["server_max_window_bits", "server_max_window_bits is no number from 8 to 15"],
    ["client_max_window_bits=7", "client_max_window_bits=7 is no number from 8 to 15"],
    ["constructor", "'constructor' is none of"],
  ]
) {
  Deno.test(`--compress=${words} is a usage error`, () => {
    const error = assertThrows(() => compressOption.parse([words]), WirecatError, message);
    assertEquals(error.kind, "usage");
  });
}

Deno.test("--compress: parameters are separated by commas or semicolons", () => {
  assertEquals(compressOption.parse([""]), {});
  for (const separator of [",", ";", ", ", " ; "]) {
    assertEquals(
      compressOption.parse([
        `client_max_window_bits=12${separator}server_no_context_takeover`,
      ]),
      { clientMaxWindowBits: 12, serverNoContextTakeover: true },
    );
  }
});

Deno.test("--compress is refused with the native engine", () => {
  const env = { ...testEnv({ compress: {}, engine: "native" }), registry };
  for (const words of ["ws://127.0.0.1:1/", "ws-l:127.0.0.1:0"]) {
    const error = assertThrows(() => opener(parseSpecifier(words, registry), env), WirecatError);
    assertEquals(error.kind, "usage");
    assertMatch(error.message, /^--compress is beyond the native engine/);
  }
});

Deno.test("--compress: without zlib's synchronous calls, messages go as they are", async () => {
  const preload = decodeURIComponent(new URL("no_zlib_handle.ts", import.meta.url).pathname);
  const program = [`--preload=${preload}`, COMMAND.at(-1)!];
  await using server = await serveProgram(["--compress", "ws-l:127.0.0.1:0", "mirror:"]);
  const args = ["--compress", "--linger", "forever", "--max-messages-rev", "1", server.url];
  const { code, stdout, stderr } = await run(args, {
    program,
    input: "hello hello hello hello hello hello\n",
  });
  assertEquals([code, stdout], [0, "hello hello hello hello hello hello\n"]);
  assertMatch(stderr, /warning: --compress does nothing with Deno .*\n {2}messages go as they are/);
});
