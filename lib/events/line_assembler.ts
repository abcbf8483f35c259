/**
 * Lines out of bytes that come in any pieces.
 *
 * @module
 */
import type { Batch } from "../core/batch.ts";

const LF = 10;

/** A line, or the news that one was too long and is dropped. */
export type AssembledLine = Uint8Array | "too long";

/** Puts lines together; holds no more than `limit` bytes of an unfinished one. */
export class LineAssembler {
  readonly #limit: number;
  #pieces: Uint8Array[] = [];
  #held = 0;
  #dropping = false;

  /** `limit` is in bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The lines, without their newlines, that a batch completes; each is valid until the next one. */
  *lines(batch: Batch): Generator<AssembledLine> {
    for (let i = 0; i < batch.length; i++) {
      const bytes = batch.message(i);
      let start = 0;
      for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, start)) {
        const line = this.#finish(bytes.subarray(start, end));
        if (line !== undefined) yield line;
        start = end + 1;
      }
      if (start < bytes.length && !this.#dropping) yield* this.#keep(bytes.slice(start));
    }
  }

  /** The last line, where it has no newline. */
  *end(): Generator<AssembledLine> {
    if (this.#held > 0 && !this.#dropping) yield this.#finish(new Uint8Array(0))!;
  }

  *#keep(piece: Uint8Array): Generator<AssembledLine> {
    if (this.#held + piece.length > this.#limit) {
      this.#dropping = true;
      this.#forget();
      yield "too long";
      return;
    }
    this.#pieces.push(piece);
    this.#held += piece.length;
  }

  #finish(last: Uint8Array): AssembledLine | undefined {
    if (this.#dropping) {
      this.#dropping = false;
      return undefined;
    }
    if (this.#held + last.length > this.#limit) {
      this.#forget();
      return "too long";
    }
    if (this.#held === 0) return last;
    const line = new Uint8Array(this.#held + last.length);
    let at = 0;
    for (const piece of [...this.#pieces, last]) {
      line.set(piece, at);
      at += piece.length;
    }
    this.#forget();
    return line;
  }

  #forget(): void {
    this.#pieces = [];
    this.#held = 0;
  }
}
