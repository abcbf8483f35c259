/**
 * Peers that say a fixed text: once, or as the answer to each message.
 *
 * @module
 */
import { Batch, BYTES } from "../core/batch.ts";
import type { Peer } from "../core/peer.ts";
import { closedError, discarding } from "./halves.ts";

/** About how many bytes of answers go into one batch. */
const BATCH_SIZE = 64 * 1024;
/** How many answers go into one batch at most. */
const BATCH_LENGTH = 1024;

/** One message, then the end. What is written to the peer is thrown away. */
export function literalPeer(name: string, text: string): Peer {
  let open = true;
  let reading: ReadableStreamDefaultController<Batch>;
  const end = () => {
    if (open) reading.close();
    open = false;
  };
  return {
    info: { name },
    readable: new ReadableStream<Batch>({
      start(controller) {
        reading = controller;
      },
      pull(controller) {
        controller.enqueue(Batch.of(new TextEncoder().encode(text), BYTES));
        end();
      },
      cancel() {
        open = false;
      },
    }, { highWaterMark: 0 }),
    writable: discarding(),
    close: end,
  };
}

/** The text once for each message that is written. */
export function literalReplyPeer(name: string, text: string): Peer {
  return new ReplyPeer(name, new TextEncoder().encode(text));
}

class ReplyPeer implements Peer {
  readonly info: { readonly name: string };
  readonly readable: ReadableStream<Batch>;
  readonly writable: WritableStream<Batch>;
  readonly #text: Uint8Array;
  #reading!: ReadableStreamDefaultController<Batch>;
  #writing!: WritableStreamDefaultController;
  #batch?: Batch;
  #owed = 0;
  #wanted = false;
  #inputEnded = false;
  #open = true;

  constructor(name: string, text: Uint8Array) {
    this.info = { name };
    this.#text = text;
    this.readable = new ReadableStream<Batch>({
      start: (controller) => {
        this.#reading = controller;
      },
      pull: () => {
        this.#wanted = true;
        this.#reply();
      },
      cancel: () => {
        this.#open = false;
      },
    }, { highWaterMark: 0 });
    this.writable = new WritableStream<Batch>({
      start: (controller) => {
        this.#writing = controller;
      },
      write: (batch) => {
        for (let i = 0; i < batch.length; i++) {
          if (batch.isLast(i)) this.#owed++;
        }
        this.#reply();
      },
      close: () => {
        this.#inputEnded = true;
        this.#reply();
      },
      abort: (reason) => {
        if (this.#open) this.#reading.error(reason);
        this.#open = false;
      },
    }, { highWaterMark: 1 });
  }

  /** Hands over some of the answers that are owed, if somebody wants them. */
  #reply(): void {
    if (!this.#open) return;
    if (this.#owed > 0 && this.#wanted) {
      this.#wanted = false;
      const most = Math.floor(BATCH_SIZE / Math.max(1, this.#text.length));
      const count = Math.min(this.#owed, BATCH_LENGTH, Math.max(1, most));
      this.#owed -= count;
      this.#reading.enqueue(this.#replies(count));
    }
    if (this.#owed === 0 && this.#inputEnded) this.#end();
  }

  /** The text `count` times, written anew because the consumer may have changed the last ones. */
  #replies(count: number): Batch {
    const length = this.#text.length;
    let batch = this.#batch;
    if (batch === undefined || batch.bytes.length < count * length) {
      batch = this.#batch = new Batch(new Uint8Array(count * length), count);
    }
    batch.clear();
    for (let i = 0, at = 0; i < count; i++, at += length) {
      batch.bytes.set(this.#text, at);
      batch.push(at, at + length, BYTES);
    }
    return batch;
  }

  #end(): void {
    if (this.#open) this.#reading.close();
    this.#open = false;
  }

  close(): void {
    this.#end();
    this.#writing.error(closedError(this.info.name));
  }
}
