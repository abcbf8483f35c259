import { assertEquals } from "@std/assert";
import { serve } from "./program.ts";

const encoder = new TextEncoder();
const UPGRADE = encoder.encode(
  "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
);

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

/** A client whose handshake is done. */
async function connect(port: number): Promise<Deno.TcpConn> {
  const conn = await Deno.connect({ port });
  await conn.write(UPGRADE);
  await conn.read(new Uint8Array(512));
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
