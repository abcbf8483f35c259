/**
 * Datagrams that arrived and nobody has read yet.
 *
 * @module
 */
import { Batch, BYTES } from "../core/batch.ts";

/** How much a {@linkcode DatagramQueue} holds. */
export interface DatagramQueueOptions {
  /** The most datagrams that wait; further ones are dropped. */
  readonly maxCount: number;
  /** The most bytes that wait. One datagram is always taken. */
  readonly maxBytes: number;
  /** What is beyond so many bytes of a datagram is cut off. */
  readonly maxDatagram: number;
  /** Whether a batch never has more than one datagram. */
  readonly single?: boolean;
  /** Called for each datagram that finds no room. */
  readonly onDrop: () => void;
}

/** A buffer that has grown beyond this is given up when it is hardly used any more. */
const KEEP = 64 * 1024;

/**
 * A bounded queue whose other end is a stream. Datagrams are copied into one of two
 * buffers while the consumer has the other. A batch never mixes senders, so that who
 * answers a batch knows whom. When it is full, what arrives is dropped, as a system
 * does: the order of what is delivered stays.
 */
export class DatagramQueue<Sender> {
  /** The datagrams, as messages of kind `BYTES`. */
  readonly readable: ReadableStream<Batch>;
  readonly #options: DatagramQueueOptions;
  readonly #onDeliver?: (sender: Sender) => void;
  #filling = new Batch(new Uint8Array(0));
  #fillingSenders: Sender[] = [];
  #lent = new Batch(new Uint8Array(0));
  #lentSenders: Sender[] = [];
  /** How many entries of `#lent` were delivered. */
  #delivered = 0;
  readonly #out = new Batch(new Uint8Array(0));
  #controller!: ReadableStreamDefaultController<Batch>;
  #wake?: () => void;
  #ended = false;
  #cancelled = false;

  /** `onDeliver` is called with the sender of a batch when it is handed to the reader. */
  constructor(options: DatagramQueueOptions, onDeliver?: (sender: Sender) => void) {
    this.#options = options;
    this.#onDeliver = onDeliver;
    this.readable = new ReadableStream<Batch>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.#pull(),
      cancel: () => this.#cancel(),
    }, { highWaterMark: 0 });
  }

  /** Adds a datagram; its bytes are copied. Without a reader only its sender is taken note of. */
  push(datagram: Uint8Array, sender: Sender): void {
    if (this.#ended) {
      if (this.#cancelled) this.#onDeliver?.(sender);
      return;
    }
    const { maxCount, maxBytes, maxDatagram } = this.#options;
    const batch = this.#filling;
    const length = Math.min(datagram.length, maxDatagram);
    const at = batch.length === 0 ? 0 : batch.end(batch.length - 1);
    if (batch.length >= maxCount || (batch.length > 0 && at + length > maxBytes)) {
      this.#options.onDrop();
      return;
    }
    if (at + length > batch.bytes.length) grow(batch, at, at + length);
    batch.bytes.set(length < datagram.length ? datagram.subarray(0, length) : datagram, at);
    batch.push(at, at + length, BYTES);
    this.#fillingSenders.push(sender);
    if (this.#wake !== undefined) {
      this.#deliver();
      this.#wakeUp();
    }
  }

  /** Nothing more will come: the stream ends after what is in the queue. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#wake !== undefined) {
      this.#controller.close();
      this.#wakeUp();
    }
  }

  /** Reading failed: the stream is errored at once. */
  fail(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#drop();
    this.#controller.error(error);
    this.#wakeUp();
  }

  #pull(): void | Promise<void> {
    if (this.#delivered < this.#lent.length || this.#filling.length > 0) return this.#deliver();
    if (this.#ended) return this.#controller.close();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #cancel(): void {
    this.#cancelled = true;
    this.#ended = true;
    this.#drop();
    this.#wakeUp();
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  /** Hands the next run of datagrams of one sender to the reader. */
  #deliver(): void {
    if (this.#delivered === this.#lent.length) this.#swap();
    const lent = this.#lent;
    const out = this.#out;
    const first = this.#delivered;
    const sender = this.#lentSenders[first];
    out.clear();
    out.bytes = lent.bytes;
    out.floor = lent.start(first);
    let i = first;
    do {
      out.push(lent.start(i), lent.end(i), BYTES);
      i++;
    } while (i < lent.length && !this.#options.single && this.#lentSenders[i] === sender);
    this.#delivered = i;
    this.#onDeliver?.(sender);
    this.#controller.enqueue(out);
  }

  /** The reader is done with what it was lent: that buffer is filled next. */
  #swap(): void {
    const empty = this.#lent;
    const used = empty.length === 0 ? 0 : empty.end(empty.length - 1);
    if (empty.bytes.length > KEEP && used < empty.bytes.length >> 3) {
      empty.bytes = new Uint8Array(0);
    }
    empty.clear();
    this.#lentSenders.length = 0;
    [this.#lent, this.#filling] = [this.#filling, empty];
    [this.#lentSenders, this.#fillingSenders] = [this.#fillingSenders, this.#lentSenders];
    this.#delivered = 0;
  }

  #drop(): void {
    this.#filling = new Batch(new Uint8Array(0));
    this.#lent = new Batch(new Uint8Array(0));
    this.#fillingSenders = [];
    this.#lentSenders = [];
    this.#delivered = 0;
  }
}

function grow(batch: Batch, used: number, needed: number): void {
  const bytes = new Uint8Array(Math.max(512, needed, batch.bytes.length * 2));
  bytes.set(batch.bytes.subarray(0, used));
  batch.bytes = bytes;
}
