/**
 * What `-w` and `--idle-timeout` have to know of a connection: how much went over it, and when.
 *
 * @module
 */
import type { Batch } from "../core/batch.ts";
import { durationText } from "../core/duration.ts";
import { WirecatError } from "../core/errors.ts";
import {
  type BatchReader,
  type BatchWriter,
  readableFrom,
  readerOf,
  writableFrom,
  writerOf,
} from "../core/halves.ts";
import type { Control, Ending, Peer, PeerInfo } from "../core/peer.ts";
import { startTimer } from "../core/timer.ts";
import { Trace } from "../core/trace.ts";
import { CLOSE } from "../websocket/close.ts";

/** Messages and bytes in one direction. A read or write of a connection without messages is one. */
export interface Count {
  /** How many messages. */
  messages: number;
  /** Their bytes. */
  bytes: number;
}

/** What went over one connection, or over all of a run together. */
export class Tally {
  /** What came. */
  readonly received: Count = { messages: 0, bytes: 0 };
  /** What went. */
  readonly sent: Count = { messages: 0, bytes: 0 };
  /** When the first message came, in milliseconds since the connection was begun. */
  firstMessage?: number;
  /** What is to be connected to. */
  target?: string;
  /** What is known of the connection, once it is there. */
  info?: PeerInfo;
  /** How it has closed. */
  ending?: Ending;
  /** How often it was tried again. */
  retries = 0;
  /** Whether it is about to be tried again, after a pause. */
  pausing = false;
  /** How it was made, the last time. */
  trace!: Trace;
}

/** A trace that leads to what then goes over the connection. */
export class MeasuredTrace extends Trace {
  /** The same one for all that were made of another. */
  readonly tally: Tally;

  /** Begins a connection. */
  constructor(tally: Tally = new Tally()) {
    super();
    this.tally = tally;
    tally.trace = this;
  }

  override another(): MeasuredTrace {
    return new MeasuredTrace(this.tally);
  }
}

/** How a connection is measured. */
export interface MeasureOptions {
  /** Where it is counted. */
  readonly trace?: MeasuredTrace;
  /** How many seconds may pass without data either way. */
  readonly idle?: number;
}

/** `inner`, measured. */
export function measuredPeer(inner: Peer, options: MeasureOptions): Peer {
  return new MeasuredPeer(inner, options);
}

class MeasuredPeer implements Peer {
  readonly mustRead?: boolean;
  readonly closed?: Promise<Ending>;
  readonly shutdown?: (code?: number) => Promise<void>;
  readonly reader: BatchReader;
  readonly writer: BatchWriter;
  readonly #inner: Peer;
  readonly #trace?: MeasuredTrace;
  readonly #idle: number;
  readonly #gaveUp = Promise.withResolvers<Ending>();
  #readable?: ReadableStream<Batch>;
  #writable?: WritableStream<Batch>;
  #lastData = performance.now();
  #stopTimer?: () => void;
  #failure?: WirecatError;
  readonly #waiting = new Set<(failure: WirecatError) => void>();

  constructor(inner: Peer, { trace, idle = Infinity }: MeasureOptions) {
    this.#inner = inner;
    this.#trace = trace;
    this.#idle = idle * 1000;
    this.mustRead = inner.mustRead;
    if (inner.shutdown !== undefined) this.shutdown = (code) => inner.shutdown!(code);
    if (inner.closed !== undefined) {
      this.closed = idle === Infinity
        ? inner.closed
        : Promise.race([inner.closed, this.#gaveUp.promise]);
      if (trace !== undefined) this.closed.then((ending) => trace.tally.ending = ending);
    }
    if (trace !== undefined) trace.tally.info = inner.info;
    this.reader = this.#reader(readerOf(inner));
    this.writer = this.#writer(writerOf(inner));
    this.#watch(this.#idle);
  }

  get info(): PeerInfo {
    return this.#inner.info;
  }

  get control(): Control | undefined {
    return this.#inner.control;
  }

  get exitStatus(): Promise<number | undefined> | undefined {
    return this.#inner.exitStatus;
  }

  get readable(): ReadableStream<Batch> {
    return this.#readable ??= readableFrom(this.reader);
  }

  get writable(): WritableStream<Batch> {
    return this.#writable ??= writableFrom(this.writer);
  }

  #reader(inner: BatchReader): BatchReader {
    return {
      read: async () => {
        const batch = await this.#unlessIdle(inner.read());
        if (batch !== undefined) this.#count("received", batch);
        return batch;
      },
      cancel: (reason) => inner.cancel(reason),
    };
  }

  #writer(inner: BatchWriter): BatchWriter {
    return {
      write: async (batch) => {
        this.#count("sent", batch); // Afterwards the batch may be another one.
        await this.#unlessIdle(inner.write(batch));
        this.#lastData = performance.now();
      },
      close: () => inner.close(),
    };
  }

  #count(direction: "received" | "sent", batch: Batch): void {
    this.#lastData = performance.now();
    if (this.#trace === undefined) return;
    const { tally, began } = this.#trace;
    const count = tally[direction];
    count.bytes += batch.byteLength;
    for (let i = 0; i < batch.length; i++) if (batch.isLast(i)) count.messages++;
    if (direction === "received" && batch.length > 0) {
      tally.firstMessage ??= this.#lastData - began;
    }
  }

  #watch(delay: number): void {
    this.#stopTimer = startTimer(delay, () => {
      const left = this.#lastData + this.#idle - performance.now();
      if (left > 0) this.#watch(left);
      else this.#giveUp();
    });
  }

  /** Fails all that is under way: nothing more is waited for. */
  #giveUp(): void {
    const { name } = this.#inner.info;
    this.#failure = new WirecatError(
      "timeout",
      `${name}: no data either way for ${durationText(this.#idle / 1000)}`,
      { hint: "--idle-timeout says how long that may be" },
    );
    for (const reject of this.#waiting) reject(this.#failure);
    this.#gaveUp.resolve({ code: CLOSE.goingAway, reason: "", ours: true });
  }

  #unlessIdle<T>(work: Promise<T>): Promise<T> {
    if (this.#idle === Infinity) return work;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    if (this.#failure !== undefined) reject(this.#failure);
    this.#waiting.add(reject);
    work.then(resolve, reject).finally(() => this.#waiting.delete(reject));
    return promise;
  }

  async close(): Promise<void> {
    this.#stopTimer?.();
    await this.#inner.close();
  }
}
