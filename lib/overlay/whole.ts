/**
 * Long messages, which arrive in parts, put together again.
 *
 * @module
 */
import { Batch, CONTINUED, type Kind, MORE } from "../core/batch.ts";
import { WirecatError } from "../core/errors.ts";

/** Puts the parts of each message together, up to a limit. */
export class WholeMessages {
  readonly #limit: number;
  readonly #out: Batch = new Batch(new Uint8Array(0));
  /** Where the message that is not complete lies in the buffer. */
  #start = 0;
  #end = 0;
  #kind: Kind = 0;
  #open = false;

  /** `limit` is the longest message in bytes: `--max-ws-message-length`. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * The messages that are complete, as long as `batch` is valid: `batch` itself where it has
   * no parts. Throws a protocol error when a message gets longer than the limit.
   */
  add(batch: Batch): Batch {
    if (!this.#open && allWhole(batch)) {
      if (this.#out.bytes.length > 0) this.#out.bytes = new Uint8Array(0);
      return batch;
    }
    const length = this.#measure(batch);
    const held = this.#end - this.#start;
    const out = this.#out;
    out.clear();
    if (out.bytes.length < held + length) {
      const grown = Math.max(held + length, Math.min(2 * out.bytes.length, this.#limit));
      const bytes = new Uint8Array(grown);
      bytes.set(out.bytes.subarray(this.#start, this.#end));
      out.bytes = bytes;
    } else if (this.#start > 0) {
      out.bytes.copyWithin(0, this.#start, this.#end);
    }
    let start = 0;
    let at = held;
    for (let i = 0; i < batch.length; i++) {
      const flags = batch.flags(i);
      if ((flags & CONTINUED) === 0) {
        start = at;
        this.#kind = batch.kind(i);
      }
      out.bytes.set(batch.message(i), at);
      at += batch.end(i) - batch.start(i);
      this.#open = (flags & MORE) !== 0;
      if (!this.#open) {
        out.push(start, at, this.#kind);
        start = at;
      }
    }
    this.#start = start;
    this.#end = at;
    return out;
  }

  /** The length of a batch, after a look at the lengths that its messages reach. */
  #measure(batch: Batch): number {
    let sum = 0;
    let message = this.#end - this.#start;
    for (let i = 0; i < batch.length; i++) {
      const length = batch.end(i) - batch.start(i);
      sum += length;
      message = (batch.flags(i) & CONTINUED) === 0 ? length : message + length;
      if (message > this.#limit) {
        throw new WirecatError("protocol", `a message is longer than ${this.#limit} bytes`, {
          hint: "--max-ws-message-length sets this limit",
        });
      }
    }
    return sum;
  }
}

function allWhole(batch: Batch): boolean {
  for (let i = 0; i < batch.length; i++) {
    if (!batch.whole(i)) return false;
  }
  return true;
}
