/**
 * Servers that provoke failures: what they send is written out, byte by byte.
 *
 * @module
 */
import { acceptFor } from "../../lib/websocket/handshake.ts";

/** A server on a free port of 127.0.0.1. */
export interface Provoking extends AsyncDisposable {
  readonly port: number;
}

/** A TCP server that hands each connection to `serve`, and closes it when that is done. */
export function tcpServer(serve: (conn: Deno.Conn) => Promise<unknown>): Provoking {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  const close = (conn: Deno.Conn) => {
    if (!open.delete(conn)) return;
    try {
      conn.close();
    } catch {
      // Closed already.
    }
  };
  const serving = (async () => {
    for await (const conn of listener) {
      open.add(conn);
      serve(conn).catch(() => {}).finally(() => close(conn));
    }
  })();
  return {
    port: (listener.addr as Deno.NetAddr).port,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const conn of open) close(conn);
      await serving.catch(() => {});
    },
  };
}

/** Takes what comes, until the other side ends. */
export async function untilEnd(conn: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(4096);
  while (await conn.read(buffer) !== null);
}

/** Accepts connections and says nothing. */
export function silent(): Provoking {
  return tcpServer(untilEnd);
}

/** Answers the first bytes with others, then ends. */
export function answering(reply: string | Uint8Array): Provoking {
  const bytes = typeof reply === "string" ? new TextEncoder().encode(reply) : reply;
  return tcpServer(async (conn) => {
    await conn.read(new Uint8Array(4096));
    await conn.write(bytes);
    await conn.closeWrite();
    await untilEnd(conn);
  });
}

/** A response of HTTP with a body that is text. */
export function response(status: string, fields: Record<string, string> = {}, body = ""): string {
  const all = { "Content-Type": "text/plain", "Content-Length": `${body.length}`, ...fields };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status}\r\n${lines.join("")}\r\n${body}`;
}

/** Upgrades to WebSocket, sends these bytes, then waits for the other side's end or drops it. */
export function upgrading(
  frames: Uint8Array,
  options: { fields?: string; drop?: boolean; accept?: string } = {},
): Provoking {
  return tcpServer(async (conn) => {
    const buffer = new Uint8Array(4096);
    const length = await conn.read(buffer) ?? 0;
    const head = new TextDecoder().decode(buffer.subarray(0, length));
    const key = /^Sec-WebSocket-Key: (\S+)/im.exec(head)?.[1] ?? "";
    const accept = options.accept ?? await acceptFor(key);
    const answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n" +
      `Connection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${options.fields ?? ""}\r\n`;
    const start = new TextEncoder().encode(answer);
    const all = new Uint8Array(start.length + frames.length);
    all.set(start);
    all.set(frames, start.length);
    await conn.write(all);
    if (!options.drop) await untilEnd(conn);
  });
}

/** A frame of a server's: its first byte, the opcode with FIN and the reserved bits. */
export function frame(first: number, payload: string | readonly number[] = []): Uint8Array {
  const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
  return new Uint8Array([first, bytes.length, ...bytes]);
}

/** A Close frame. */
export function closeFrame(code?: number, reason = ""): Uint8Array {
  const text = new TextEncoder().encode(reason);
  return frame(0x88, code === undefined ? [] : [code >> 8, code & 255, ...text]);
}
