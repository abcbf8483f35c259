/**
 * Frames and handshakes of a load generator: made once, then written as they are. They
 * are built here from RFC 6455 and not with wirecat's own code, which they measure.
 *
 * @module
 */

const KEY = [0x37, 0xfa, 0x21, 0x3d];
const FILL = 0x61;

/** A whole message in one frame: `size` times the letter a. */
export function frame(size: number, text: boolean, masked: boolean): Uint8Array<ArrayBuffer> {
  return messageFrame(new Uint8Array(size).fill(FILL), text ? 0x81 : 0x82, masked);
}

/** A whole message in one frame; `first` is its first byte. */
export function messageFrame(
  payload: Uint8Array,
  first: number,
  masked: boolean,
): Uint8Array<ArrayBuffer> {
  const size = payload.length;
  const extended = size < 126 ? 0 : size < 0x10000 ? 2 : 8;
  const header = 2 + extended + (masked ? 4 : 0);
  const bytes = new Uint8Array(header + size);
  bytes.set(payload, header);
  const view = new DataView(bytes.buffer);
  const mask = masked ? 0x80 : 0;
  bytes[0] = first;
  if (extended === 0) bytes[1] = mask | size;
  else bytes[1] = mask | (extended === 2 ? 126 : 127);
  if (extended === 2) view.setUint16(2, size);
  if (extended === 8) view.setBigUint64(2, BigInt(size));
  if (masked) {
    bytes.set(KEY, header - 4);
    for (let i = 0; i < size; i++) bytes[header + i] ^= KEY[i & 3];
  }
  return bytes;
}

/** As many copies of `one` as come nearest to `length` bytes without going over it; at least one. */
export function repeat(one: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const copies = Math.max(1, Math.floor(length / one.length));
  const bytes = new Uint8Array(copies * one.length);
  for (let i = 0; i < copies; i++) bytes.set(one, i * one.length);
  return bytes;
}

const REQUEST =
  "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/** Asks for a WebSocket. Throws unless the answer is 101 with nothing behind it, and the extension. */
export async function upgrade(conn: Deno.Conn, extension?: string): Promise<void> {
  const field = extension === undefined ? "" : `Sec-WebSocket-Extensions: ${extension}\r\n`;
  await writeAll(conn, new TextEncoder().encode(REQUEST + field + "\r\n"));
  const head = await readHead(conn);
  if (!head.startsWith("HTTP/1.1 101")) throw new Error(`no upgrade: ${head.split("\r\n")[0]}`);
  if (extension !== undefined && !/^sec-websocket-extensions:/im.test(head)) {
    throw new Error(`it does not take ${extension}`);
  }
}

/** Answers a client that asks for a WebSocket. */
export async function acceptUpgrade(conn: Deno.Conn): Promise<void> {
  const head = await readHead(conn);
  const key = /^sec-websocket-key: *(\S+)/im.exec(head)?.[1];
  if (key === undefined) throw new Error("a client asked for no WebSocket");
  const wanted = new TextEncoder().encode(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-1", wanted));
  const accept = btoa(String.fromCharCode(...digest));
  await writeAll(
    conn,
    new TextEncoder().encode(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
        `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
    ),
  );
}

async function readHead(conn: Deno.Conn): Promise<string> {
  const into = new Uint8Array(4096);
  let length = 0;
  for (;;) {
    const read = await conn.read(into.subarray(length));
    if (read === null) throw new Error("the connection ended in the handshake");
    length += read;
    const text = new TextDecoder().decode(into.subarray(0, length));
    const end = text.indexOf("\r\n\r\n");
    if (end < 0) continue;
    if (end + 4 !== length) throw new Error("something came behind the handshake");
    return text;
  }
}

/** Writes all of `bytes`. */
export async function writeAll(
  to: { write(bytes: Uint8Array): Promise<number> },
  bytes: Uint8Array,
): Promise<void> {
  for (let at = await to.write(bytes); at < bytes.length;) at += await to.write(bytes.subarray(at));
}

/** Reads until `into` is full; throws if the connection ends before. */
export async function readFull(conn: Deno.Conn, into: Uint8Array): Promise<void> {
  for (let at = 0; at < into.length;) {
    const length = await conn.read(into.subarray(at));
    if (length === null) throw new Error("the connection ended");
    at += length;
  }
}
