/**
 * A connection of which something was read already.
 *
 * @module
 */
import type { ByteConn } from "../core/conn.ts";

/** A connection like `conn` that gives `first` before anything else; `conn` itself if that is empty. */
export function prefixedConn(conn: ByteConn, first: Uint8Array): ByteConn {
  return first.length === 0 ? conn : new PrefixedConn(conn, first);
}

class PrefixedConn implements ByteConn {
  readonly #conn: ByteConn;
  #first: Uint8Array | undefined;

  constructor(conn: ByteConn, first: Uint8Array) {
    this.#conn = conn;
    this.#first = first;
  }

  read(into: Uint8Array): Promise<number | null> {
    const first = this.#first;
    if (first === undefined) return this.#conn.read(into);
    const length = Math.min(into.length, first.length);
    into.set(first.subarray(0, length));
    this.#first = length < first.length ? first.subarray(length) : undefined;
    return Promise.resolve(length);
  }

  write(bytes: Uint8Array): Promise<number> {
    return this.#conn.write(bytes);
  }

  closeWrite(): Promise<void> {
    return this.#conn.closeWrite();
  }

  close(): void {
    this.#conn.close();
  }
}
