/**
 * Frames as RFC 6455, section 5.2 draws them, written and read without the code under
 * test, and a decoder driven with bytes.
 *
 * @module
 */
import { concat as joined } from "../../lib/core/concat.ts";
import { Batch, CONTINUED, MORE, TEXT } from "../../lib/core/batch.ts";
import type { CloseStatus } from "../../lib/core/peer.ts";
import { Decoder, type DecoderOptions } from "../../lib/websocket/decoder.ts";

export type Bytes = Uint8Array<ArrayBuffer>;

/** A frame as a test writes it. */
export interface FrameParts {
  /** 1 unless said. */
  fin?: number;
  /** The reserved bits, RSV1 the highest: 0 to 7. */
  rsv?: number;
  opcode: number;
  payload?: Bytes | string;
  /** The masking key; none: not masked. */
  key?: readonly number[];
  /** In how many bits the length stands: 7, 16 or 64. */
  lengthBits?: number;
  /** The length that is announced, if it is not the payload's. */
  length?: number;
}

const encoder = new TextEncoder();

/** Bytes of text, or the bytes themselves. */
export function bytesOf(data: Bytes | string | readonly number[]): Bytes {
  if (typeof data === "string") return encoder.encode(data);
  return data instanceof Uint8Array ? data : Uint8Array.from(data);
}

/** All of these, one behind the other. */
export function concat(...parts: (Bytes | readonly number[])[]): Bytes {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** A masking key of bytes that are all different. */
export const KEY: readonly number[] = [0x37, 0xfa, 0x21, 0x3d];

/** The bytes of a frame. */
export function frame(parts: FrameParts): Bytes {
  const { fin = 1, rsv = 0, opcode, key } = parts;
  const payload = bytesOf(parts.payload ?? "");
  const length = parts.length ?? payload.length;
  const bits = parts.lengthBits ?? (length < 126 ? 7 : length < 65536 ? 16 : 64);
  const mask = key === undefined ? 0 : 0x80;
  const extended = new DataView(new ArrayBuffer(bits === 7 ? 0 : bits / 8));
  if (bits === 16) extended.setUint16(0, length);
  if (bits === 64) extended.setBigUint64(0, BigInt(length));
  const head = [
    fin << 7 | rsv << 4 | opcode,
    mask | (bits === 7 ? length : bits === 16 ? 126 : 127),
    ...new Uint8Array(extended.buffer),
    ...key ?? [],
  ];
  const bytes = new Uint8Array(head.length + payload.length);
  bytes.set(head);
  for (let i = 0; i < payload.length; i++) {
    bytes[head.length + i] = payload[i] ^ (key === undefined ? 0 : key[i % 4]);
  }
  return bytes;
}

/** A frame of a client. */
export function masked(opcode: number, payload: Bytes | string = "", fin = 1): Bytes {
  return frame({ fin, opcode, payload, key: KEY });
}

/** A frame of a server. */
export function unmasked(opcode: number, payload: Bytes | string = "", fin = 1): Bytes {
  return frame({ fin, opcode, payload });
}

/** The payload of a Close frame. */
export function closeBytes(code: number, reason = ""): Bytes {
  return concat([code >> 8, code & 0xff], bytesOf(reason));
}

/** A frame as it was read. */
export interface ReadFrame {
  fin: boolean;
  rsv: number;
  opcode: number;
  masked: boolean;
  key: number[];
  payload: Bytes;
  lengthBits: number;
}

/** The frames that bytes are made of. Throws if something is left over. */
export function readFrames(bytes: Uint8Array): ReadFrame[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const frames: ReadFrame[] = [];
  let at = 0;
  while (at < bytes.length) {
    const first = view.getUint8(at);
    const second = view.getUint8(at + 1);
    at += 2;
    let length = second & 0x7f;
    let lengthBits = 7;
    if (length === 126) {
      length = view.getUint16(at);
      lengthBits = 16;
      at += 2;
    } else if (length === 127) {
      length = Number(view.getBigUint64(at));
      lengthBits = 64;
      at += 8;
    }
    const isMasked = (second & 0x80) !== 0;
    const key = isMasked ? [...bytes.subarray(at, at += 4)] : [];
    if (at + length > bytes.length) throw new Error("a frame is not whole");
    const payload = bytes.slice(at, at += length);
    if (isMasked) { for (let i = 0; i < length; i++) payload[i] ^= key[i % 4]; }
    frames.push({
      fin: (first & 0x80) !== 0,
      rsv: (first >> 4) & 7,
      opcode: first & 15,
      masked: isMasked,
      key,
      payload,
      lengthBits,
    });
  }
  return frames;
}

/** A message as it was decoded, its parts together. */
export interface Decoded {
  kind: "text" | "binary";
  payload: Bytes;
}

/** What a decoder has made of bytes. */
export interface Outcome {
  /** Whole messages. */
  messages: Decoded[];
  /** How many entries they came in. */
  entries: number;
  /** Control frames, then messages, as text: control frames need not wait for what lies before them. */
  order: string[];
  closed?: CloseStatus;
  error?: { code: number; message: string };
  /** How many bytes had been given when the error was there. */
  failedAt: number;
  betweenMessages: boolean;
  /** The largest room that was offered, in bytes, and the last one. */
  largestRoom: number;
  lastRoom: number;
}

const text = new TextDecoder();

/** Sizes for pieces: all at once, byte by byte, or cut at these places. */
export function pieces(bytes: Bytes, ...cuts: number[]): Bytes[] {
  const places = [0, ...cuts, bytes.length];
  return places.slice(1).map((end, i) => bytes.subarray(places[i], end));
}

/** Decodes bytes that come in these pieces. The consumer scribbles over what it may. */
export function decode(
  from: "client" | "server",
  chunks: readonly Bytes[],
  options: Partial<DecoderOptions> = {},
): Outcome {
  const decoder = new Decoder({ from, maxFrame: 2 ** 26, maxMessage: 2 ** 26, ...options });
  const batch = new Batch(new Uint8Array(0));
  const outcome: Outcome = {
    messages: [],
    entries: 0,
    order: [],
    failedAt: -1,
    betweenMessages: false,
    largestRoom: 0,
    lastRoom: 0,
  };
  const controls: string[] = [];
  const control = {
    ping: (payload: Uint8Array) => void controls.push(`ping ${text.decode(payload)}`),
    pong: (payload: Uint8Array) => void controls.push(`pong ${text.decode(payload)}`),
  };
  let parts: Bytes[] = [];
  let given = 0;
  const takeSome = () => {
    decoder.decode(batch, control);
    for (let i = 0; i < batch.length; i++) {
      outcome.entries++;
      const flags = batch.flags(i);
      if (((flags & CONTINUED) !== 0) !== (parts.length > 0)) throw new Error("a part is lost");
      parts.push(batch.message(i).slice());
      if ((flags & MORE) !== 0) continue;
      const payload = parts.length === 1 ? parts[0] : joined(parts);
      parts = [];
      const kind = batch.kind(i) === TEXT ? "text" : "binary";
      outcome.messages.push({ kind, payload });
      if (payload.length < 1000) outcome.order.push(`${kind} ${text.decode(payload)}`);
    }
    if (batch.length > 0) batch.bytes.fill(0xee, batch.floor, batch.end(batch.length - 1));
    if (decoder.error !== undefined && outcome.error === undefined) {
      outcome.error = { code: decoder.error.code, message: decoder.error.message };
      outcome.failedAt = given;
    }
    return batch.length > 0;
  };
  const take = () => {
    while (takeSome());
  };
  take();
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      if (decoder.error !== undefined || decoder.closed !== undefined) break;
      const room = decoder.room();
      outcome.lastRoom = room.length;
      outcome.largestRoom = Math.max(outcome.largestRoom, room.length);
      const length = Math.min(room.length, chunk.length - at);
      room.set(chunk.subarray(at, at + length));
      at += length;
      given += length;
      decoder.fill(length);
      take();
    }
  }
  take();
  outcome.order.unshift(...controls);
  outcome.closed = decoder.closed;
  outcome.betweenMessages = decoder.betweenMessages;
  return outcome;
}

/** The text of a decoded message. */
export function textOf({ payload }: Decoded): string {
  return text.decode(payload);
}

/** Numbers that look random and are the same in every run (xorshift). */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
