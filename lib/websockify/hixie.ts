/**
 * The WebSocket of the drafts hixie-75 and hixie-76, which some old browsers speak: handshake
 * and frames, without I/O.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { RequestHead } from "../http/head.ts";
import { HttpRefusal } from "../http/refusal.ts";
import { protocolList } from "../websocket/handshake.ts";

/** How many bytes a client of hixie-76 sends behind its request (section 1.3). */
export const BODY_LENGTH = 8;

/** Whether a request is one of hixie-76, and so has a body. */
export function hasBody({ headers }: RequestHead): boolean {
  return headers.has("Sec-WebSocket-Key1") && headers.has("Sec-WebSocket-Key2");
}

/** The number in a key: its digits, divided by its number of spaces. Throws a refusal. */
export function keyNumber(key: string): number {
  const digits = Number(key.replace(/\D/g, ""));
  const spaces = key.split(" ").length - 1;
  const number = digits / spaces;
  if (spaces === 0 || !Number.isInteger(number) || number > 0xffffffff) {
    throw new HttpRefusal(400, "Sec-WebSocket-Key1 or Key2 is not well made");
  }
  return number;
}

/** The 16 bytes that prove to the client that its keys were understood. */
function challengeAnswer(key1: string, key2: string, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, keyNumber(key1));
  view.setUint32(4, keyNumber(key2));
  bytes.set(body.subarray(0, BODY_LENGTH), 8);
  return createHash("md5").update(bytes).digest();
}

/** The response's bytes; `body` is what followed a request of hixie-76. Throws a refusal. */
export function hixieResponse(
  { target, headers }: RequestHead,
  body: Uint8Array,
  secure: boolean,
): Uint8Array<ArrayBuffer> {
  const host = headers.get("Host");
  if (host === null) throw new HttpRefusal(400, "The Host header is missing");
  const keys = [headers.get("Sec-WebSocket-Key1"), headers.get("Sec-WebSocket-Key2")];
  const [key1, key2] = keys;
  const newer = key1 !== null && key2 !== null;
  const prefix = newer ? "Sec-" : "";
  const lines = [
    `HTTP/1.1 101 Web${newer ? "" : " "}Socket Protocol Handshake`,
    "Upgrade: WebSocket",
    "Connection: Upgrade",
    `${prefix}WebSocket-Origin: ${headers.get("Origin") ?? "null"}`,
    `${prefix}WebSocket-Location: ${secure ? "wss" : "ws"}://${host}${target}`,
  ];
  const offered = protocolList(headers.get(`${prefix}WebSocket-Protocol`));
  if (offered.includes("base64")) lines.push(`${prefix}WebSocket-Protocol: base64`);
  else if (offered.length > 0) throw new HttpRefusal(400, "Invalid protocol selected");
  const head = Uint8Array.from(lines.join("\r\n") + "\r\n\r\n", (char) => char.charCodeAt(0));
  if (!newer) return head;
  const answer = challengeAnswer(key1, key2, body);
  const bytes = new Uint8Array(head.length + answer.length);
  bytes.set(head);
  bytes.set(answer, head.length);
  return bytes;
}

/** A frame is a text between these two bytes. */
const START = 0x00;
const END = 0xff;

/** What ends a connection of hixie-76. */
export const CLOSING: Uint8Array<ArrayBuffer> = new Uint8Array([END, START]);

/** A text as a frame. */
export function hixieFrame(text: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(text.length + 2);
  frame[0] = START;
  frame.set(text, 1);
  frame[frame.length - 1] = END;
  return frame;
}

/** What a client did wrong. */
export class HixieError extends Error {}

/** The longest frame that is put together, in bytes. */
const MOST = 1024 * 1024;

/** Takes frames apart. */
export class HixieDecoder {
  /** Whether the closing frame has come. */
  closed = false;
  #held: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #searched = 0;

  /** The texts whose frames are complete with `bytes`. Throws a {@linkcode HixieError}. */
  decode(bytes: Uint8Array): Uint8Array<ArrayBuffer>[] {
    const held = new Uint8Array(this.#held.length + bytes.length);
    held.set(this.#held);
    held.set(bytes, this.#held.length);
    const texts: Uint8Array<ArrayBuffer>[] = [];
    let at = 0;
    while (at < held.length && !this.closed) {
      if (held[at] === END) {
        if (at + 1 === held.length) break;
        if (held[at + 1] !== START) throw new HixieError("a binary frame, which nobody ever spoke");
        this.closed = true;
      } else if (held[at] !== START) {
        throw new HixieError("a frame of an unknown type");
      } else {
        const end = held.indexOf(END, Math.max(at + 1, this.#searched));
        if (end < 0) break;
        texts.push(held.subarray(at + 1, end));
        at = end + 1;
        this.#searched = 0;
      }
    }
    this.#held = held.subarray(at);
    this.#searched = this.#held.length;
    if (this.#held.length > MOST) throw new HixieError("a frame that is too long");
    return texts;
  }
}
