/** Debian's websockify beside ours: the same bytes of a client get the same answer. */
import { assertEquals } from "@std/assert";
import { freePort } from "../free_port.ts";
import {
  EchoTarget,
  frame,
  latin1,
  RawClient,
  upgrade,
  Websockify,
} from "../websockify/raw_client.ts";
import { accepting, Program, TempFolder, testWith } from "./programs.ts";

const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;
const PING = 9;

/** What a client sends, piece by piece, and what it takes to have seen enough. */
interface Exchange {
  name: string;
  send: (string | Uint8Array)[];
  /** How many bytes behind the head are looked at; all until the end if not given. */
  take?: number;
  /** How many bytes in frames to look at instead: where frames end is each one's own choice. */
  framed?: number;
}

const plain = (target: string, ...fields: string[]) =>
  ["GET " + target + " HTTP/1.1", "Host: x", ...fields, "", ""].join("\r\n");

const every = Uint8Array.from({ length: 256 }, (_, i) => i);
const long = new Uint8Array(40_000).map((_, i) => i * 7);

/** A masked frame with a key, in the longest form of its length if need be. */
function masked(payload: Uint8Array): Uint8Array {
  const key = [0x12, 0x34, 0x56, 0x78];
  const bytes = frame(BINARY, payload);
  const at = bytes.length - payload.length;
  bytes.set(key, at - 4);
  for (let i = 0; i < payload.length; i++) bytes[at + i] ^= key[i & 3];
  return bytes;
}

const EXCHANGES: Exchange[] = [
  { name: "no subprotocol", send: [upgrade(), frame(BINARY, "hi")], take: 4 },
  {
    name: "the subprotocol binary",
    send: [upgrade("/", "Sec-WebSocket-Protocol: binary"), frame(BINARY, "hi")],
    take: 4,
  },
  { name: "every byte", send: [upgrade(), masked(every)], take: 260 },
  { name: "a long frame", send: [upgrade(), masked(long.subarray(0, 1000))], framed: 1000 },
  { name: "a frame of one byte", send: [upgrade(), masked(long.subarray(0, 1))], take: 3 },
  {
    name: "fragments",
    // In one piece, so that the target gets, and sends back, one piece.
    send: [
      upgrade(),
      new Uint8Array([
        ...frame(0x02, "ab").map((byte, i) => i === 0 ? 0x02 : byte),
        ...frame(0, "cd"),
      ]),
    ],
    take: 6,
  },
  { name: "a Close frame with a code", send: [upgrade(), frame(CLOSE, "\x03\xe8")] },
  { name: "a Ping", send: [upgrade(), frame(PING, "are you there")], take: 15 },
  { name: "the target closes", send: [upgrade(), frame(BINARY, "bye")], take: 17 },
  { name: "a text message", send: [upgrade(), frame(TEXT, "text")], take: 46 },
  { name: "draft 8", send: [upgrade().replace("13\r\n", "8\r\n"), frame(BINARY, "x")], take: 3 },
  { name: "a version from the future", send: [upgrade().replace("13\r\n", "99\r\n")], take: 0 },
  { name: "no key", send: [upgrade().replace(/Sec-WebSocket-Key.*\r\n/, "")], take: 0 },
  { name: "another subprotocol", send: [upgrade("/", "Sec-WebSocket-Protocol: chat")], take: 0 },
  { name: "a file", send: [plain("/a.txt")], take: 6 },
  { name: "a file with a query", send: [plain("/a.txt?x=/../y")], take: 6 },
  { name: "an index", send: [plain("/with/")], take: 5 },
  { name: "a directory without its slash", send: [plain("/with")], take: 0 },
  { name: "no such file", send: [plain("/none")], take: 0 },
  { name: "a way out", send: [plain("/../secret")], take: 0 },
  { name: "an encoded way out", send: [plain("/%2e%2e/secret")], take: 0 },
  { name: "two requests at once", send: [plain("/a.txt") + plain("/a.txt")], take: 6 },
  {
    name: "a file that is known",
    send: [plain("/a.txt", "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT")],
    take: 0,
  },
  { name: "HEAD", send: [plain("/a.txt").replace("GET", "HEAD")], take: 0 },
];

/** The fields of a response that say something to a client. */
const FIELDS = [
  ...["upgrade", "connection", "sec-websocket-accept", "sec-websocket-protocol"],
  ...["location", "last-modified", "www-authenticate"],
];

/** What is in the next frames, at least `length` bytes unless the connection ends. */
async function contents(client: RawClient, length: number): Promise<string> {
  let text = "";
  while (text.length < length) {
    const [, short] = await client.take(2);
    if (short === undefined) break;
    const long = short.charCodeAt(0) === 126 ? await client.take(2) : "\0" + short;
    text += await client.take(long.charCodeAt(0) << 8 | long.charCodeAt(1));
  }
  return text;
}

/** What a server answers: status, the fields that count, and what follows. */
async function answer(port: number, exchange: Exchange): Promise<unknown> {
  using client = await RawClient.connect(port);
  await client.send(exchange.send[0]);
  const head = await client.head();
  const [line, ...lines] = head.trimEnd().split("\r\n");
  const status = Number(line.split(" ")[1]);
  for (const bytes of exchange.send.slice(1)) await client.send(bytes);
  const fields = lines.map((line) => line.split(/: (.*)/)).filter(([name]) =>
    FIELDS.includes(name.toLowerCase())
  );
  const length = lines.find((line) => /^content-length:/i.test(line));
  const { take, framed } = exchange;
  const body = framed !== undefined
    ? await contents(client, framed)
    : take === undefined
    ? await client.rest()
    : await client.take(take);
  return {
    status,
    fields: Object.fromEntries(fields.map(([name, value]) => [name.toLowerCase(), value])),
    // What an error says to people is each one's own.
    length: status < 400 ? length?.split(" ")[1] : undefined,
    body,
  };
}

/** Starts Debian's websockify, which tells nothing of a free port. */
async function theirs(options: readonly string[], target: string): Promise<[Program, number]> {
  const port = freePort();
  const program = new Program("websockify", [...options, `127.0.0.1:${port}`, target]);
  await program.waitFor(/proxying from/);
  await accepting(port, program);
  return [program, port];
}

/** Ends Debian's websockify with the processes that it has made for clients. */
async function end(program: Program): Promise<void> {
  program.kill("SIGTERM");
  await program.ended();
}

testWith(["websockify"], "websockify: the same bytes get the same answer", async (t) => {
  using target = new EchoTarget();
  using folder = new TempFolder();
  folder.file("secret", "secret");
  await Deno.mkdir(folder.file("web/with"), { recursive: true });
  folder.file("web/a.txt", "hello\n");
  folder.file("web/with/index.html", "<h1>\n");
  const options = ["--web", folder.file("web")];
  const address = `127.0.0.1:${target.port}`;
  await using ours = await Websockify.start(options, [address]);
  const [program, port] = await theirs(options, address);
  try {
    for (const exchange of EXCHANGES) {
      await t.step(exchange.name, async () => {
        const [one, other] = await Promise.all([
          answer(ours.port, exchange),
          answer(port, exchange),
        ]);
        assertEquals(one, other);
      });
    }
  } finally {
    await end(program);
  }
});

testWith(["websockify"], "websockify: a target that refuses, the same answer", async () => {
  const address = "127.0.0.1:1"; // A free port might be somebody's by now.
  await using ours = await Websockify.start([], [address]);
  const [program, port] = await theirs([], address);
  try {
    const exchange = { name: "", send: [upgrade()], take: 42 };
    assertEquals(await answer(ours.port, exchange), await answer(port, exchange));
  } finally {
    await end(program);
  }
});

testWith(["websockify"], "websockify: recordings have the same lines", async () => {
  using target = new EchoTarget();
  using folder = new TempFolder();
  const address = `127.0.0.1:${target.port}`;
  const lines = async (port: number, file: string) => {
    using client = await RawClient.upgraded(port);
    await client.send(masked(every));
    await client.take(260);
    await client.send(frame(CLOSE, "\x03\xe8"));
    await client.rest();
    for (;;) {
      const text = await Deno.readTextFile(file).catch(() => "");
      if (text.includes("'EOF'];")) return text.replace(/([{}])\d+([{}])/g, "$1N$2");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  await using ours = await Websockify.start(["--record", folder.file("ours")], [address]);
  const [program, port] = await theirs(["--record", folder.file("theirs")], address);
  try {
    // Its first connection was the look whether it listens.
    const one = await lines(ours.port, folder.file("ours.1"));
    assertEquals(one, await lines(port, folder.file("theirs.2")));
    assertEquals(latin1(one).length > 1000, true);
  } finally {
    await end(program);
  }
});
