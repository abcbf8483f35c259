/**
 * A peer that gives back what is written to it.
 *
 * @module
 */
import type { Batch } from "../core/batch.ts";
import { type BatchReader, type BatchWriter, readableFrom } from "../core/halves.ts";
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
  readonly reader: BatchReader = this;
  readonly writer: BatchWriter = new MirrorWriter(this);
  #readable?: ReadableStream<Batch>;
  #writable?: WritableStream<Batch>;
  /** A batch that was written before anybody asked for it. */
  #offered?: Batch;
  /** Resolves the read under way. */
  #give?: (batch: Batch | undefined) => void;
  #refuse?: (reason: unknown) => void;
  /** Resolves the write under way. */
  #release?: () => void;
  #open = true;
  #failure?: { reason: unknown };
  #closed = false;

  constructor(name: string) {
    this.info = { name };
  }

  get readable(): ReadableStream<Batch> {
    return this.#readable ??= readableFrom(this.reader);
  }

  get writable(): WritableStream<Batch> {
    return this.#writable ??= new WritableStream<Batch>({
      start: ({ signal }) => {
        // abort() itself is only called after the write under way, which waits for the reader.
        signal.addEventListener("abort", () => {
          if (this.#open) this.#failure = { reason: signal.reason };
          this.stop();
        });
      },
      write: (batch) => this.send(batch),
      close: () => this.stop(),
    }, { highWaterMark: 1 });
  }

  /** As a reading half: the next batch that is written. */
  read(): Promise<Batch | undefined> {
    const offered = this.#offered;
    if (offered !== undefined) {
      this.#offered = undefined;
      return Promise.resolve(offered);
    }
    if (this.#failure !== undefined) return Promise.reject(this.#failure.reason);
    if (!this.#open) return Promise.resolve(undefined);
    const batch = new Promise<Batch | undefined>((resolve, reject) => {
      this.#give = resolve;
      this.#refuse = reject;
    });
    this.#release?.();
    this.#release = undefined;
    return batch;
  }

  /** As a reading half: nobody reads any more, and what is written is thrown away. */
  cancel(): Promise<void> {
    this.stop();
    return Promise.resolve();
  }

  /** Hands a batch to the reader. */
  send(batch: Batch): Promise<void> {
    if (this.#closed) return Promise.reject(closedError(this.info.name));
    if (!this.#open || batch.length === 0) return Promise.resolve();
    const taken = new Promise<void>((resolve) => this.#release = resolve);
    const give = this.#give;
    if (give === undefined) {
      this.#offered = batch;
    } else {
      this.#give = undefined;
      give(batch);
    }
    return taken;
  }

  /** Lets go of everything, of a writer and of a reader that waits. */
  stop(): void {
    this.#open = false;
    this.#offered = undefined;
    this.#release?.();
    this.#release = undefined;
    const give = this.#give;
    this.#give = undefined;
    if (this.#failure === undefined) give?.(undefined);
    else if (give !== undefined) this.#refuse?.(this.#failure.reason);
  }

  close(): void {
    this.#closed = true;
    this.stop();
  }
}

/** The writing half, an object of its own because its `close` is not the peer's. */
class MirrorWriter implements BatchWriter {
  readonly #mirror: MirrorPeer;

  constructor(mirror: MirrorPeer) {
    this.#mirror = mirror;
  }

  write(batch: Batch): Promise<void> {
    return this.#mirror.send(batch);
  }

  close(): Promise<void> {
    this.#mirror.stop();
    return Promise.resolve();
  }
}
