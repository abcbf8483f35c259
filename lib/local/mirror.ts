/**
 * A peer that gives back what is written to it.
 *
 * @module
 */
import type { Batch } from "../core/batch.ts";
import type { Peer } from "../core/peer.ts";
import { closedError } from "./halves.ts";

/**
 * Each batch that is written can be read, the same one, not a copy: a write
 * resolves when the reader asks for the next batch, and so is done with this one.
 */
export function mirrorPeer(name: string): Peer {
  return new MirrorPeer(name);
}

class MirrorPeer implements Peer {
  readonly info: { readonly name: string };
  /** A write waits for the reader, if there is to be one. */
  readonly mustRead = true;
  readonly readable: ReadableStream<Batch>;
  readonly writable: WritableStream<Batch>;
  #reading!: ReadableStreamDefaultController<Batch>;
  #writing!: WritableStreamDefaultController;
  /** A batch that was written before anybody asked for it. */
  #offered?: Batch;
  /** Resolves the write under way. */
  #release?: () => void;
  #wanted = false;
  #open = true;

  constructor(name: string) {
    this.info = { name };
    this.readable = new ReadableStream<Batch>({
      start: (controller) => {
        this.#reading = controller;
      },
      pull: () => this.#pull(),
      cancel: () => this.#stop(), // Nobody reads any more: what is written is thrown away.
    }, { highWaterMark: 0 });
    this.writable = new WritableStream<Batch>({
      start: (controller) => {
        this.#writing = controller;
        // abort() itself is only called after the write under way, which waits for the reader.
        controller.signal.addEventListener("abort", () => {
          if (this.#open) this.#reading.error(controller.signal.reason);
          this.#stop();
        });
      },
      write: (batch) => this.#write(batch),
      close: () => this.#end(),
    }, { highWaterMark: 1 });
  }

  #pull(): void {
    const offered = this.#offered;
    if (offered !== undefined) {
      this.#offered = undefined;
      this.#reading.enqueue(offered);
      return;
    }
    this.#wanted = true;
    this.#release?.();
    this.#release = undefined;
  }

  #write(batch: Batch): Promise<void> | undefined {
    if (!this.#open || batch.length === 0) return;
    const taken = new Promise<void>((resolve) => this.#release = resolve);
    if (this.#wanted) {
      this.#wanted = false;
      this.#reading.enqueue(batch);
    } else {
      this.#offered = batch;
    }
    return taken;
  }

  /** Lets go of everything, and of a writer that waits. */
  #stop(): void {
    this.#open = false;
    this.#offered = undefined;
    this.#release?.();
    this.#release = undefined;
  }

  #end(): void {
    if (this.#open) this.#reading.close();
    this.#stop();
  }

  close(): void {
    this.#end();
    this.#writing.error(closedError(this.info.name));
  }
}
