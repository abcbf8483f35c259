/**
 * A byte connection as a Node.js stream, for `node:tls` to stand on.
 *
 * @module
 */
import { Duplex } from "node:stream";
import { type ByteConn, closeQuietly, writeAll } from "../core/conn.ts";

/** Large enough for four TLS records of the greatest size. */
const READ_SIZE = 64 * 1024 + 256;

/** A stream of what `conn` carries. Destroying it closes `conn`. */
export function duplexFromConn(conn: ByteConn): Duplex {
  let buffer: Uint8Array | undefined;
  return new Duplex({
    allowHalfOpen: true,
    read() {
      buffer ??= new Uint8Array(READ_SIZE);
      conn.read(buffer).then(
        // What is pushed is kept until it is decrypted, so it cannot be the buffer itself.
        (length) => this.push(length === null ? null : buffer!.slice(0, length)),
        (error) => this.destroy(error),
      );
    },
    write(chunk: Uint8Array, _encoding, done) {
      writeAll(conn, chunk).then(() => done(), done);
    },
    final(done) {
      conn.closeWrite().then(() => done(), done);
    },
    destroy(error, done) {
      closeQuietly(conn);
      done(error);
    },
  });
}
