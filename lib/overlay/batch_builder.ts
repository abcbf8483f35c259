/**
 * Putting a batch together message by message, in a buffer of its own.
 *
 * @module
 */
import { Batch } from "../core/batch.ts";

/** A longer buffer is let go of when what comes next needs far less. */
const KEPT = 64 * 1024;

/** Builds batches, one after another, in one buffer that grows as needed. */
export class BatchBuilder {
  /** What was written since {@linkcode clear}. */
  readonly batch: Batch = new Batch(new Uint8Array(0));
  /** Where the next message begins. */
  at = 0;

  /** Starts anew; about `expected` bytes are going to be written. */
  clear(expected = 0): void {
    this.batch.clear();
    this.at = 0;
    const held = this.batch.bytes.length;
    if (held > KEPT && held > 4 * expected) this.batch.bytes = new Uint8Array(0);
    this.room(expected);
  }

  /** The buffer, with room for `length` bytes from {@linkcode at} on. */
  room(length: number): Uint8Array<ArrayBuffer> {
    const bytes = this.batch.bytes;
    if (bytes.length >= this.at + length) return bytes;
    const grown = new Uint8Array(Math.max(this.at + length, Math.min(2 * bytes.length, 1 << 20)));
    grown.set(bytes.subarray(0, this.at));
    return this.batch.bytes = grown;
  }

  /** Ends the message that began at {@linkcode at} and is `length` bytes long. */
  push(length: number, flags: number): void {
    this.batch.push(this.at, this.at += length, flags);
  }

  /** Adds a message that is a copy of `bytes`. */
  add(bytes: Uint8Array, flags: number): void {
    this.room(bytes.length).set(bytes, this.at);
    this.push(bytes.length, flags);
  }
}
