/**
 * Messages in a byte stream, each after its length: the logic of
 * `lengthprefixed:`, without I/O.
 *
 * @module
 */
import { Batch, BYTES, CONTINUED, MORE } from "../core/batch.ts";
import { MIN_BUFFER, nextCapacity } from "../core/conn.ts";
import { WirecatError } from "../core/errors.ts";
import { BatchBuilder } from "./batch_builder.ts";
import { capacityFor, carried } from "./carried.ts";

/** What the header before each message looks like. */
export interface LengthHeader {
  /** How many bytes it has: 1 to 8. */
  readonly bytes: number;
  /** Whether the least significant byte comes first. */
  readonly littleEndian: boolean;
}

/** The longest message that is held whole; a longer one passes in parts. */
export const MAX_HELD_MESSAGE: number = 1024 * 1024;

/** The number in a header at `at`. Above 2^53 it is only about right. */
export function readLength(bytes: Uint8Array, at: number, header: LengthHeader): number {
  let length = 0;
  for (let i = 0; i < header.bytes; i++) {
    length = length * 256 + bytes[header.littleEndian ? at + header.bytes - 1 - i : at + i];
  }
  return length;
}

/** Writes a header with `length` in it at `at`. */
export function writeLength(
  bytes: Uint8Array,
  at: number,
  length: number,
  header: LengthHeader,
): void {
  for (let i = 0; i < header.bytes; i++) {
    bytes[header.littleEndian ? at + i : at + header.bytes - 1 - i] = length % 256;
    length = Math.floor(length / 256);
  }
}

/**
 * Finds messages in bytes where they lie. The caller reads into {@linkcode room}
 * and says how much came with {@linkcode received}.
 */
export class LengthPrefixReader {
  readonly #header: LengthHeader;
  readonly #limit: number;
  readonly #limitOption: string;
  #batch: Batch;
  #bytes: Uint8Array<ArrayBuffer>;
  #capacity = MIN_BUFFER;
  /** Where what is not handed out yet begins and ends. */
  #start = 0;
  #end = 0;
  /** How much is still to come of a message that passes in parts. */
  #remaining = 0;

  /** `limit` is the longest message in bytes; an error about it names `limitOption`. */
  constructor(header: LengthHeader, limit: number, limitOption: string) {
    this.#header = header;
    this.#limit = limit;
    this.#limitOption = limitOption;
    this.#bytes = new Uint8Array(MIN_BUFFER);
    this.#batch = new Batch(this.#bytes, 16);
  }

  /** Where the next bytes go. The batch from before is no longer valid after this. */
  room(): Uint8Array<ArrayBuffer> {
    const held = this.#end - this.#start;
    const most = this.#header.bytes + MAX_HELD_MESSAGE;
    this.#capacity = capacityFor(held, this.#capacity, most);
    const bytes = carried(this.#bytes, this.#start, this.#end, this.#capacity);
    // With a burst over, the room for its many messages goes, too.
    if (bytes.length < this.#bytes.length) this.#batch = new Batch(bytes, 16);
    this.#bytes = bytes;
    this.#start = 0;
    this.#end = held;
    return bytes.subarray(held);
  }

  /**
   * The messages that are complete with the `length` bytes that were put into
   * {@linkcode room}, and parts of one that is too long to be held.
   *
   * @throws {WirecatError} If a header announces a message over the limit.
   */
  received(length: number): Batch {
    const batch = this.#batch;
    const bytes = this.#bytes;
    const header = this.#header;
    const end = this.#end += length;
    let at = this.#start;
    batch.clear();
    batch.bytes = bytes;
    if (this.#remaining > 0) at = this.#part(at, CONTINUED);
    while (this.#remaining === 0 && end - at >= header.bytes) {
      const message = readLength(bytes, at, header);
      if (message > this.#limit) {
        throw new WirecatError(
          "protocol",
          `lengthprefixed: a message of ${message} bytes is announced, over the limit of ${this.#limit}`,
          { hint: `${this.#limitOption} sets this limit; are the length headers of this form?` },
        );
      }
      const start = at + header.bytes;
      if (message > MAX_HELD_MESSAGE) {
        // What comes first may be nothing: then the first part waits for something.
        if (start === end) break;
        this.#remaining = message;
        at = this.#part(start, 0);
      } else {
        if (end - start < message) break;
        batch.push(start, start + message, BYTES);
        at = start + message;
      }
    }
    this.#start = at;
    const full = end === bytes.length;
    this.#capacity = nextCapacity(bytes.length, full ? bytes.length : length);
    return batch;
  }

  /** Hands out what there is of a long message; returns where it ends. */
  #part(start: number, continued: number): number {
    const length = Math.min(this.#remaining, this.#end - start);
    this.#remaining -= length;
    this.#batch.push(start, start + length, BYTES | continued | (this.#remaining > 0 ? MORE : 0));
    return start + length;
  }

  /**
   * Says that the input has ended. Returns how many bytes of an unfinished header were left.
   *
   * @throws {WirecatError} If the input ended within a message.
   */
  end(): number {
    const held = this.#end - this.#start;
    if (this.#remaining === 0 && held < this.#header.bytes) return held;
    const missing = this.#remaining > 0
      ? this.#remaining
      : readLength(this.#bytes, this.#start, this.#header) + this.#header.bytes - held;
    throw new WirecatError(
      "abnormal",
      `lengthprefixed: the input ended ${missing} bytes before the end of a message`,
    );
  }
}

/** Puts headers before messages. */
export class LengthPrefixWriter {
  readonly #header: LengthHeader;
  readonly #longest: number;
  readonly #onDrop?: (text: string) => void;
  readonly #out: BatchBuilder = new BatchBuilder();

  /**
   * A writer of headers of this form. With `onDrop` a message that is too long for them is dropped,
   * and it is told so.
   */
  constructor(header: LengthHeader, onDrop?: (text: string) => void) {
    this.#header = header;
    this.#onDrop = onDrop;
    this.#longest = 256 ** header.bytes - 1;
  }

  /**
   * The messages of a batch, which must be whole, with their headers. Valid until the next call.
   *
   * @throws {WirecatError} If a message is too long for the header and not to be dropped.
   */
  write(batch: Batch): Batch {
    const header = this.#header;
    const out = this.#out;
    out.clear(batch.byteLength + header.bytes * batch.length);
    for (let i = 0; i < batch.length; i++) {
      const length = batch.end(i) - batch.start(i);
      if (length > this.#longest) {
        const what = `a message of ${length} bytes`;
        const why = `too long for a header of ${header.bytes} bytes`;
        const hint = "--lengthprefixed-nbytes sets how many there are";
        if (this.#onDrop === undefined) {
          throw new WirecatError("other", `lengthprefixed: ${what} is ${why}`, { hint });
        }
        this.#onDrop(`lengthprefixed: dropped ${what}: ${why}`);
        continue;
      }
      const bytes = out.room(header.bytes + length);
      writeLength(bytes, out.at, length, header);
      bytes.set(batch.message(i), out.at + header.bytes);
      out.push(header.bytes + length, BYTES);
    }
    return out.batch;
  }
}
