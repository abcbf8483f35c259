/**
 * A peer that connects again whenever the connection below ends.
 *
 * @module
 */
import { Batch, CONTINUED, MORE } from "../core/batch.ts";
import { reasonOf, WirecatError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import {
  Answered,
  connector,
  type Listener,
  type Opener,
  type OpenRequest,
} from "../core/opener.ts";
import type { Peer, PeerInfo } from "../core/peer.ts";
import { sleep } from "../core/sleep.ts";
import { backoff, type BackoffOptions } from "./backoff.ts";

/** What {@linkcode autoreconnect} can be told. */
export interface AutoreconnectOptions extends BackoffOptions {
  /** How many attempts in a row may fail before the peer fails; no limit if not given. */
  readonly maxAttempts?: number;
  /** Where failures are told. */
  readonly log: Log;
}

/** A connection that lived for so many milliseconds was a good one, whatever came of it. */
const GOOD_AFTER = 1000;

/** An opener whose peer outlives the connections below it. */
export function autoreconnect(inner: Opener, options: AutoreconnectOptions): Opener {
  return connector((request) => Promise.resolve(new Reconnector(inner, request, options)));
}

/** One connection below. */
interface Connection {
  readonly peer: Peer;
  readonly reader: ReadableStreamDefaultReader<Batch>;
  readonly writer: WritableStreamDefaultWriter<Batch>;
  readonly since: number;
  gotData: boolean;
}

class Reconnector implements Peer {
  readonly readable: ReadableStream<Batch>;
  readonly writable: WritableStream<Batch>;
  /** Its end is seen by reading. */
  readonly mustRead = true;
  readonly #inner: Opener;
  readonly #request: OpenRequest;
  readonly #options: AutoreconnectOptions;
  readonly #stop = new AbortController();
  readonly #onAbort: () => void;
  #info: PeerInfo = { name: "autoreconnect:" };
  #connection?: Connection;
  #connecting?: Promise<Connection>;
  #clients?: { listening: Listener; next: AsyncIterator<Opener> };
  #failures = 0;
  #pause = 0;
  #connectedOnce = false;
  #writeEnded = false;
  /** The connection that has got the beginning of a message whose rest is to come. */
  #writingTo?: Connection;
  #readingKind?: number;
  #kept?: Batch;

  constructor(inner: Opener, request: OpenRequest, options: AutoreconnectOptions) {
    this.#inner = inner;
    this.#request = request;
    this.#options = options;
    this.#onAbort = () => this.#stop.abort(request.signal.reason);
    if (request.signal.aborted) this.#onAbort();
    else request.signal.addEventListener("abort", this.#onAbort, { once: true });
    this.readable = new ReadableStream<Batch>({
      pull: (controller) => this.#read(controller),
      cancel: () => this.#discard(),
    }, { highWaterMark: 0 });
    this.writable = new WritableStream<Batch>({
      write: (batch) => this.#write(batch),
      close: () => this.#endWriting(),
      abort: (reason) => {
        this.#writeEnded = true;
        this.#connection?.writer.abort(reason).catch(() => {});
      },
    }, { highWaterMark: 1 });
    this.#connect().catch(() => {}); // Whoever reads or writes hears of it.
  }

  get info(): PeerInfo {
    return this.#info;
  }

  /** The live connection, or the next one. */
  #connect(): Promise<Connection> {
    if (this.#connection !== undefined) return Promise.resolve(this.#connection);
    return this.#connecting ??= this.#attempt().finally(() => this.#connecting = undefined);
  }

  async #attempt(): Promise<Connection> {
    const { signal } = this.#stop;
    for (;;) {
      signal.throwIfAborted();
      if (this.#pause > 0) await sleep(this.#pause, signal);
      let peer: Peer;
      try {
        peer = await this.#open({ ...this.#request, signal });
      } catch (error) {
        signal.throwIfAborted();
        this.#failed(error);
        continue;
      }
      if (signal.aborted) {
        await peer.close();
        throw signal.reason;
      }
      this.#info = peer.info;
      this.#options.log.info(`${this.#connectedOnce ? "re" : ""}connected to ${peer.info.name}`);
      this.#connectedOnce = true;
      const connection: Connection = {
        peer,
        reader: peer.readable.getReader(),
        writer: peer.writable.getWriter(),
        since: performance.now(),
        gotData: false,
      };
      connection.writer.closed.catch(() => {}); // Whoever writes hears of it.
      connection.reader.closed.catch(() => {});
      return this.#connection = connection;
    }
  }

  /** Opens one peer; of a listener the next client, while it goes on listening. */
  async #open(request: OpenRequest): Promise<Peer> {
    if (this.#inner.listen === undefined) return this.#inner.open(request);
    if (this.#clients === undefined) {
      const listening = await this.#inner.listen(request);
      if (request.signal.aborted) {
        listening.close();
        throw request.signal.reason;
      }
      this.#clients = { listening, next: listening[Symbol.asyncIterator]() };
    }
    for (;;) {
      const { value, done } = await this.#clients.next.next();
      if (done) {
        this.#clients = undefined;
        throw new WirecatError("connection", "the listener was closed");
      }
      try {
        return await value.open(request);
      } catch (error) {
        request.signal.throwIfAborted();
        if (!(error instanceof Answered)) this.#options.log.failure(error);
      }
    }
  }

  /** An attempt has come to nothing: throws if it was the last one. */
  #failed(error: unknown): void {
    const { log, maxAttempts } = this.#options;
    this.#failures++;
    const reason = reasonOf(error);
    const { kind, hint } = error instanceof WirecatError
      ? error
      : { kind: "connection" as const, hint: undefined };
    if (maxAttempts !== undefined && this.#failures >= maxAttempts) {
      const times = maxAttempts === 1 ? "1 attempt" : `${maxAttempts} attempts`;
      const failure = new WirecatError(kind, `gave up after ${times}: ${reason}`, {
        hint,
        cause: error,
      });
      this.#stop.abort(failure);
      throw failure;
    }
    this.#pause = backoff(this.#failures, this.#options);
    if (this.#failures === 1) log.warn(`${reason}; trying again until it works`, hint);
    else log.info(`attempt ${this.#failures}: ${reason}; again in ${Math.round(this.#pause)} ms`);
  }

  /** A connection has ended. Reading and writing may both say so. */
  #lost(connection: Connection, error?: unknown): void {
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    this.#drop(connection);
    const { log, delay } = this.#options;
    const name = connection.peer.info.name;
    const reason = error === undefined ? "ended" : `failed: ${reasonOf(error)}`;
    const good = performance.now() - connection.since >= GOOD_AFTER;
    if (good || connection.gotData || this.#clients !== undefined) {
      log.info(`the connection to ${name} ${reason}; connecting again`);
      this.#failures = 0;
      // One that said something and ended at once could do so for ever.
      this.#pause = good || this.#clients !== undefined ? 0 : delay;
      return;
    }
    this.#failed(
      new WirecatError("connection", `the connection to ${name} ${reason} at once`, {
        cause: error,
      }),
    );
  }

  #drop({ peer, reader, writer }: Connection): void {
    const reason = new Error("the connection has ended");
    reader.cancel(reason).catch(() => {});
    writer.abort(reason).catch(() => {});
    Promise.resolve(peer.close()).catch((e) => this.#options.log.debug(reasonOf(e)));
  }

  async #read(controller: ReadableStreamDefaultController<Batch>): Promise<void> {
    const batch = await this.#next();
    if (batch === undefined) controller.close();
    else controller.enqueue(batch);
  }

  /** The next batch from any connection; nothing after {@linkcode close}. */
  async #next(): Promise<Batch | undefined> {
    for (;;) {
      let connection: Connection;
      try {
        connection = await this.#connect();
      } catch (error) {
        if (this.#stop.signal.reason === CLOSED) return undefined;
        throw error;
      }
      let failure: unknown;
      try {
        const { value, done } = await connection.reader.read();
        if (!done) {
          connection.gotData = true;
          if (value.length === 0) continue;
          const last = value.length - 1;
          this.#readingKind = value.flags(last) & MORE ? value.kind(last) : undefined;
          return value;
        }
      } catch (error) {
        failure = error;
      }
      if (this.#stop.signal.reason === CLOSED) return undefined;
      this.#lost(connection, failure);
      if (this.#readingKind !== undefined) {
        const kind = this.#readingKind;
        this.#readingKind = undefined;
        this.#options.log.warn("the connection ended in the middle of a message, which is cut");
        return Batch.of(new Uint8Array(0), kind | CONTINUED);
      }
    }
  }

  /** Reads on until the peer is closed, although nobody wants the data, to see connections end. */
  #discard(): void {
    const all = async () => {
      while (await this.#next() !== undefined);
    };
    all().catch(() => {}); // Whoever writes hears of it.
  }

  async #write(batch: Batch): Promise<void> {
    if (batch.length === 0) return;
    // A writer may change the bytes that it writes, and fail; a share it may not.
    const kept = batch.shared ? batch : this.#kept = batch.copy(this.#kept);
    let from = 0;
    for (let first = true;; first = false) {
      const connection = await this.#connect();
      if (this.#writingTo !== connection) {
        // The rest of a message is of no use to a connection without its beginning.
        while (from < kept.length && kept.flags(from) & CONTINUED) from++;
        if (from > 0 && this.#writingTo !== undefined) {
          this.#options.log.warn(
            "a long message is lost: its connection ended in the middle of it",
          );
        }
        this.#writingTo = undefined;
        if (from === kept.length) return;
      }
      const more = kept.flags(kept.length - 1) & MORE;
      try {
        await connection.writer.write(first && from === 0 ? batch : kept.share(from));
        this.#writingTo = more ? connection : undefined;
        return;
      } catch (error) {
        this.#stop.signal.throwIfAborted();
        this.#lost(connection, error);
      }
    }
  }

  /** Ends the connection's write side in order. What it still has to say is read. */
  async #endWriting(): Promise<void> {
    this.#writeEnded = true;
    const connection = this.#connection;
    if (connection === undefined) return;
    try {
      await connection.writer.close();
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#options.log.info(`closing: ${reasonOf(error)}`);
    }
  }

  async shutdown(code?: number): Promise<void> {
    const connection = this.#connection;
    this.#stop.abort(CLOSED);
    if (connection?.peer.shutdown !== undefined) await connection.peer.shutdown(code);
    else if (!this.#writeEnded) await connection?.writer.close().catch(() => {});
  }

  async close(): Promise<void> {
    this.#request.signal.removeEventListener("abort", this.#onAbort);
    this.#stop.abort(CLOSED);
    this.#clients?.listening.close();
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection === undefined) return;
    const reason = new Error("the connection was closed");
    connection.reader.cancel(reason).catch(() => {});
    connection.writer.abort(reason).catch(() => {});
    await connection.peer.close();
  }
}

/** Why everything stops when the peer is closed. */
const CLOSED = new Error("the connection was closed");
