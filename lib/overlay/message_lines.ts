/**
 * Messages as lines of a byte stream: the logic of `msg2line:`, without I/O.
 *
 * @module
 */
import { Batch, BYTES, CONTINUED, MORE, move } from "../core/batch.ts";

const NUL = 0;
const LF = 10;
const CR = 13;
const SPACE = 32;

/** Up to this length a message is moved and cleaned in one loop. */
const SHORT = 64;

/** A longer own buffer is let go of when it is not needed. */
const KEPT = 64 * 1024;

/** How {@linkcode LineWriter} makes lines. */
export interface LineWriterOptions {
  /** Whether lines end with a NUL byte instead of a newline. */
  readonly nullTerminated?: boolean;
  /** Whether messages over the limit are dropped instead of split. */
  readonly strict?: boolean;
  /** The longest line in bytes, without its end. */
  readonly limit?: number;
  /** Told what is odd, once for each sort. */
  readonly warn?: (message: string, hint?: string) => void;
}

/**
 * Makes one line of each message. Works where the messages lie as long as there
 * is room for the ends of lines, as there is between WebSocket frames.
 */
export class LineWriter {
  readonly #options: LineWriterOptions;
  readonly #out: Batch;
  #own: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  /** How many bytes the last part ended with that may be the end of the line, or content. */
  #held = 0;
  /** Whether these are a lone carriage return. */
  #heldCr = false;
  /** How long the present line is; counted only under a limit. */
  #lineLength = 0;
  #dropping = false;
  /** Whether an entry of the present message is out, and more of it is to come. */
  #entryOpen = false;
  #warnedNul = false;
  #warnedLimit = false;

  /** A writer that has written nothing yet. */
  constructor(options: LineWriterOptions = {}) {
    this.#options = options;
    this.#out = new Batch(this.#own, 1);
  }

  /**
   * The lines of all messages of `batch`, back to back, an entry for each message that is
   * not dropped; valid as long as `batch` is.
   */
  lines(batch: Batch): Batch {
    const { nullTerminated, limit } = this.#options;
    const out = this.#out;
    out.clear();
    if (batch.length === 0) return out;
    const terminator = nullTerminated ? NUL : LF;
    let bytes = batch.bytes;
    let from = Math.max(batch.floor, batch.start(0) - 1);
    let to = from;
    let own = false;
    const source = batch.bytes;
    const last = batch.end(batch.length - 1);
    const view = source.length === last ? source : source.subarray(0, last);
    // The next of each byte at or after the place looked at; short messages need none of it.
    let nextLf = -1;
    let nextCr = -1;

    for (let i = 0; i < batch.length; i++) {
      const start = batch.start(i);
      let end = batch.end(i);
      const flags = batch.flags(i);
      if ((flags & (MORE | CONTINUED)) !== 0 || (limit !== undefined && end - start >= limit)) {
        // Rare: parts, and messages that may be over the limit.
        if (!own) {
          bytes = this.#moveOut(batch, i, from, to);
          to -= from;
          from = 0;
          own = true;
        }
        const begin = to;
        to = this.#slow(bytes, to, source, start, end, flags, terminator);
        const more = flags & MORE;
        if (to > begin || (this.#entryOpen && !more)) {
          out.push(begin, to, BYTES | more | (this.#entryOpen ? CONTINUED : 0));
          this.#entryOpen = more !== 0;
        }
        continue;
      }

      end -= this.#tail(source, start, end);
      const length = end - start;
      if (!own && (batch.shared || to > start || to + length + 1 > batch.end(i))) {
        bytes = this.#moveOut(batch, i, from, to);
        to -= from;
        from = 0;
        own = true;
      }

      const begin = to;
      if (length <= SHORT) {
        if (nullTerminated) {
          for (let at = start; at < end; at++) {
            const byte = source[at];
            if (byte === NUL) this.#innerNul();
            bytes[to++] = byte;
          }
        } else {
          for (let at = start; at < end; at++) {
            const byte = source[at];
            bytes[to++] = byte === LF || byte === CR ? SPACE : byte;
          }
        }
      } else {
        if (own) bytes.set(source.subarray(start, end), to);
        if (nullTerminated) {
          const nul = this.#warnedNul ? -1 : view.indexOf(NUL, start);
          if (nul >= 0 && nul < end) this.#innerNul();
        } else {
          const by = own ? to - start : 0;
          if (nextLf < start) nextLf = find(view, LF, start);
          for (; nextLf < end; nextLf = find(view, LF, nextLf + 1)) bytes[nextLf + by] = SPACE;
          if (nextCr < start) nextCr = find(view, CR, start);
          for (; nextCr < end; nextCr = find(view, CR, nextCr + 1)) bytes[nextCr + by] = SPACE;
        }
        if (!own) move(source, to, start, length);
        to += length;
      }
      bytes[to++] = terminator;
      out.push(begin, to, BYTES);
    }

    if (!own && this.#own.length > KEPT) this.#own = new Uint8Array(0);
    out.bytes = bytes;
    out.floor = from;
    return out;
  }

  /** How many bytes at the end of a message are the end of a line that it brings itself. */
  #tail(source: Uint8Array, start: number, end: number): number {
    if (end === start) return 0;
    const byte = source[end - 1];
    if (this.#options.nullTerminated) return byte === NUL ? 1 : 0;
    if (byte === LF) return end - start > 1 && source[end - 2] === CR ? 2 : 1;
    return byte === CR ? 1 : 0;
  }

  /** Puts the lines in `from` to `to` into an own buffer, with room for all messages from `i` on. */
  #moveOut(batch: Batch, i: number, from: number, to: number): Uint8Array<ArrayBuffer> {
    const bytes = this.#room(to - from, batch, i);
    bytes.set(batch.bytes.subarray(from, to));
    const out = this.#out;
    for (let k = 0; k < out.length; k++) {
      out.set(k, out.start(k) - from, out.end(k) - from, out.flags(k));
    }
    return bytes;
  }

  /** An own buffer for `before` bytes and the lines of all messages from `i` on. */
  #room(before: number, batch: Batch, i: number): Uint8Array<ArrayBuffer> {
    // A terminator for each entry, and what was held back before it.
    let length = before + 3 * (batch.length - i) + 2;
    const limit = this.#options.limit;
    for (; i < batch.length; i++) {
      const message = batch.end(i) - batch.start(i);
      length += message;
      if (limit !== undefined) length += Math.ceil(message / limit) + 2;
    }
    if (this.#own.length < length || this.#own.length > 4 * length + 4096) {
      this.#own = new Uint8Array(length);
    }
    return this.#own;
  }

  /** Writes a message or a part of one, whatever its length; returns where the output ends. */
  #slow(
    out: Uint8Array,
    to: number,
    source: Uint8Array,
    start: number,
    end: number,
    flags: number,
    terminator: number,
  ): number {
    const more = (flags & MORE) !== 0;
    const { nullTerminated, limit, strict } = this.#options;
    if ((flags & CONTINUED) === 0) {
      this.#lineLength = 0;
      this.#held = 0;
      this.#heldCr = false;
      this.#dropping = false;
      this.#entryOpen = false;
    }
    // What was held back ends the message, unless content follows: then it was content too.
    let spaces = 0;
    if (end > start) {
      const tail = this.#tail(source, start, end);
      const joined = tail === 1 && end - start === 1 && source[start] === LF && this.#heldCr;
      spaces = joined ? 0 : this.#held;
      this.#held = joined ? 2 : tail;
      this.#heldCr = tail === 1 && source[end - 1] === CR;
      end -= tail;
    }

    const over = limit !== undefined && spaces + end - start > limit;
    if (strict && over && this.#lineLength === 0) {
      this.#tooLong();
      this.#dropping = true;
    }
    for (; spaces > 0; spaces--) {
      to = this.#append(out, to, nullTerminated ? NUL : SPACE, terminator);
    }
    if (limit === undefined) {
      if (nullTerminated) {
        if (!this.#warnedNul && source.subarray(start, end).includes(NUL)) this.#innerNul();
        out.set(source.subarray(start, end), to);
      } else {
        for (let at = start, put = to; at < end; at++) {
          const byte = source[at];
          out[put++] = byte === LF || byte === CR ? SPACE : byte;
        }
      }
      to += end - start;
    } else {
      for (let at = start; at < end; at++) {
        const byte = source[at];
        to = this.#append(
          out,
          to,
          !nullTerminated && (byte === LF || byte === CR) ? SPACE : byte,
          terminator,
        );
      }
    }
    if (more) return to;
    if (!this.#dropping || this.#lineLength > 0) out[to++] = terminator;
    this.#dropping = false;
    return to;
  }

  /** Writes one byte of a line, and before it the end of a line that is full. */
  #append(out: Uint8Array, to: number, byte: number, terminator: number): number {
    const { limit, strict, nullTerminated } = this.#options;
    if (nullTerminated && byte === NUL) this.#innerNul();
    if (limit !== undefined) {
      if (this.#dropping) return to;
      if (this.#lineLength === limit) {
        this.#tooLong();
        if (strict) {
          this.#dropping = true;
          return to;
        }
        out[to++] = terminator;
        this.#lineLength = 0;
      }
      this.#lineLength++;
    }
    out[to++] = byte;
    return to;
  }

  #innerNul(): void {
    if (this.#warnedNul) return;
    this.#warnedNul = true;
    this.#options.warn?.(
      "a message has a NUL byte in it: whoever reads NUL-terminated lines will take it for two",
    );
  }

  #tooLong(): void {
    if (this.#warnedLimit) return;
    this.#warnedLimit = true;
    const { limit, strict, warn } = this.#options;
    warn?.(
      `${strict ? "dropped" : "split"} a message longer than ${limit} bytes`,
      "-B sets this limit; further such messages are not reported",
    );
  }
}

function find(bytes: Uint8Array, byte: number, from: number): number {
  const at = bytes.indexOf(byte, from);
  return at < 0 ? Infinity : at;
}
