/**
 * Frames out: all messages of a batch as one run of bytes (RFC 6455, section 5).
 *
 * @module
 */
import { type Batch, BYTES, CONTINUED, MORE, move, TEXT } from "../core/batch.ts";
import { giveBuffer, takeBuffer } from "../core/buffer_pool.ts";
import type { Deflater } from "./deflater.ts";
import type { DeflateTraffic } from "./deflate_traffic.ts";
import { FIN, headerLength, MAX_HEADER, OPCODE, RSV1, writeHeader } from "./frame.ts";
import { maskCopy, maskInPlace, randomKey } from "./mask.ts";
import { isAscii, isUtf8 } from "./utf8.ts";

/** From so many bytes on, masking whole words in place and then copying is the faster way. */
const LONG = 256;

/** What an encoder is told at its start. */
export interface EncoderOptions {
  /** Whose frames these are: a client's are masked (section 5.1). */
  readonly from: "client" | "server";
  /** What kind messages are sent as; `keep`: text stays text, binary binary, and bytes become text. */
  readonly kind: "keep" | "text" | "binary";
  /** Called when bytes that are not UTF-8 had to be replaced to send a text message. */
  readonly onRepair?: () => void;
  /** Compresses messages, where permessage-deflate was agreed on. */
  readonly deflater?: Deflater;
}

/** The frames of a batch that many connections send. */
interface Encoded {
  readonly frames: Uint8Array<ArrayBuffer>;
  /** What compression made of it. */
  readonly traffic?: DeflateTraffic;
}

/** What has been made of such batches, by what their connections make of them. */
const ENCODED = new WeakMap<Batch, Record<string, Encoded>>();

/** One direction of a connection. */
export class Encoder {
  readonly #masked: boolean;
  readonly #kind: EncoderOptions["kind"];
  readonly #onRepair?: () => void;
  readonly #deflater?: Deflater;
  /** What makes two encoders send a batch as the same bytes. */
  readonly #key: string;
  /** Whether the message that goes out in parts is compressed. */
  #compressing = false;
  #buffer?: Uint8Array<ArrayBuffer>;
  /** Set while a text message that is not UTF-8 goes out in parts. */
  #repairing?: TextDecoder;
  #opcode: number = OPCODE.text;

  /** Holds nothing until something is encoded. */
  constructor(options: EncoderOptions) {
    this.#masked = options.from === "client";
    this.#kind = options.kind;
    this.#onRepair = options.onRepair;
    this.#deflater = options.deflater;
    this.#key = options.deflater === undefined
      ? options.kind
      : `${options.kind} ${options.deflater.key}`;
  }

  /**
   * The frames of a batch, one for each entry. They are valid until
   * {@linkcode release}, and may lie in the batch's own buffer.
   */
  encode(batch: Batch): Uint8Array<ArrayBuffer> {
    if (batch.origin !== undefined && !this.#masked) return this.#encodeOnce(batch, batch.origin);
    return this.#encodeAnew(batch);
  }

  /** The frames of a batch that many connections send: all servers' look the same. */
  #encodeOnce(batch: Batch, origin: Batch): Uint8Array<ArrayBuffer> {
    const last = batch.length - 1;
    if (batch.flags(0) & CONTINUED || batch.flags(last) & MORE || this.#repairing !== undefined) {
      return this.#encodeAnew(batch);
    }
    let byKey = ENCODED.get(origin);
    if (byKey === undefined) ENCODED.set(origin, byKey = {});
    const encoded = byKey[this.#key] ??= this.#encodeForMany(batch);
    if (encoded.traffic !== undefined) this.#deflater!.sentForMany(encoded.traffic);
    return encoded.frames;
  }

  /** Frames that do not lie in a buffer of the pool: they stay while others still have to send them. */
  #encodeForMany(batch: Batch): Encoded {
    if (this.#deflater === undefined) return { frames: this.#encodeAnew(batch).slice() };
    const traffic = this.#deflater.trafficForMany();
    const frames = this.#encodeDeflated(batch, this.#isSound(batch), this.#deflater, traffic, true);
    return { frames: frames.slice(), traffic };
  }

  #encodeAnew(batch: Batch): Uint8Array<ArrayBuffer> {
    const sound = this.#isSound(batch);
    const deflater = this.#deflater;
    if (deflater !== undefined) {
      if (this.#isWorthIt(batch, deflater)) {
        return this.#encodeDeflated(batch, sound, deflater, deflater.traffic, false);
      }
      for (let i = 0; i < batch.length; i++) {
        const size = batch.end(i) - batch.start(i);
        deflater.traffic.count((batch.flags(i) & CONTINUED) === 0, false, size, size);
      }
    }
    if (sound && !this.#masked && !batch.shared) {
      const inPlace = this.#encodeInPlace(batch);
      if (inPlace !== undefined) return inPlace;
    }
    return this.#encodeCopy(batch, sound);
  }

  /** Says that what {@linkcode encode} returned has been written. */
  release(): void {
    if (this.#buffer === undefined) return;
    giveBuffer(this.#buffer);
    this.#buffer = undefined;
  }

  /** The first byte of entry `i`'s frame. */
  #first(batch: Batch, i: number): number {
    const flags = batch.flags(i);
    const fin = (flags & MORE) === 0 ? FIN : 0;
    if ((flags & CONTINUED) !== 0) return fin | OPCODE.continuation;
    const binary = this.#kind === "binary" || (this.#kind === "keep" && batch.kind(i) > TEXT);
    this.#opcode = binary ? OPCODE.binary : OPCODE.text;
    return fin | this.#opcode;
  }

  /**
   * Writes the headers before the payloads where these lie. Works when there is room, as in
   * what a client has sent: its headers were longer.
   */
  #encodeInPlace(batch: Batch): Uint8Array<ArrayBuffer> | undefined {
    const { bytes, floor, length } = batch;
    let to = floor;
    // How far to the right all of it can lie: what is there already need not be moved.
    let slack = Infinity;
    for (let i = 0; i < length; i++) {
      const size = batch.end(i) - batch.start(i);
      to += headerLength(size, false);
      slack = Math.min(slack, batch.start(i) - to);
      if (slack < 0) return undefined;
      to += size;
    }
    if (length === 1) {
      const start = batch.start(0);
      const end = batch.end(0);
      const at = start - headerLength(end - start, false);
      writeHeader(bytes, at, this.#first(batch, 0), end - start, false);
      return bytes.subarray(at, end);
    }
    const from = to = floor + slack;
    for (let i = 0; i < length; i++) {
      const start = batch.start(i);
      const size = batch.end(i) - start;
      to = writeHeader(bytes, to, this.#first(batch, i), size, false);
      if (to !== start) move(bytes, to, start, size);
      to += size;
    }
    return bytes.subarray(from, to);
  }

  #encodeCopy(batch: Batch, sound: boolean): Uint8Array<ArrayBuffer> {
    // A replaced byte becomes three.
    const most = (sound ? 1 : 3) * batch.byteLength + (MAX_HEADER + 3) * batch.length;
    this.release();
    const out = this.#buffer = takeBuffer(most);
    const view = new DataView(out.buffer);
    const { bytes, length } = batch;
    const source = viewOf(bytes);
    const words = this.#masked && !batch.shared ? wordsOf(bytes) : undefined;
    let to = 0;
    for (let i = 0; i < length; i++) {
      const first = this.#first(batch, i);
      const repaired = sound ? undefined : this.#repair(batch, i);
      const payload = repaired ?? bytes;
      const start = repaired === undefined ? batch.start(i) : 0;
      const end = repaired === undefined ? batch.end(i) : repaired.length;
      to = writeHeader(out, to, first, end - start, this.#masked);
      if (this.#masked) {
        const key = randomKey();
        view.setInt32(to, key, true);
        to += 4;
        if (words !== undefined && repaired === undefined && end - start >= LONG) {
          maskInPlace(bytes, words, start, end, key);
          out.set(bytes.subarray(start, end), to);
        } else {
          const from = repaired === undefined ? source : viewOf(repaired);
          maskCopy(view, to, from, start, end, key);
        }
      } else {
        out.set(payload.subarray(start, end), to);
      }
      to += end - start;
    }
    return out.subarray(0, to);
  }

  /** Whether something of a batch is to be compressed. */
  #isWorthIt(batch: Batch, deflater: Deflater): boolean {
    for (let i = 0; i < batch.length; i++) {
      const flags = batch.flags(i);
      if ((flags & CONTINUED) !== 0) {
        if (i === 0 && this.#compressing) return true;
      } else if (deflater.wants(batch.end(i) - batch.start(i), (flags & MORE) !== 0, false)) {
        return true;
      }
    }
    this.#compressing = false;
    return false;
  }

  /**
   * The frames of a batch, compressed where that is worth it (RFC 7692, section 7.2.1). `forMany`:
   * as everyone can read it who has agreed on the same, whatever came before.
   */
  #encodeDeflated(
    batch: Batch,
    sound: boolean,
    deflater: Deflater,
    traffic: DeflateTraffic,
    forMany: boolean,
  ): Uint8Array<ArrayBuffer> {
    const { length } = batch;
    let most = 0;
    for (let i = 0; i < length; i++) {
      // A replaced byte becomes three.
      const size = (sound ? 1 : 3) * (batch.end(i) - batch.start(i)) + 3;
      most += MAX_HEADER + deflater.bound(size);
    }
    this.release();
    const out = this.#buffer = takeBuffer((most + 3) & ~3);
    const view = new DataView(out.buffer);
    const words = this.#masked ? new Int32Array(out.buffer) : undefined;
    const refusable = forMany || deflater.forgets;
    let to = 0;
    for (let i = 0; i < length; i++) {
      const repaired = sound ? undefined : this.#repair(batch, i);
      const bytes = repaired ?? batch.bytes;
      const start = repaired === undefined ? batch.start(i) : 0;
      const end = repaired === undefined ? batch.end(i) : repaired.length;
      const more = (batch.flags(i) & MORE) !== 0;
      const begins = (batch.flags(i) & CONTINUED) === 0;
      let first = this.#first(batch, i);
      if (begins) {
        this.#compressing = deflater.wants(end - start, more, forMany);
        if (this.#compressing) first |= RSV1;
      }
      // Room for the header that the payload would have had, which mostly is the right one.
      const at = to + headerLength(end - start, this.#masked);
      let payload = this.#compressing
        ? deflater.write(bytes, start, end, !more, forMany, out, at)
        : 0;
      if (!this.#compressing || (refusable && begins && !more && payload >= end - start)) {
        out.set(bytes.subarray(start, end), at);
        payload = end - start;
        first &= ~RSV1;
      }
      traffic.count(begins, (first & RSV1) !== 0, end - start, payload);
      const header = headerLength(payload, this.#masked);
      if (to + header !== at) out.copyWithin(to + header, at, at + payload);
      const keyAt = writeHeader(out, to, first, payload, this.#masked);
      to += header + payload;
      if (words === undefined) continue;
      const key = randomKey();
      view.setInt32(keyAt, key, true);
      maskInPlace(out, words, keyAt + 4, to, key);
    }
    return out.subarray(0, to);
  }

  /** Whether all that goes out as text is known to be UTF-8, in one look over the batch if possible. */
  #isSound(batch: Batch): boolean {
    if (this.#kind === "binary") return true;
    const { length } = batch;
    let unknown = false;
    for (let i = 0; i < length && !unknown; i++) unknown = this.#isUnknown(batch, i);
    if (!unknown) return true;
    if (this.#repairing !== undefined) return false;
    const { bytes } = batch;
    const words = wordsOf(bytes);
    if (words !== undefined && isAscii(bytes, words, batch.start(0), batch.end(length - 1))) {
      return true;
    }
    for (let i = 0; i < length; i++) {
      if (!this.#isUnknown(batch, i)) continue;
      if (!isUtf8(bytes, batch.start(i), batch.end(i))) return false;
    }
    return true;
  }

  /** Whether entry `i` goes out as text without anybody having checked it. */
  #isUnknown(batch: Batch, i: number): boolean {
    const kind = batch.kind(i);
    return this.#kind === "text" ? kind !== TEXT : kind === BYTES;
  }

  /** The entry as valid UTF-8, or nothing if it is so already. A character may span parts. */
  #repair(batch: Batch, i: number): Uint8Array<ArrayBuffer> | undefined {
    if (!this.#isUnknown(batch, i)) return undefined;
    if (this.#repairing === undefined) {
      if (isUtf8(batch.bytes, batch.start(i), batch.end(i))) return undefined;
      this.#repairing = new TextDecoder("utf-8", { ignoreBOM: true });
    }
    const last = (batch.flags(i) & MORE) === 0;
    const text = this.#repairing.decode(batch.message(i), { stream: !last });
    if (last) this.#repairing = undefined;
    if (text.includes("\ufffd")) this.#onRepair?.();
    return new TextEncoder().encode(text);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The same bytes as whole words, if they are aligned. */
function wordsOf(bytes: Uint8Array<ArrayBuffer>): Int32Array | undefined {
  const aligned = bytes.byteOffset === 0 && (bytes.buffer.byteLength & 3) === 0;
  return aligned ? new Int32Array(bytes.buffer) : undefined;
}

/** A control frame (section 5.5): `payload` is at most 125 bytes. */
export function controlFrame(
  opcode: number,
  payload: Uint8Array,
  from: "client" | "server",
): Uint8Array<ArrayBuffer> {
  const masked = from === "client";
  const frame = new Uint8Array(headerLength(payload.length, masked) + payload.length);
  let at = writeHeader(frame, 0, FIN | opcode, payload.length, masked);
  if (!masked) {
    frame.set(payload, at);
    return frame;
  }
  const key = randomKey();
  const view = new DataView(frame.buffer);
  view.setInt32(at, key, true);
  at += 4;
  maskCopy(view, at, viewOf(payload), 0, payload.length, key);
  return frame;
}
