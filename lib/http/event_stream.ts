/**
 * Messages as server-sent events: the `text/event-stream` format of the HTML standard,
 * section 9.2.
 *
 * @module
 */
import { type Batch, CONTINUED, MORE } from "../core/batch.ts";

const LF = 10;
const CR = 13;
const FIELD = new TextEncoder().encode("data: ");

/** The size of the first buffer, and of the largest one that is kept, in bytes. */
const FIRST = 1024;
const KEPT = 256 * 1024;

/**
 * Writes each message as one event. CR LF, LF and CR all end a line in this format, so
 * that each line of a message is a field of its own; the reader gets LF for any of them.
 */
export class EventStreamEncoder {
  #out = new Uint8Array(FIRST);
  #length = 0;
  /** Whether the last byte of a part that another follows was a CR. */
  #cr = false;

  /** The events of a batch. The bytes hold until the next call. */
  encode(batch: Batch): Uint8Array<ArrayBuffer> {
    this.#length = 0;
    if (this.#out.length > KEPT) this.#out = new Uint8Array(FIRST);
    for (let i = 0; i < batch.length; i++) {
      const flags = batch.flags(i);
      const start = batch.start(i);
      const end = batch.end(i);
      const fields = 1 + lineEnds(batch.bytes, start, end);
      this.#reserve(end - start + fields * (FIELD.length + 1) + 1);
      if ((flags & CONTINUED) === 0) {
        this.#cr = false;
        this.#field();
      }
      this.#lines(batch.bytes, start, end);
      if ((flags & MORE) === 0) {
        this.#out[this.#length++] = LF;
        this.#out[this.#length++] = LF;
      }
    }
    return this.#out.subarray(0, this.#length);
  }

  #lines(bytes: Uint8Array, start: number, end: number): void {
    const out = this.#out;
    for (let at = start; at < end; at++) {
      const byte = bytes[at];
      if (byte === LF && this.#cr) {
        this.#cr = false;
        continue;
      }
      this.#cr = byte === CR;
      if (byte === LF || byte === CR) {
        out[this.#length++] = LF;
        this.#field();
      } else {
        out[this.#length++] = byte;
      }
    }
  }

  #field(): void {
    this.#out.set(FIELD, this.#length);
    this.#length += FIELD.length;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#out.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#out.length * 2));
    larger.set(this.#out.subarray(0, this.#length));
    this.#out = larger;
  }
}

function lineEnds(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at++) if (bytes[at] === LF || bytes[at] === CR) count++;
  return count;
}
