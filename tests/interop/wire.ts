/**
 * The other end of a WebSocket connection, byte by byte: it has nothing of the library in it, so
 * that both do not make the same mistake.
 *
 * @module
 */
import { bytesOf, latin1 } from "./running.ts";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const OPCODES = ["continuation", "text", "binary", , , , , , "close", "ping", "pong"];

/** A frame as a text: `text hello`, `binary \x01\x02`, `close 1000 bye`, `close`. */
export type Frame = string;

/** A connection that is read piece by piece. */
export class Wire {
  readonly conn: Deno.Conn;
  /** The frames that came, and `end` for the end of the connection. */
  readonly frames: Frame[] = [];
  #rest = "";
  #ended = false;

  constructor(conn: Deno.Conn) {
    this.conn = conn;
  }

  async #fill(length: number): Promise<boolean> {
    const chunk = new Uint8Array(65536);
    while (this.#rest.length < length && !this.#ended) {
      const read = await this.conn.read(chunk).catch(() => null);
      if (read === null) this.#ended = true;
      else this.#rest += latin1(chunk.subarray(0, read));
    }
    return this.#rest.length >= length;
  }

  async #take(length: number): Promise<string> {
    if (!await this.#fill(length)) throw new Error("the connection ended within a frame");
    const taken = this.#rest.slice(0, length);
    this.#rest = this.#rest.slice(length);
    return taken;
  }

  /** All bytes up to and with the empty line, or to the end. */
  async head(): Promise<string> {
    while (!this.#rest.includes("\r\n\r\n") && await this.#fill(this.#rest.length + 1));
    const end = this.#rest.indexOf("\r\n\r\n");
    return await this.#take(end < 0 ? this.#rest.length : end + 4);
  }

  /** All bytes to the end, or as soon as there is this text in them. */
  async rest(until?: string): Promise<string> {
    const enough = () => until !== undefined && this.#rest.includes(until);
    while (!enough() && await this.#fill(this.#rest.length + 1));
    return this.#rest;
  }

  async write(text: string): Promise<void> {
    const bytes = bytesOf(text);
    for (let at = 0; at < bytes.length;) at += await this.conn.write(bytes.subarray(at));
  }

  /** The next frame; undefined at the end. */
  async frame(): Promise<Frame | undefined> {
    if (!await this.#fill(1)) {
      this.frames.push("end");
      return undefined;
    }
    const [first, second] = bytesOf(await this.#take(2));
    let length = second & 127;
    if (length >= 126) {
      const wide = bytesOf(await this.#take(length === 126 ? 2 : 8));
      length = wide.reduce((sum, byte) => sum * 256 + byte, 0);
    }
    const mask = second & 128 ? bytesOf(await this.#take(4)) : undefined;
    const payload = bytesOf(await this.#take(length));
    if (mask) payload.forEach((byte, i) => payload[i] = byte ^ mask[i & 3]);
    const frame = describe(first & 15, latin1(payload)) +
      (first & 128 ? "" : " (more)") + (first & 0x70 ? " (reserved bits)" : "");
    this.frames.push(frame);
    return frame;
  }

  /** Sends a frame; a client's has a mask, of zeros. */
  async send(frame: Frame, masked = false): Promise<void> {
    const space = frame.indexOf(" ");
    const word = space < 0 ? frame : frame.slice(0, space);
    let payload = space < 0 ? "" : frame.slice(space + 1);
    if (word === "close" && payload !== "") {
      const [, code, reason] = /^(\d+) ?(.*)$/s.exec(payload)!;
      payload = String.fromCharCode(Number(code) >> 8, Number(code) & 255) + reason;
    }
    const length = payload.length < 126
      ? [payload.length]
      : [126, payload.length >> 8, payload.length & 255];
    if (masked) length[0] |= 128;
    const head = [128 | OPCODES.indexOf(word), ...length, ...(masked ? [0, 0, 0, 0] : [])];
    await this.write(String.fromCharCode(...head) + payload).catch(() => {});
  }
}

function describe(opcode: number, payload: string): Frame {
  const word = OPCODES[opcode] ?? `opcode ${opcode}`;
  if (word === "close" && payload.length >= 2) {
    payload = `${payload.charCodeAt(0) << 8 | payload.charCodeAt(1)} ${payload.slice(2)}`.trimEnd();
  }
  return payload === "" ? word : `${word} ${payload}`;
}

/** What a server answers to a key. */
export async function acceptOf(key: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(key + GUID));
  return btoa(latin1(new Uint8Array(digest)));
}

/** The value of a header field in a request or a response. */
export function fieldOf(head: string, name: string): string | undefined {
  return new RegExp(`^${name}: *(.*?)\\r$`, "im").exec(head)?.[1];
}

/** The lines of a head in an order of their own, with what differs from run to run left out. */
export function comparable(head: string): string[] {
  return head.trimEnd().split("\r\n")
    .map((line) => line.replace(/^([^ :]+):/, (name) => name.toLowerCase()))
    .map((line) => line.replace(/^(sec-websocket-(key|accept)): .*/, "$1"))
    .map((line) => line.replace(/127\.0\.0\.1:\d+/, "HERE"))
    .sort();
}
