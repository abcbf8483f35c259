/**
 * Writing a body in chunks (RFC 9112, section 7.1).
 *
 * @module
 */
import { type ByteConn, writeAll } from "../core/conn.ts";

const encoder = new TextEncoder();
const LINE_END = encoder.encode("\r\n");
const LAST_CHUNK = encoder.encode("0\r\n\r\n");

/** Up to this length a chunk is copied to go out in one write with its size. */
const SMALL = 16 * 1024;
/** Room for the size, two line ends, and a small chunk. */
const ROOM = SMALL + 16;

/** Writes chunks to a connection. One write at a time. */
export class ChunkWriter {
  readonly #conn: Pick<ByteConn, "write">;
  #scratch?: Uint8Array<ArrayBuffer>;

  /** `conn` gets nothing but the chunks. */
  constructor(conn: Pick<ByteConn, "write">) {
    this.#conn = conn;
  }

  /** Writes one chunk. An empty one would end the body, so nothing is written for it. */
  async write(bytes: Uint8Array): Promise<void> {
    const { length } = bytes;
    if (length === 0) return;
    const size = `${length.toString(16)}\r\n`;
    if (length > SMALL) {
      await writeAll(this.#conn, encoder.encode(size));
      await writeAll(this.#conn, bytes);
      await writeAll(this.#conn, LINE_END);
      return;
    }
    const scratch = this.#scratch ??= new Uint8Array(ROOM);
    const { written } = encoder.encodeInto(size, scratch);
    scratch.set(bytes, written);
    scratch.set(LINE_END, written + length);
    await writeAll(this.#conn, scratch.subarray(0, written + length + LINE_END.length));
  }

  /** Ends the body. */
  async end(): Promise<void> {
    await writeAll(this.#conn, LAST_CHUNK);
  }
}
