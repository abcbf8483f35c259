/**
 * A connection in memory whose other end is the test.
 *
 * @module
 */
import type { ByteConn } from "../../lib/core/conn.ts";
import type { ConnectionOptions } from "../../lib/websocket/connection.ts";
import { webSocketPeer } from "../../lib/websocket/connection.ts";
import type { Peer } from "../../lib/core/peer.ts";
import { type Bytes, concat, type ReadFrame, readFrames } from "./frames.ts";

/** Bytes go in with {@linkcode push}, and come out in {@linkcode written}. */
export class MemoryConn implements ByteConn {
  /** All that was written. */
  written: Bytes = new Uint8Array(0);
  closed = false;
  writeClosed = false;
  /** How many reads are under way; there must never be two. */
  reading = 0;
  /** How many writes are under way; there must never be two. */
  writing = 0;
  /** The most bytes that one write takes. */
  mostPerWrite = Infinity;
  readonly #incoming: (Bytes | Error | null)[] = [];
  #reader?: PromiseWithResolvers<void>;
  #gate?: PromiseWithResolvers<void>;
  #failure?: Error;
  readonly #watchers = new Set<() => void>();

  /** Bytes come from the other end. */
  push(...parts: Bytes[]): void {
    this.#arrive(concat(...parts));
  }

  /** The other end has ended its half. */
  end(): void {
    this.#arrive(null);
  }

  /** Reading fails. */
  fail(error: Error): void {
    this.#arrive(error);
  }

  #arrive(arrival: Bytes | Error | null): void {
    this.#incoming.push(arrival);
    this.#reader?.resolve();
  }

  /** The other end takes nothing more, until {@linkcode unblock}. */
  block(): void {
    if (this.#gate !== undefined) return;
    this.#gate = Promise.withResolvers();
    this.#gate.promise.catch(() => {}); // Perhaps nobody is writing.
  }

  unblock(): void {
    this.#gate?.resolve();
    this.#gate = undefined;
  }

  /** Writing fails from now on. */
  failWrites(error: Error): void {
    this.#failure = error;
    this.#gate?.reject(error);
  }

  async read(into: Uint8Array): Promise<number | null> {
    if (this.reading > 0) throw new Error("two reads at once");
    this.reading++;
    this.#changed();
    try {
      while (this.#incoming.length === 0) {
        this.#throwIfClosed();
        this.#reader = Promise.withResolvers();
        await this.#reader.promise;
      }
      this.#throwIfClosed();
      const next = this.#incoming[0];
      if (next === null) return null;
      if (next instanceof Error) throw next;
      const length = Math.min(into.length, next.length);
      into.set(next.subarray(0, length));
      if (length < next.length) this.#incoming[0] = next.subarray(length);
      else this.#incoming.shift();
      return length;
    } finally {
      this.reading--;
      this.#changed();
    }
  }

  async write(bytes: Uint8Array): Promise<number> {
    if (this.writing > 0) throw new Error("two writes at once");
    this.writing++;
    this.#changed();
    try {
      await this.#gate?.promise;
      this.#throwIfClosed();
      if (this.writeClosed) throw new Error("written after the end");
      if (this.#failure !== undefined) throw this.#failure;
      const taken = bytes.subarray(0, this.mostPerWrite);
      this.written = concat(this.written, taken as Bytes);
      return taken.length;
    } finally {
      this.writing--;
      this.#changed();
    }
  }

  closeWrite(): Promise<void> {
    this.#throwIfClosed();
    this.writeClosed = true;
    this.#changed();
    return Promise.resolve();
  }

  close(): void {
    this.#throwIfClosed();
    this.closed = true;
    this.#reader?.resolve();
    this.#gate?.reject(new Deno.errors.Interrupted("operation canceled"));
    this.#changed();
  }

  #throwIfClosed(): void {
    if (this.closed) throw new Deno.errors.BadResource("Bad resource ID");
  }

  #changed(): void {
    for (const watcher of this.#watchers) watcher();
  }

  /** Resolves as soon as `condition` holds. */
  async until(condition: (conn: this) => boolean): Promise<void> {
    if (condition(this)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const watcher = () => condition(this) && resolve();
    this.#watchers.add(watcher);
    await promise;
    this.#watchers.delete(watcher);
  }

  /** The frames that were written, once there are `count`. */
  async frames(count: number): Promise<ReadFrame[]> {
    await this.until(() => this.#whole().length >= count);
    return this.#whole();
  }

  #whole(): ReadFrame[] {
    try {
      return readFrames(this.written);
    } catch {
      return []; // A frame is still being written.
    }
  }
}

/** How the connections of these tests behave unless they say something else. */
const OPTIONS: ConnectionOptions = {
  role: "server",
  kind: "keep",
  maxFrame: 2 ** 26,
  maxMessage: 2 ** 26,
  sendClose: true,
  closeStatus: { code: 1000, reason: "" },
  closeTimeout: 60,
  maxPongs: Infinity,
  keepalive: {},
};

/** A WebSocket over a connection in memory. */
export function connect(
  options: Partial<ConnectionOptions> = {},
  rest: Bytes = new Uint8Array(0),
): { conn: MemoryConn; peer: Peer } {
  const conn = new MemoryConn();
  const peer = webSocketPeer(conn, rest, { name: "ws:test" }, { ...OPTIONS, ...options });
  return { conn, peer };
}
