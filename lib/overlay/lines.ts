/**
 * Lines of a byte stream as messages: the logic of `line2msg:`, without I/O.
 *
 * @module
 */
import { Batch, BYTES, CONTINUED, MORE } from "../core/batch.ts";
import { MIN_BUFFER, nextCapacity } from "../core/conn.ts";
import { capacityFor, carried } from "./carried.ts";

/** The longest line that is held whole when no limit is given; a longer one passes in parts. */
export const MAX_HELD_LINE: number = 1024 * 1024;

const NUL = 0;
const LF = 10;
const CR = 13;

/** How far a loop looks for the end of a line before the engine's search is asked. */
const NEAR = 32;

/** How {@linkcode LineSplitter} treats lines. */
export interface LineSplitterOptions {
  /** Whether the newline, with a carriage return before it, stays out of the message. */
  readonly stripNewlines?: boolean;
  /** Whether lines end with a NUL byte, which is never part of the message. */
  readonly nullTerminated?: boolean;
  /** Whether lines over the limit and an incomplete last line are dropped. */
  readonly strict?: boolean;
  /** The longest message in bytes; longer lines are split into such messages. */
  readonly limit?: number;
  /** Told what is odd, once for each sort. */
  readonly warn?: (message: string, hint?: string) => void;
}

/**
 * Splits bytes into lines where they lie. The caller reads into {@linkcode room}
 * and says how much came with {@linkcode received}; a line that is not complete
 * is carried to the front of the buffer with the next call of `room`.
 */
export class LineSplitter {
  readonly #options: LineSplitterOptions;
  readonly #terminator: number;
  /** How many bytes at the end of an unfinished line may belong to its terminator. */
  readonly #reserve: number;
  readonly #most: number;
  #batch: Batch;
  #bytes: Uint8Array<ArrayBuffer>;
  #capacity = MIN_BUFFER;
  /** Where the unfinished line begins and the bytes read so far end. */
  #start = 0;
  #end = 0;
  /** Whether parts of the unfinished line have been handed out as parts of one message. */
  #streaming = false;
  /** Whether the unfinished line is too long and its rest is to be dropped. */
  #dropping = false;
  #warned = false;

  /** An empty splitter. It holds a small buffer, which grows with traffic. */
  constructor(options: LineSplitterOptions = {}) {
    this.#options = options;
    this.#terminator = options.nullTerminated ? NUL : LF;
    this.#reserve = options.nullTerminated ? 0 : options.stripNewlines ? 2 : 0;
    this.#most = options.limit === undefined
      ? MAX_HELD_LINE
      : Math.max(MAX_HELD_LINE, options.limit + 4);
    this.#bytes = new Uint8Array(MIN_BUFFER);
    this.#batch = new Batch(this.#bytes, 16);
  }

  /**
   * Where the next bytes go. The batch that {@linkcode received} gave before is
   * no longer valid after this.
   */
  room(): Uint8Array<ArrayBuffer> {
    const held = this.#end - this.#start;
    this.#capacity = capacityFor(held, this.#capacity, this.#most);
    const bytes = carried(this.#bytes, this.#start, this.#end, this.#capacity);
    // With a burst over, the room for its many messages goes, too.
    if (bytes.length < this.#bytes.length) this.#batch = new Batch(bytes, 16);
    this.#bytes = bytes;
    this.#start = 0;
    this.#end = held;
    return held === 0 ? bytes : bytes.subarray(held);
  }

  /** The lines that are complete with the `length` bytes that were put into {@linkcode room}. */
  received(length: number): Batch {
    const batch = this.#batch;
    const bytes = this.#bytes;
    const terminator = this.#terminator;
    batch.clear();
    batch.bytes = bytes;
    const from = this.#end;
    const end = this.#end = from + length;
    const filled = end === bytes.length ? bytes : bytes.subarray(0, end);
    for (let at = from; at < end;) {
      const near = Math.min(end, at + NEAR);
      while (at < near && bytes[at] !== terminator) at++;
      if (at === near) {
        if (at === end) break;
        at = filled.indexOf(terminator, at);
        if (at < 0) break;
      }
      at++;
      this.#line(at);
      this.#start = at;
    }
    if (this.#start < end) this.#unfinished();
    const full = end === bytes.length;
    this.#capacity = nextCapacity(bytes.length, full ? bytes.length : length);
    if (batch.length > 0) batch.floor = batch.start(0);
    return batch;
  }

  /** What is left when the input has ended: a last line without a terminator. */
  rest(): Batch | undefined {
    const batch = this.#batch;
    batch.clear();
    batch.bytes = this.#bytes;
    const start = this.#start;
    const end = this.#end;
    this.#start = end;
    if (this.#dropping) return undefined;
    if (this.#streaming) {
      batch.push(start, end, BYTES | CONTINUED);
    } else if (start === end) {
      return undefined;
    } else if (this.#options.strict) {
      this.#options.warn?.(
        `dropped the last line, ${end - start} bytes, because it does not end with a ${
          this.#options.nullTerminated ? "NUL byte" : "newline"
        }`,
      );
      return undefined;
    } else {
      this.#push(start, end);
    }
    batch.floor = start;
    return batch;
  }

  /** Adds the line that ends, with its terminator, before `next`. */
  #line(next: number): void {
    const start = this.#start;
    let end = next;
    if (this.#options.nullTerminated) {
      end--;
    } else if (this.#options.stripNewlines) {
      end--;
      if (end > start && this.#bytes[end - 1] === CR) end--;
    }
    if (this.#dropping) {
      this.#dropping = false;
    } else if (this.#streaming) {
      this.#streaming = false;
      this.#batch.push(start, end, BYTES | CONTINUED);
    } else {
      this.#push(start, end);
    }
  }

  /** Adds a message, or as many as the limit makes of it. */
  #push(start: number, end: number): void {
    const { limit, strict } = this.#options;
    if (limit !== undefined && end - start > limit) {
      this.#tooLong();
      if (strict) return;
      for (; end - start > limit; start += limit) {
        this.#batch.push(start, start + limit, BYTES);
      }
    }
    this.#batch.push(start, end, BYTES);
  }

  /** Deals with a line that is too long to wait for its end. */
  #unfinished(): void {
    const { limit, strict } = this.#options;
    const end = this.#end;
    if (this.#dropping) {
      this.#start = end;
    } else if (limit !== undefined) {
      if (end - this.#start <= limit + this.#reserve) return;
      this.#tooLong();
      if (strict) {
        this.#dropping = true;
        this.#start = end;
        return;
      }
      for (; end - this.#start > limit + this.#reserve; this.#start += limit) {
        this.#batch.push(this.#start, this.#start + limit, BYTES);
      }
    } else if (this.#streaming || end - this.#start >= MAX_HELD_LINE) {
      const held = this.#reserve > 0 && this.#bytes[end - 1] === CR ? 1 : 0;
      const part = end - held;
      if (part === this.#start) return;
      this.#batch.push(
        this.#start,
        part,
        this.#streaming ? BYTES | MORE | CONTINUED : BYTES | MORE,
      );
      this.#streaming = true;
      this.#start = part;
    }
  }

  #tooLong(): void {
    if (this.#warned) return;
    this.#warned = true;
    const { limit, strict, warn } = this.#options;
    warn?.(
      `${strict ? "dropped" : "split"} a line longer than ${limit} bytes`,
      "-B sets this limit; further such lines are not reported",
    );
  }
}

/** A stream of the lines that `read` brings, one batch a read. `cancel` stops the reading. */
export function lineStream(
  source: { read(into: Uint8Array): Promise<number | null>; cancel?(): void },
  options: LineSplitterOptions = {},
): ReadableStream<Batch> {
  const splitter = new LineSplitter(options);
  return new ReadableStream<Batch>({
    async pull(controller) {
      for (;;) {
        const length = await source.read(splitter.room());
        if (length === null) {
          const rest = splitter.rest();
          if (rest !== undefined) controller.enqueue(rest);
          controller.close();
          return;
        }
        const batch = splitter.received(length);
        if (batch.length > 0) {
          controller.enqueue(batch);
          return;
        }
      }
    },
    cancel() {
      source.cancel?.();
    },
  }, { highWaterMark: 0 });
}
