/**
 * Frames out: all messages of a batch as one run of bytes (RFC 6455, section 5).
 *
 * @module
 */
import { type Batch, BYTES, CONTINUED, MORE, move, TEXT } from "../core/batch.ts";
import { giveBuffer, takeBuffer } from "../core/buffer_pool.ts";
import { FIN, headerLength, MAX_HEADER, OPCODE, writeHeader } from "./frame.ts";
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
}

/** What has been made of batches that many connections send, by the kind they send it as. */
const ENCODED = new WeakMap<
  Batch,
  Partial<Record<EncoderOptions["kind"], Uint8Array<ArrayBuffer>>>
>();

/** One direction of a connection. */
export class Encoder {
  readonly #masked: boolean;
  readonly #kind: EncoderOptions["kind"];
  readonly #onRepair?: () => void;
  #buffer?: Uint8Array<ArrayBuffer>;
  /** Set while a text message that is not UTF-8 goes out in parts. */
  #repairing?: TextDecoder;
  #opcode: number = OPCODE.text;

  /** Holds nothing until something is encoded. */
  constructor(options: EncoderOptions) {
    this.#masked = options.from === "client";
    this.#kind = options.kind;
    this.#onRepair = options.onRepair;
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
    let byKind = ENCODED.get(origin);
    if (byKind === undefined) ENCODED.set(origin, byKind = {});
    const known = byKind[this.#kind];
    if (known !== undefined) return known;
    const frames = this.#encodeAnew(batch);
    // Not from the pool: it stays while others still have to send it.
    return byKind[this.#kind] = frames.slice();
  }

  #encodeAnew(batch: Batch): Uint8Array<ArrayBuffer> {
    const sound = this.#isSound(batch);
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
    for (let i = 0; i < length; i++) {
      const size = batch.end(i) - batch.start(i);
      to += headerLength(size, false);
      if (to > batch.start(i)) return undefined;
      to += size;
    }
    if (length === 1) {
      const start = batch.start(0);
      const end = batch.end(0);
      const at = start - headerLength(end - start, false);
      writeHeader(bytes, at, this.#first(batch, 0), end - start, false);
      return bytes.subarray(at, end);
    }
    to = floor;
    for (let i = 0; i < length; i++) {
      const start = batch.start(i);
      const size = batch.end(i) - start;
      to = writeHeader(bytes, to, this.#first(batch, i), size, false);
      move(bytes, to, start, size);
      to += size;
    }
    return bytes.subarray(floor, to);
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
