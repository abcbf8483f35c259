/**
 * The `base64` subprotocol: bytes as text messages, for clients without binary ones.
 *
 * @module
 */
import { decodeBase64 } from "@std/encoding/base64";
import { Batch, BYTES, MORE, TEXT } from "../core/batch.ts";

const ALPHABET = new TextEncoder().encode(
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
);
const PADDING = 61;

/** How many bytes the base64 form of `length` bytes has. */
export function encodedLength(length: number): number {
  return Math.ceil(length / 3) * 4;
}

/** Writes the base64 form (RFC 4648, section 4) of `bytes` to `into` at `at`; returns its end. */
export function encodeInto(bytes: Uint8Array, into: Uint8Array, at: number): number {
  const whole = bytes.length - bytes.length % 3;
  let to = at;
  for (let i = 0; i < whole; i += 3) {
    const three = (bytes[i] << 16) | (bytes[i + 1] << 8) | bytes[i + 2];
    into[to] = ALPHABET[three >> 18];
    into[to + 1] = ALPHABET[(three >> 12) & 63];
    into[to + 2] = ALPHABET[(three >> 6) & 63];
    into[to + 3] = ALPHABET[three & 63];
    to += 4;
  }
  if (whole === bytes.length) return to;
  const two = whole + 1 < bytes.length;
  const last = (bytes[whole] << 16) | (two ? bytes[whole + 1] << 8 : 0);
  into[to] = ALPHABET[last >> 18];
  into[to + 1] = ALPHABET[(last >> 12) & 63];
  into[to + 2] = two ? ALPHABET[(last >> 6) & 63] : PADDING;
  into[to + 3] = PADDING;
  return to + 4;
}

/** The error of {@linkcode Base64Decoder} for text that is no base64. */
export class NotBase64 extends Error {}

/** The longest message that is put together to be decoded, in bytes. */
const MOST = 64 * 1024 * 1024;

/** Decodes text messages, each by itself; binary ones pass as they are. */
export class Base64Decoder {
  readonly #decoder = new TextDecoder();
  #held = "";

  /** All bytes that the messages stand for, in order. Throws {@linkcode NotBase64}. */
  decode(batch: Batch): Batch {
    const decoded = new Batch(new Uint8Array(0), batch.length);
    const parts: Uint8Array[] = [];
    let length = 0;
    for (let i = 0; i < batch.length; i++) {
      const bytes = batch.kind(i) === TEXT ? this.#text(batch, i) : batch.message(i);
      parts.push(bytes);
      length += bytes.length;
    }
    const all = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      decoded.push(at, at + part.length, BYTES);
      at += part.length;
    }
    decoded.bytes = all;
    return decoded;
  }

  #text(batch: Batch, i: number): Uint8Array {
    this.#held += this.#decoder.decode(batch.message(i));
    if (this.#held.length > MOST) throw new NotBase64("the message is too long");
    if ((batch.flags(i) & MORE) !== 0) return new Uint8Array(0);
    const text = this.#held;
    this.#held = "";
    try {
      return decodeBase64(text);
    } catch {
      throw new NotBase64("the message is not base64");
    }
  }
}
