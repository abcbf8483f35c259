/**
 * Writing that never waits: what the other end cannot take is dropped.
 *
 * @module
 */
import { type Batch, CONTINUED } from "../core/batch.ts";
import type { Log } from "../core/log.ts";

/** What {@linkcode dropOnBackpressure} can be told. */
export interface DropOptions {
  /** How many batches may wait behind the one that is being written. */
  readonly queueLength: number;
  /** What is written to, for messages to people. */
  readonly name: string;
  /** Where it is said that something was dropped. */
  readonly log: Log;
  /** Milliseconds that the end waits for what is still to be written. */
  readonly patience?: number;
}

/**
 * A stream whose writes do not wait for `inner`. At most `queueLength` batches are kept
 * for it; others are dropped and counted. Only the rest of a message that comes in parts,
 * and whose beginning was written, is waited for.
 */
export function dropOnBackpressure(
  inner: WritableStream<Batch>,
  options: DropOptions,
): WritableStream<Batch> {
  return new WritableStream<Batch>(new DroppingSink(inner, options), { highWaterMark: 1 });
}

class DroppingSink implements UnderlyingSink<Batch> {
  readonly #writer: WritableStreamDefaultWriter<Batch>;
  readonly #options: DropOptions;
  readonly #queue: Batch[] = [];
  #spare?: Batch;
  #writing?: Batch;
  #idle = Promise.withResolvers<void>();
  /** Whether the last entry that was kept, or dropped, is followed by parts of its message. */
  #inMessage = false;
  #inDropped = false;
  #dropped = 0;
  #controller!: WritableStreamDefaultController;

  constructor(inner: WritableStream<Batch>, options: DropOptions) {
    this.#writer = inner.getWriter();
    this.#writer.closed.catch(() => {}); // The stream above fails with it.
    this.#options = options;
  }

  start(controller: WritableStreamDefaultController): void {
    this.#controller = controller;
    this.#writer.closed.catch((error) => controller.error(error));
    // A write that waits must not hold up an abort.
    controller.signal.addEventListener("abort", () => {
      this.#queue.length = 0;
      this.#wake();
    });
  }

  async write(batch: Batch): Promise<void> {
    let kept = batch;
    if (this.#inDropped) {
      let from = 0;
      while (from < batch.length && batch.flags(from) & CONTINUED) from++;
      if (from > 0) this.#inDropped = !batch.isLast(from - 1);
      if (from === batch.length) return;
      this.#inDropped = false;
      if (from > 0) kept = batch.share(from);
    }
    if (kept.length === 0) return;
    while (this.#inMessage && this.#isFull()) await this.#idle.promise;
    const more = !kept.isLast(kept.length - 1);
    if (this.#isFull()) {
      this.#drop(kept);
      this.#inDropped = more;
      return;
    }
    this.#inMessage = more;
    const copy = kept.copy(this.#spare);
    this.#spare = undefined;
    this.#queue.push(copy);
    if (this.#writing === undefined) this.#pump();
  }

  #isFull(): boolean {
    return this.#writing !== undefined && this.#queue.length >= this.#options.queueLength;
  }

  #drop(batch: Batch): void {
    if (this.#dropped === 0) {
      this.#options.log.warn(`${this.#options.name} is busy: what it cannot take is dropped`);
    }
    for (let i = 0; i < batch.length; i++) {
      if ((batch.flags(i) & CONTINUED) === 0) this.#dropped++;
    }
  }

  async #pump(): Promise<void> {
    try {
      while ((this.#writing = this.#queue.shift()) !== undefined) {
        await this.#writer.write(this.#writing);
        this.#spare = this.#writing;
        this.#wake();
      }
    } catch (error) {
      this.#queue.length = 0;
      this.#writing = undefined;
      this.#controller.error(error);
    }
    this.#wake();
  }

  #wake(): void {
    this.#idle.resolve();
    this.#idle = Promise.withResolvers<void>();
  }

  async close(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#options.patience ?? 1000);
    });
    let late = false;
    const tooLate = timeout.then(() => {
      late = true;
    });
    while (this.#writing !== undefined && !late) await Promise.race([this.#idle.promise, tooLate]);
    clearTimeout(timer);
    if (this.#writing !== undefined) {
      // It has not even taken what came before the end.
      for (const batch of [this.#writing, ...this.#queue]) this.#drop(batch);
      this.#queue.length = 0;
      // It may have been in the middle of the only one.
      this.#dropped = Math.max(this.#dropped, 1);
      this.#report();
      this.#writer.abort(new Error("writing took too long")).catch(() => {});
      return;
    }
    this.#report();
    await this.#writer.close();
  }

  async abort(reason: unknown): Promise<void> {
    this.#queue.length = 0;
    this.#wake();
    this.#report();
    await this.#writer.abort(reason);
  }

  #report(): void {
    if (this.#dropped === 0) return;
    const count = this.#dropped === 1 ? "1 message was" : `${this.#dropped} messages were`;
    this.#options.log.warn(`${count} dropped because ${this.#options.name} was busy`);
    this.#dropped = 0;
  }
}
