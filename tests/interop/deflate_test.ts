/**
 * permessage-deflate with others: the npm package `ws` and Python's `websockets`, each as client and
 * as server, and Chromium as client.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
// deno-lint-ignore no-import-prefix -- in an import map every task would download it
import { type RawData, WebSocket as Socket, WebSocketServer } from "npm:ws@8.18.3";
import { compress } from "../../lib/cli/websocket_options.ts";
import { BINARY, CONTINUED, MORE, TEXT } from "../../lib/core/batch.ts";
import type { Peer } from "../../lib/core/peer.ts";
import { batchOf, MessageReader, Wait } from "../peers.ts";
import { connectTo, echo, serve } from "../websocket/endpoints.ts";
import { Chromium, chromium } from "./chromium.ts";
import { has } from "./command.ts";
import { Program, Server, TempFolder } from "./programs.ts";

/** JSON that is much alike from message to message, empty and long ones too. */
const MESSAGES: readonly string[] = [
  "",
  "x",
  ...[1, 2, 3, 50, 500, 5000].map((count) =>
    JSON.stringify(
      Array.from({ length: count }, (_, i) => ({ id: i * 7919 % 1000, name: "κόσμε" })),
    )
  ),
  "",
  ...Array.from({ length: 20 }, (_, i) => JSON.stringify({ id: i, text: "the same as before" })),
  "long ".repeat(300_000),
];

// --- ws ---

/** What is agreed on, by the parameters of an answer. */
interface Combination {
  noServer: boolean;
  noClient: boolean;
  serverBits?: number;
  clientBits?: number;
}

const COMBINATIONS: readonly Combination[] = [false, true].flatMap((noServer) =>
  [false, true].flatMap((noClient) =>
    [undefined, 9, 12].flatMap((serverBits) =>
      [undefined, 9, 15].map((clientBits) => ({ noServer, noClient, serverBits, clientBits }))
    )
  )
);

/** The same for `--compress`. */
function words({ noServer, noClient, serverBits, clientBits }: Combination): string {
  const list = [];
  if (noServer) list.push("server_no_context_takeover");
  if (noClient) list.push("client_no_context_takeover");
  if (serverBits) list.push(`server_max_window_bits=${serverBits}`);
  if (clientBits) list.push(`client_max_window_bits=${clientBits}`);
  return list.join();
}

/** The same for `ws`. */
function settings({ noServer, noClient, serverBits, clientBits }: Combination) {
  return {
    serverNoContextTakeover: noServer,
    clientNoContextTakeover: noClient,
    serverMaxWindowBits: serverBits,
    clientMaxWindowBits: clientBits,
    threshold: 0,
  };
}

/** Whether an answer has what a combination asks for. */
function assertAnswer(answer = "", combination: Combination): void {
  assertMatch(answer, /^permessage-deflate/);
  for (const word of words(combination).split(",")) assertStringIncludes(answer, word);
}

/** The messages that come to a socket of `ws`. */
function watch(socket: Socket): Wait<string> {
  const came = new Wait<string>();
  socket.on("message", (data: RawData) => came.put(new TextDecoder().decode(data as Uint8Array)));
  socket.on("error", (error: Error) => came.put(`error ${error.message}`));
  return came;
}

/** The next message, its parts together. */
async function whole(reader: MessageReader): Promise<string> {
  let text = "";
  for (;;) {
    const part = (await reader.next())!;
    // Parts are marked where they are cut.
    text += part.replace(/^<|>$/g, "");
    if (!part.endsWith(">")) return text;
  }
}

/** All messages pass both ways, whole and in fragments, and what is sent is shorter than it was. */
async function exchange(socket: Socket, peer: Peer): Promise<void> {
  const came = watch(socket);
  const reader = new MessageReader(peer.readable);
  const writer = peer.writable.getWriter();
  for (const message of MESSAGES) {
    socket.send(message);
    assertEquals(await whole(reader) === message, true);
    await writer.write(batchOf([message, TEXT]));
    assertEquals(await came.take() === message, true);
  }
  socket.send("one ".repeat(100), { fin: false });
  socket.ping("between");
  socket.send("two ".repeat(100), { fin: true });
  assertEquals(await reader.next(), "one ".repeat(100) + "two ".repeat(100));
  await writer.write(batchOf(
    ["one ".repeat(100), TEXT | MORE],
    ["", TEXT | MORE | CONTINUED],
    ["two ".repeat(100), TEXT | CONTINUED],
    ["b", BINARY],
  ));
  assertEquals(await came.take(), "one ".repeat(100) + "two ".repeat(100));
  assertEquals(await came.take(), "b");
  writer.releaseLock();
  const sent = (socket as unknown as { _socket: { bytesWritten: number } })._socket.bytesWritten;
  const length = MESSAGES.reduce((sum, message) => sum + message.length, 0);
  assert(sent < length / 5, `${sent} bytes for ${length}`);
}

for (const combination of COMBINATIONS) {
  const name = words(combination) || "no parameters";

  Deno.test(`ws as the client compresses, our server wants ${name}`, async () => {
    using server = await serve({ compress: compress.parse([words(combination)]) });
    const socket = new Socket(server.url, [], { perMessageDeflate: { threshold: 0 } });
    const opened = new Promise((resolve) => socket.once("open", resolve));
    const closed = new Promise((resolve) => socket.once("close", resolve));
    const peer = await server.next();
    await opened;
    assertAnswer(peer.info.extensions, combination);
    await exchange(socket, peer);
    socket.close();
    await peer.close();
    await closed;
  });

  Deno.test(`ws as the server compresses and wants ${name}`, async () => {
    const server = new WebSocketServer({
      port: 0,
      host: "127.0.0.1",
      perMessageDeflate: settings(combination),
    });
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as { port: number };
    const accepted = new Promise<Socket>((resolve) => server.once("connection", resolve));
    // What the server does not offer by itself it does when it is asked.
    const asked = { ...combination, clientBits: undefined };
    const peer = await connectTo(`ws://127.0.0.1:${port}/`, {
      compress: compress.parse([combination.noServer ? words(asked) : ""]),
    });
    const socket = await accepted;
    const closed = new Promise((resolve) => socket.once("close", resolve));
    assertAnswer(peer.info.extensions, combination);
    await exchange(socket, peer);
    socket.close();
    await peer.close();
    await closed;
    await new Promise((resolve) => server.close(resolve));
  });
}

Deno.test("ws as the client: a message that inflates to too much is refused with 1009", async () => {
  using server = await serve({ compress: {}, "max-ws-message-length": 1000 });
  const socket = new Socket(server.url, [], { perMessageDeflate: { threshold: 0 } });
  const closed = new Promise<number>((resolve) => socket.once("close", resolve));
  const opened = new Promise((resolve) => socket.once("open", resolve));
  const peer = await server.next();
  await opened;
  socket.send("x".repeat(1000));
  socket.send("x".repeat(1001));
  const reader = new MessageReader(peer.readable);
  assertEquals((await reader.next())?.length, 1000);
  await reader.next().catch(() => {});
  await peer.close();
  assertEquals(await closed, 1009);
});

// --- Python's websockets ---

const noPython = !await has("python3", "-c", "import websockets.sync.server");
const skipped = noPython ? " (skipped: no python3 with websockets)" : "";

const PYTHON = `
import sys, os, json
from websockets.sync.client import connect
from websockets.sync.server import serve
from websockets.exceptions import ConnectionClosed
from websockets.extensions.permessage_deflate import (
    ClientPerMessageDeflateFactory, ServerPerMessageDeflateFactory)
role, arguments = sys.argv[1], json.loads(sys.argv[2])
messages = ["", "x", json.dumps([{"id": i * 7919 % 1000, "name": "κόσμε"} for i in range(5000)]),
    *(json.dumps({"id": i, "text": "the same as before"}) for i in range(20)),
    b"", bytes(range(256)) * 10, os.urandom(100_000), "y" * 1_500_000]
def run(ws):
    [extension] = ws.protocol.extensions
    print(extension, file=sys.stderr)
    for message in messages:
        ws.send(message)
        assert ws.recv() == message
    ws.send(["one " * 50, "", "message" * 50])
    assert ws.recv() == "one " * 50 + "message" * 50
if role == "client":
    with connect(sys.argv[3], compression=None, max_size=None,
            extensions=[ClientPerMessageDeflateFactory(**arguments)]) as ws:
        run(ws)
    print("fine")
else:
    def handle(ws):
        status = 1
        try:
            run(ws)
            ws.close()
            print("fine")
            status = 0
        finally:
            os._exit(status)
    with serve(handle, "127.0.0.1", 0, compression=None, max_size=None,
            extensions=[ServerPerMessageDeflateFactory(**arguments)]) as server:
        print(server.socket.getsockname()[1])
        server.serve_forever()
`;

/** Runs the Python program. */
function python(...args: string[]): Program {
  return new Program("python3", ["-u", "-c", PYTHON, ...args]);
}

const PYTHON_CLIENTS: readonly [Record<string, unknown>, string, RegExp][] = [
  [{}, "", /^permessage-deflate$/],
  [{ client_max_window_bits: true }, "client_max_window_bits=10", /client_max_window_bits=10/],
  [
    { server_max_window_bits: 12, client_max_window_bits: 12 },
    "",
    /; server_max_window_bits=12; client_max_window_bits=12$/,
  ],
  [
    { server_no_context_takeover: true, client_no_context_takeover: true },
    "server_max_window_bits=9",
    /; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9$/,
  ],
];

for (const [theirs, ours, agreed] of PYTHON_CLIENTS) {
  Deno.test({
    name: `websockets as the client with ${JSON.stringify(theirs)}, ours with [${ours}]${skipped}`,
    ignore: noPython,
    async fn() {
      using server = await serve({ compress: compress.parse([ours]) });
      await using child = python("client", JSON.stringify(theirs), server.url);
      const peer = await child.meanwhile(server.next());
      assertMatch(peer.info.extensions!, agreed);
      await echo(peer);
      await child.ended();
      assertEquals(child.stdout, "fine\n", child.stderr);
    },
  });
}

const PYTHON_SERVERS: readonly [Record<string, unknown>, string, RegExp][] = [
  [{}, "", /^permessage-deflate$/],
  [
    { server_max_window_bits: 9, client_max_window_bits: 10 },
    "",
    /; server_max_window_bits=9; client_max_window_bits=10$/,
  ],
  [
    { server_no_context_takeover: true, client_no_context_takeover: true },
    "client_max_window_bits=9",
    /; server_no_context_takeover; client_no_context_takeover/,
  ],
  [
    {},
    "server_no_context_takeover,client_no_context_takeover,server_max_window_bits=11",
    /; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=11/,
  ],
];

for (const [theirs, ours, agreed] of PYTHON_SERVERS) {
  Deno.test({
    name: `websockets as the server with ${JSON.stringify(theirs)}, ours with [${ours}]${skipped}`,
    ignore: noPython,
    async fn() {
      await using child = python("server", JSON.stringify(theirs));
      const [, port] = await child.waitFor(/^(\d+)\n/);
      const peer = await connectTo(`ws://127.0.0.1:${port}/`, {
        compress: compress.parse([ours]),
      });
      assertMatch(peer.info.extensions!, agreed);
      await echo(peer);
      assertEquals(await child.ended(), 0, child.stderr);
      assertEquals(child.stdout, `${port}\nfine\n`);
    },
  });
}

// --- Chromium ---

const CHROMIUM: readonly [parameters: string, agreed: string][] = [
  ["", "permessage-deflate"],
  ["server_no_context_takeover", "permessage-deflate; server_no_context_takeover"],
  [
    "client_no_context_takeover,client_max_window_bits=9,server_max_window_bits=10",
    "permessage-deflate; client_no_context_takeover; server_max_window_bits=10; " +
    "client_max_window_bits=9",
  ],
  [
    "server_max_window_bits=8,client_max_window_bits=8",
    "permessage-deflate; server_max_window_bits=8; client_max_window_bits=8",
  ],
];

Deno.test({
  name: "chromium compresses" +
    (chromium === undefined ? " (skipped: chromium not installed)" : ""),
  ignore: chromium === undefined,
  async fn(t) {
    using folder = new TempFolder();
    const html = folder.file("page.html", "<!doctype html><title>wirecat</title>");
    await using browser = await Chromium.start();
    for (const [parameters, agreed] of CHROMIUM) {
      await t.step({
        name: `with ${parameters || "no parameters"}`,
        sanitizeOps: false,
        sanitizeResources: false,
        async fn() {
          const option = parameters === "" ? "--compress" : `--compress=${parameters}`;
          const words = ["-v", option, "-F", `/:text/html:${html}`, "ws-l:127.0.0.1:0", "mirror:"];
          await using server = await Server.start(words);
          await using page = await browser.open(`http://127.0.0.1:${server.port}/`);
          const [extensions, told] = await page.evaluate(
            async (url) => {
              const socket = new WebSocket(url);
              socket.binaryType = "arraybuffer";
              await new Promise((resolve, reject) => {
                socket.onopen = resolve;
                socket.onerror = () => reject(new Error("no connection"));
              });
              const told: boolean[] = [];
              const ask = async (message: string | Uint8Array<ArrayBuffer>) => {
                const came = new Promise<string | ArrayBuffer>((resolve, reject) => {
                  socket.onmessage = ({ data }) => resolve(data);
                  socket.onclose = ({ code }) => reject(new Error(`closed with ${code}`));
                });
                socket.send(message);
                const reply = await came;
                told.push(
                  typeof reply === "string"
                    ? reply === message
                    : new Uint8Array(reply).every((byte, i) => byte === message[i]),
                );
              };
              const json = (count: number) =>
                JSON.stringify(Array.from({ length: count }, (_, id) => ({ id, name: "κόσμε" })));
              for (const count of [0, 1, 10, 100, 1000, 50_000]) await ask(json(count));
              for (let i = 0; i < 30; i++) await ask(`the same as before, but for ${i}`);
              await ask("");
              await ask(crypto.getRandomValues(new Uint8Array(60_000)));
              await ask(new Uint8Array(3_000_000));
              socket.onclose = null;
              socket.close();
              return [socket.extensions, told] as [string, boolean[]];
            },
            `ws://127.0.0.1:${server.port}/`,
          );
          assertEquals(extensions, agreed);
          assertEquals(told, told.map(() => true));
          await server.waitFor(/received 39 messages \((?:3[0-9]) compressed\), \d+ bytes as \d+/);
        },
      });
    }
  },
});
