/**
 * Two byte connections in memory, each the other end of the other.
 *
 * @module
 */
import type { ByteConn } from "../core/conn.ts";

/**
 * A pair of connections. Each direction holds at most `capacity` bytes that were
 * written and not yet read; more wait.
 */
export function connectionPair(capacity: number): [ByteConn, ByteConn] {
  const there = new Pipe(capacity);
  const back = new Pipe(capacity);
  return [new PipeEnd(back, there), new PipeEnd(there, back)];
}

class PipeEnd implements ByteConn {
  readonly #in: Pipe;
  readonly #out: Pipe;

  constructor(from: Pipe, to: Pipe) {
    this.#in = from;
    this.#out = to;
  }

  read(into: Uint8Array): Promise<number | null> {
    return this.#in.read(into);
  }

  write(bytes: Uint8Array): Promise<number> {
    return this.#out.write(bytes);
  }

  closeWrite(): Promise<void> {
    this.#out.end();
    return Promise.resolve();
  }

  close(): void {
    this.#in.break();
    this.#out.end();
  }
}

/** One direction: a ring of bytes. */
class Pipe {
  readonly #capacity: number;
  #ring?: Uint8Array;
  #start = 0;
  #length = 0;
  #ended = false;
  #broken = false;
  #change = Promise.withResolvers<void>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  async read(into: Uint8Array): Promise<number | null> {
    if (into.length === 0) return 0;
    while (this.#length === 0) {
      if (this.#broken) throw new Deno.errors.Interrupted("the connection was closed");
      if (this.#ended) return null;
      await this.#change.promise;
    }
    const length = Math.min(into.length, this.#length);
    const ring = this.#ring!;
    const head = Math.min(length, ring.length - this.#start);
    into.set(ring.subarray(this.#start, this.#start + head));
    into.set(ring.subarray(0, length - head), head);
    this.#start = (this.#start + length) % ring.length;
    this.#length -= length;
    this.#changed();
    return length;
  }

  async write(bytes: Uint8Array): Promise<number> {
    if (bytes.length === 0) return 0;
    while (this.#length === this.#capacity && !this.#broken && !this.#ended) {
      await this.#change.promise;
    }
    if (this.#broken || this.#ended) throw new Deno.errors.BrokenPipe("broken pipe");
    const ring = this.#ring ??= new Uint8Array(this.#capacity);
    const length = Math.min(bytes.length, ring.length - this.#length);
    const at = (this.#start + this.#length) % ring.length;
    const head = Math.min(length, ring.length - at);
    ring.set(bytes.subarray(0, head), at);
    ring.set(bytes.subarray(head, length));
    this.#length += length;
    this.#changed();
    return length;
  }

  /** Nothing more will be written. */
  end(): void {
    this.#ended = true;
    this.#changed();
  }

  /** Nothing more will be read. */
  break(): void {
    this.#broken = true;
    this.#length = 0;
    this.#changed();
  }

  #changed(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers<void>();
  }
}
