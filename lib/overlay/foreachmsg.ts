/**
 * A connection of its own for each message.
 *
 * @module
 */
import { Batch, CONTINUED, MORE } from "../core/batch.ts";
import { connector, type Opener, type OpenRequest } from "../core/opener.ts";
import type { Peer, PeerInfo } from "../core/peer.ts";

/** An opener whose peer opens `inner` for each message; `waitRead` takes the replies first. */
export function foreachmsg(inner: Opener, waitRead: boolean): Opener {
  return connector((request) => Promise.resolve(new ForEachMessage(inner, request, waitRead)));
}

/** The connection of one message. */
interface Current {
  readonly peer: Peer;
  readonly reader: ReadableStreamDefaultReader<Batch>;
  readonly writer: WritableStreamDefaultWriter<Batch>;
  /** Resolves when all that comes from it has been read, or nobody wants it. */
  readonly read: PromiseWithResolvers<void>;
}

class ForEachMessage implements Peer {
  readonly readable: ReadableStream<Batch>;
  readonly writable: WritableStream<Batch>;
  /** Whoever waits for replies needs somebody to read them. */
  readonly mustRead: boolean;
  readonly #inner: Opener;
  readonly #request: OpenRequest;
  readonly #waitRead: boolean;
  readonly #stop = new AbortController();
  readonly #onAbort: () => void;
  #info: PeerInfo = { name: "foreachmsg:" };
  #current?: Current;
  /** Resolves when there is another connection to read from, or none will come. */
  #change = Promise.withResolvers<void>();
  #ended = false;
  #unread = false;
  #failure?: { error: unknown };
  readonly #one = new Batch(new Uint8Array(0), 1);

  constructor(inner: Opener, request: OpenRequest, waitRead: boolean) {
    this.#inner = inner;
    this.#request = request;
    this.#waitRead = waitRead;
    this.mustRead = waitRead;
    this.#onAbort = () => this.#stop.abort(request.signal.reason);
    if (request.signal.aborted) this.#onAbort();
    else request.signal.addEventListener("abort", this.#onAbort, { once: true });
    this.readable = new ReadableStream<Batch>({
      pull: (controller) => this.#pull(controller),
      cancel: () => {
        this.#unread = true;
        if (this.#current !== undefined) this.#drain(this.#current);
      },
    }, { highWaterMark: 0 });
    this.writable = new WritableStream<Batch>({
      write: (batch) => this.#write(batch),
      close: () => this.#end(),
      abort: async () => {
        await this.#drop();
        this.#end();
      },
    }, { highWaterMark: 1 });
  }

  get info(): PeerInfo {
    return this.#info;
  }

  async #write(batch: Batch): Promise<void> {
    for (let i = 0; i < batch.length; i++) {
      const flags = batch.flags(i);
      try {
        const current = flags & CONTINUED && this.#current || await this.#open();
        await current.writer.write(this.#entry(batch, i));
        if (flags & MORE) continue;
        await current.writer.close();
        if (this.#waitRead) await this.#waitFor(current);
        if (this.#failure !== undefined) throw this.#failure.error;
      } catch (error) {
        this.#fail(error);
        throw error;
      }
    }
  }

  /** Entry `i` as a batch of its own over the same bytes. */
  #entry(batch: Batch, i: number): Batch {
    if (batch.length === 1) return batch;
    if (batch.shared) {
      const share = batch.share(i);
      share.truncate(1);
      return share;
    }
    const one = this.#one;
    one.clear();
    one.bytes = batch.bytes;
    // What lies before it has been written.
    one.floor = i === 0 ? batch.floor : batch.end(i - 1);
    one.push(batch.start(i), batch.end(i), batch.flags(i));
    return one;
  }

  async #open(): Promise<Current> {
    await this.#drop();
    const { signal } = this.#stop;
    signal.throwIfAborted();
    const peer = await this.#inner.open({ ...this.#request, signal });
    if (signal.aborted) {
      await peer.close();
      throw signal.reason;
    }
    this.#info = peer.info;
    const current: Current = {
      peer,
      reader: peer.readable.getReader(),
      writer: peer.writable.getWriter(),
      read: Promise.withResolvers<void>(),
    };
    current.writer.closed.catch(() => {}); // Whoever writes hears of it.
    current.reader.closed.catch(() => {});
    this.#current = current;
    this.#changed();
    if (this.#unread) this.#drain(current);
    return current;
  }

  async #waitFor(current: Current): Promise<void> {
    await current.read.promise;
    await this.#drop();
  }

  /** Closes the current connection, whatever it may still have to say. */
  async #drop(): Promise<void> {
    const current = this.#current;
    if (current === undefined) return;
    this.#current = undefined;
    current.read.resolve();
    const reason = new Error("the message's connection was closed");
    current.reader.cancel(reason).catch(() => {});
    current.writer.abort(reason).catch(() => {});
    await current.peer.close();
  }

  #changed(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers<void>();
  }

  async #pull(controller: ReadableStreamDefaultController<Batch>): Promise<void> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.error;
      const current = this.#current;
      if (current === undefined) {
        if (this.#ended) {
          controller.close();
          return;
        }
        await this.#change.promise;
        continue;
      }
      try {
        const { value, done } = await current.reader.read();
        if (!done) {
          controller.enqueue(value);
          return;
        }
      } catch (error) {
        if (this.#current === current) {
          this.#fail(error);
          throw error;
        }
      }
      current.read.resolve();
      // It stays current until the next message, for its write side may still be in use.
      if (this.#current === current && !this.#ended) await this.#change.promise;
      else if (this.#current === current) await this.#drop();
    }
  }

  /** Reads what nobody wants, so that the other end can finish. */
  async #drain(current: Current): Promise<void> {
    try {
      while (!(await current.reader.read()).done);
    } catch {
      // It was dropped, or failed with data that nobody wanted.
    }
    current.read.resolve();
  }

  #end(): void {
    this.#ended = true;
    this.#changed();
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#current?.read.resolve();
    this.#changed();
  }

  async close(): Promise<void> {
    this.#request.signal.removeEventListener("abort", this.#onAbort);
    this.#stop.abort(new Error("the connection was closed"));
    this.#end();
    await this.#drop();
  }
}
