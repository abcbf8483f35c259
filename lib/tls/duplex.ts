/**
 * A byte connection as a Node.js stream, for `node:tls` to stand on.
 *
 * @module
 */
import { Duplex } from "node:stream";
import { type ByteConn, closeQuietly, writeAll } from "../core/conn.ts";

/** Room for four TLS records of the greatest size. */
const READ_SIZE = 4 * (16 * 1024 + 256);

/** Whoever takes what is read. */
export interface Taker {
  /** Resolves when more may be read; `node:tls` itself goes on reading when it is paused. */
  ready(): Promise<void> | undefined;
  /** Called at the end, when all that came before has been passed on. */
  ended(): void;
}

/** A stream of what `conn` carries. Destroying it closes `conn`. */
export function duplexFromConn(conn: ByteConn, taker: Taker): Duplex {
  let buffer: Uint8Array | undefined;
  let settling: ReturnType<typeof setTimeout> | undefined;
  let closed = false;
  const read = async () => {
    await taker.ready();
    buffer ??= new Uint8Array(READ_SIZE);
    const length = await conn.read(buffer);
    if (length === null) {
      if (closed) return null;
      await new Promise((resolve) => settling = setTimeout(resolve, 0));
      taker.ended();
      return null;
    }
    // What is pushed is kept until it is decrypted, so it cannot be the buffer itself.
    return buffer.slice(0, length);
  };
  return new Duplex({
    allowHalfOpen: true,
    read() {
      read().then((bytes) => this.push(bytes), (error) => this.destroy(error));
    },
    write(chunk: Uint8Array, _encoding, done) {
      writeAll(conn, chunk).then(() => done(), done);
    },
    final(done) {
      conn.closeWrite().then(() => done(), done);
    },
    destroy(error, done) {
      closed = true;
      clearTimeout(settling);
      closeQuietly(conn);
      done(error);
    },
  });
}
