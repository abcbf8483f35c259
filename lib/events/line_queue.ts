/**
 * Lines that wait to be read, as batches; whoever adds some may wait until there is room.
 *
 * @module
 */
import { Batch, BYTES } from "../core/batch.ts";

/** So many characters may wait until {@linkcode LineQueue.room} does not resolve at once. */
const ROOM = 256 * 1024;
/** The largest buffer that is kept from batch to batch, in bytes; a longer line has one of its own. */
const MAX_BUFFER = 128 * 1024;
/** The most bytes that UTF-8 needs for one character of a string. */
const WORST = 3;

const encoder = new TextEncoder();

/** Lines in order. One reader at a time. */
export class LineQueue {
  #lines: string[] = [];
  #next = 0;
  #characters = 0;
  #batch = new Batch(new Uint8Array(0));
  #over?: { readonly error?: unknown };
  #wake?: () => void;
  readonly #waiting: (() => void)[] = [];
  readonly #finished = Promise.withResolvers<void>();
  #begun = false;

  /** Resolves when the end has been read, so that all lines before it have been dealt with. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  /** Whether somebody has begun to read. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Adds a line with its newline; none after the end. */
  push(line: string): void {
    if (this.#over !== undefined) return;
    this.#lines.push(line);
    this.#characters += line.length;
    this.#wake?.();
  }

  /** Says that no more will come; with an error, reading throws it behind the last line. */
  end(over: { readonly error?: unknown } = {}): void {
    this.#over ??= over;
    this.#wake?.();
    this.#free();
  }

  /** Whether there is room for more. */
  get hasRoom(): boolean {
    return this.#characters < ROOM || this.#over !== undefined;
  }

  /** Resolves when there is. */
  async room(): Promise<void> {
    while (!this.hasRoom) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** The lines that wait, as many as fit into a batch; valid until the next call. */
  async read(): Promise<Batch | undefined> {
    this.#begun = true;
    while (this.#characters === 0) {
      if (this.#over !== undefined) {
        this.#finished.resolve();
        if ("error" in this.#over) throw this.#over.error;
        return undefined;
      }
      await new Promise<void>((resolve) => this.#wake = resolve);
      this.#wake = undefined;
    }
    const batch = this.#take();
    if (this.hasRoom) this.#free();
    return batch;
  }

  #free(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #take(): Batch {
    const first = this.#lines[this.#next];
    if (first.length * WORST > MAX_BUFFER) {
      this.#taken(first);
      return Batch.of(encoder.encode(first), BYTES);
    }
    const batch = this.#batch = this.#sized();
    const { bytes } = batch;
    let at = 0;
    while (this.#next < this.#lines.length) {
      const line = this.#lines[this.#next];
      if (line.length * WORST > bytes.length - at) break;
      const { written } = encoder.encodeInto(line, bytes.subarray(at));
      batch.push(at, at + written, BYTES);
      at += written;
      this.#taken(line);
    }
    return batch;
  }

  #taken(line: string): void {
    this.#lines[this.#next++] = "";
    this.#characters -= line.length;
    if (this.#next < this.#lines.length) return;
    this.#lines = [];
    this.#next = 0;
  }

  /** A batch whose buffer suits what waits. */
  #sized(): Batch {
    const wanted = Math.min(MAX_BUFFER, this.#characters * WORST);
    const { length } = this.#batch.bytes;
    this.#batch.clear();
    if (length >= wanted && length <= Math.max(4096, wanted * 16)) return this.#batch;
    return new Batch(new Uint8Array(2 ** Math.ceil(Math.log2(wanted))), 16);
  }
}
