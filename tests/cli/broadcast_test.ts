import { assertEquals } from "@std/assert";
import { serve } from "./program.ts";

const encoder = new TextEncoder();
const UPGRADE = encoder.encode(
  "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
);

/** An empty Ping, masked with zeros. */
const PING = Uint8Array.of(0x89, 0x80, 0, 0, 0, 0);

const CLIENTS = 1000;
const MESSAGES = 200;
const LENGTH = 2000;

/** What every client has to get: frames of a server, message `i` filled with the byte `i`. */
const EXPECTED = new Uint8Array(MESSAGES * (4 + LENGTH));
for (let i = 0; i < MESSAGES; i++) {
  const at = i * (4 + LENGTH);
  EXPECTED.set([0x82, 126, LENGTH >> 8, LENGTH & 0xff], at);
  EXPECTED.fill(i, at + 4, at + 4 + LENGTH);
}

/** Message `i` as a client's frame, masked with zeros. */
function frame(i: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8 + LENGTH).fill(i, 8);
  bytes.set([0x82, 0x80 | 126, LENGTH >> 8, LENGTH & 0xff, 0, 0, 0, 0]);
  return bytes;
}

/** A client whose session has begun: the Pong tells, the answer to the upgrade comes before. */
async function connect(port: number): Promise<Deno.TcpConn> {
  const conn = await Deno.connect({ port });
  await conn.write(UPGRADE);
  await conn.read(new Uint8Array(512));
  await conn.write(PING);
  const answer = new Uint8Array(2);
  await conn.read(answer);
  assertEquals(answer[0], 0x8a);
  return conn;
}

/** Whether a client gets all messages, whole and in order. */
async function getsAll(conn: Deno.TcpConn): Promise<boolean> {
  const buffer = new Uint8Array(64 * 1024);
  let at = 0;
  while (at < EXPECTED.length) {
    const length = await conn.read(buffer);
    if (length === null) return false;
    for (let i = 0; i < length; i++) if (buffer[i] !== EXPECTED[at + i]) return false;
    at += length;
  }
  return true;
}

/** How many descriptors this process may have. */
function descriptorLimit(): number {
  try {
    const limits = Deno.readTextFileSync("/proc/self/limits");
    return Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

Deno.test({
  name: "broadcast: of 1,000 clients one does not read, and the others get every message",
  ignore: descriptorLimit() < 2 * CLIENTS + 200,
  async fn() {
    await using server = await serve(["-b", "ws-l:0", "broadcast:mirror:"]);
    const clients: Deno.TcpConn[] = [];
    try {
      while (clients.length < CLIENTS) {
        clients.push(...await Promise.all(Array.from({ length: 50 }, () => connect(server.port))));
      }
      const [sender, _stuck, ...others] = clients;
      const receiving = [sender, ...others].map(getsAll);
      for (let i = 0; i < MESSAGES; i++) {
        await sender.write(frame(i));
        // One message a batch: a burst would be one for the server, and less to ask of it.
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      const got = (await Promise.all(receiving)).filter((all) => all).length;
      assertEquals(got, CLIENTS - 1);
    } finally {
      for (const conn of clients) conn.close();
    }
  },
});

/** The beginning of a long message, and a Ping after it. */
const BEGINNING = new Uint8Array(14 + 1_500_000 + 6);
BEGINNING.set([0x02, 0x80 | 127]);
new DataView(BEGINNING.buffer).setUint32(6, 1_500_000);
BEGINNING.set([0x89, 0x80], BEGINNING.length - 6);
/** The end of it, with nothing in it. */
const END = Uint8Array.of(0x80, 0x80, 0, 0, 0, 0);

async function send(conn: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
}

Deno.test("broadcast: a client that stops in the middle of a long message holds up nobody", async () => {
  await using server = await serve(["-b", "ws-l:127.0.0.1:0", "broadcast:mirror:"]);
  using going = await connect(server.port);
  const stopped = await connect(server.port);
  const socket = new WebSocket(server.url);
  const got: (string | number)[] = [];
  const takers: (() => void)[] = [];
  socket.onmessage = ({ data }) => {
    got.push(data instanceof Blob ? data.size : data.byteLength ?? data);
    takers.shift()?.();
  };
  const message = () => new Promise<void>((resolve) => takers.push(resolve));
  await new Promise((resolve) => socket.onopen = resolve);
  for (const conn of [going, stopped]) {
    await send(conn, BEGINNING);
    // The Pong: what came before the Ping has been read.
    const answer = new Uint8Array(2);
    await conn.read(answer);
    assertEquals(answer[0], 0x8a);
  }
  let next = message();
  socket.send("not held up");
  await next;
  stopped.close();
  await server.program.stderr.contains("ended in the middle of a message, which is dropped");
  next = message();
  await send(going, END);
  await next;
  assertEquals(got, [11, 1_500_000]);
  const closed = new Promise((resolve) => socket.onclose = resolve);
  socket.close();
  await closed;
});
