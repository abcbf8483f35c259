/**
 * The bytes of a peer for an overlay that reads them into a buffer of its own
 * and leaves what is written alone.
 *
 * @module
 */
import { type ByteConn, connFromPeer, writableFromConn } from "../core/conn.ts";
import type { Batch } from "../core/batch.ts";
import type { Peer } from "../core/peer.ts";

/** A peer taken apart: bytes to read into a buffer, and its writable side. */
export interface ByteSource {
  /** Reads into `into`; resolves to how many bytes came, or `null` at the end. */
  read(into: Uint8Array): Promise<number | null>;
  /** Stops reading. */
  cancel(): void;
  /** What the peer takes, message bounds kept where it has them. */
  readonly writable: WritableStream<Batch>;
}

/** Takes `peer` apart; its own streams must be left alone from then on. */
export function byteSource(peer: Peer): ByteSource {
  if (peer.conn !== undefined) {
    const conn = peer.conn;
    return { read: (into) => conn.read(into), cancel() {}, writable: writableFromConn(conn) };
  }
  const readable = peer.readable;
  const conn: ByteConn = connFromPeer({
    readable,
    writable: new WritableStream(),
    info: peer.info,
    close() {},
  });
  return {
    read: (into) => conn.read(into),
    cancel: () => conn.close(),
    get writable() {
      return peer.writable;
    },
  };
}
