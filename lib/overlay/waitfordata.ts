/**
 * A connection that is made when there is something to write.
 *
 * @module
 */
import type { Batch } from "../core/batch.ts";
import { connector, type Opener, type OpenRequest } from "../core/opener.ts";
import type { Ending, Peer, PeerInfo } from "../core/peer.ts";

/** An opener whose peer opens `inner` at the first write. */
export function waitForData(inner: Opener): Opener {
  return connector((request) => Promise.resolve(new LatePeer(inner, request)));
}

class LatePeer implements Peer {
  readonly readable: ReadableStream<Batch>;
  readonly writable: WritableStream<Batch>;
  /** It may become one that has to be read. */
  readonly mustRead = true;
  readonly #inner: Opener;
  readonly #request: OpenRequest;
  readonly #stop = new AbortController();
  readonly #onAbort: () => void;
  /** Resolves to the peer below; to nothing if there is never going to be one. */
  readonly #arrival = Promise.withResolvers<Peer | undefined>();
  #peer?: Peer;
  #reader?: ReadableStreamDefaultReader<Batch>;
  #writer?: WritableStreamDefaultWriter<Batch>;
  #cancelled?: { reason: unknown };

  constructor(inner: Opener, request: OpenRequest) {
    this.#inner = inner;
    this.#request = request;
    this.#arrival.promise.catch(() => {}); // Whoever reads or writes hears of it.
    this.#onAbort = () => {
      this.#stop.abort(request.signal.reason);
      this.#arrival.reject(request.signal.reason);
    };
    if (request.signal.aborted) this.#onAbort();
    else request.signal.addEventListener("abort", this.#onAbort, { once: true });
    this.readable = new ReadableStream<Batch>({
      pull: (controller) => this.#pull(controller),
      cancel: (reason) => {
        this.#cancelled = { reason };
        return this.#reader?.cancel(reason);
      },
    }, { highWaterMark: 0 });
    this.writable = new WritableStream<Batch>({
      write: (batch) => this.#write(batch),
      close: () => {
        this.#arrival.resolve(undefined);
        return this.#writer?.close();
      },
      abort: (reason) => {
        this.#arrival.resolve(undefined);
        return this.#writer?.abort(reason);
      },
    }, { highWaterMark: 1 });
  }

  get info(): PeerInfo {
    return this.#peer?.info ?? { name: "waitfordata:" };
  }

  get closed(): Promise<Ending> | undefined {
    return this.#peer?.closed;
  }

  async #write(batch: Batch): Promise<void> {
    if (batch.length === 0) return;
    const writer = this.#writer ?? await this.#open();
    await writer.write(batch);
  }

  async #open(): Promise<WritableStreamDefaultWriter<Batch>> {
    const { signal } = this.#stop;
    try {
      signal.throwIfAborted();
      const peer = await this.#inner.open({ ...this.#request, signal });
      if (signal.aborted) {
        await peer.close();
        throw signal.reason;
      }
      this.#peer = peer;
      this.#writer = peer.writable.getWriter();
      this.#writer.closed.catch(() => {}); // Whoever writes hears of it.
      this.#reader = peer.readable.getReader();
      this.#reader.closed.catch(() => {});
      if (this.#cancelled !== undefined) {
        this.#reader.cancel(this.#cancelled.reason).catch(() => {});
      }
      this.#arrival.resolve(peer);
      return this.#writer;
    } catch (error) {
      this.#arrival.reject(error);
      throw error;
    }
  }

  async #pull(controller: ReadableStreamDefaultController<Batch>): Promise<void> {
    if (this.#reader === undefined && await this.#arrival.promise === undefined) {
      controller.close();
      return;
    }
    const { value, done } = await this.#reader!.read();
    if (done) controller.close();
    else controller.enqueue(value);
  }

  async shutdown(code?: number): Promise<void> {
    const peer = this.#peer;
    if (peer?.shutdown !== undefined) await peer.shutdown(code);
    else await this.#writer?.close().catch(() => {}); // It may have been closed before.
  }

  async close(): Promise<void> {
    this.#request.signal.removeEventListener("abort", this.#onAbort);
    this.#stop.abort(new Error("the connection was closed"));
    this.#arrival.resolve(undefined);
    await this.#peer?.close();
  }
}
