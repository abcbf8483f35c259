/**
 * The raw byte connection below a peer, and the way between the two.
 *
 * @module
 */
import { Batch, BYTES } from "./batch.ts";
import { type BatchReader, type BatchWriter, readableFrom, writableFrom } from "./halves.ts";
import type { Peer, PeerInfo } from "./peer.ts";

/**
 * A duplex byte stream in the form that costs least: reads go into the caller's
 * buffer. `Deno.Conn` has this shape.
 */
export interface ByteConn {
  /** Reads into `into`; resolves to how many bytes came, or `null` at the end. */
  read(into: Uint8Array): Promise<number | null>;
  /** Writes some of `bytes`; resolves to how many were taken. */
  write(bytes: Uint8Array): Promise<number>;
  /** Says that nothing more will be written; reading goes on. */
  closeWrite(): Promise<void>;
  /** Ends both directions at once and frees what is held. */
  close(): void;
}

/** Writes all of `bytes`. */
export async function writeAll(
  conn: Pick<ByteConn, "write">,
  bytes: Uint8Array,
): Promise<void> {
  let written = await conn.write(bytes);
  while (written < bytes.length) {
    written += await conn.write(bytes.subarray(written));
  }
}

/** The smallest read buffer: what an idle connection costs. */
export const MIN_BUFFER = 512;
/** The largest read buffer of a plain byte stream. */
export const MAX_BUFFER = 256 * 1024;

/**
 * The longest entry that bytes are told as, and so the longest message that they become: many
 * WebSocket servers take no more than 64 KiB where nobody has told them otherwise.
 */
export const MAX_CHUNK: number = 64 * 1024;

/** What is left free before each read for a chunk, so that a frame's header can be put there without a copy. */
const HEADROOM = 16;

/** How large the next read buffer should be, after a read of `length` bytes into `capacity`. */
export function nextCapacity(capacity: number, length: number): number {
  if (length === capacity) return Math.min(MAX_BUFFER, capacity * 8);
  if (length < capacity >> 4) return Math.max(MIN_BUFFER, capacity >> 1);
  return capacity;
}

/** Adds `bytes[start, end)` of a byte stream to a batch, in entries of at most {@linkcode MAX_CHUNK}. */
export function pushChunks(batch: Batch, start: number, end: number): void {
  for (; end - start > MAX_CHUNK; start += MAX_CHUNK) batch.push(start, start + MAX_CHUNK, BYTES);
  batch.push(start, end, BYTES);
}

/** What {@linkcode peerFromConn} can be told beside the connection. */
export interface ConnPeerOptions {
  /** The size of the first read buffer in bytes; it grows and shrinks with traffic. */
  bufferSize?: number;
  /** The largest read and message; if not given, {@linkcode MAX_CHUNK} limits messages only. */
  maxRead?: number;
  /** Called once when the peer is closed, after the connection. */
  onClose?: () => void | Promise<void>;
}

/** A byte-oriented peer over a connection: a read is one entry of kind `BYTES`, or some if it is long. */
export function peerFromConn(conn: ByteConn, info: PeerInfo, options: ConnPeerOptions = {}): Peer {
  return new ConnPeer(conn, info, options);
}

class ConnPeer implements Peer {
  readonly info: PeerInfo;
  readonly conn: ByteConn;
  readonly #options: ConnPeerOptions;
  #reader?: BatchReader;
  #writer?: BatchWriter;
  #readable?: ReadableStream<Batch>;
  #writable?: WritableStream<Batch>;
  #closed = false;

  constructor(conn: ByteConn, info: PeerInfo, options: ConnPeerOptions) {
    this.conn = conn;
    this.info = info;
    this.#options = options;
  }

  get reader(): BatchReader {
    return this.#reader ??= new ConnReader(this.conn, this.#options);
  }

  get writer(): BatchWriter {
    return this.#writer ??= new ConnWriter(this.conn);
  }

  get readable(): ReadableStream<Batch> {
    return this.#readable ??= readableFrom(this.reader);
  }

  get writable(): WritableStream<Batch> {
    return this.#writable ??= writableFrom(this.writer);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    closeQuietly(this.conn);
    await this.#options.onClose?.();
  }
}

/** Closes a connection that may have been closed already. */
export function closeQuietly(conn: Pick<ByteConn, "close">): void {
  try {
    conn.close();
  } catch {
    // Already closed: there is nothing left to free.
  }
}

/** The reading half of a connection. Its buffer is reused from read to read. */
class ConnReader implements BatchReader {
  readonly #conn: Pick<ByteConn, "read">;
  readonly #most: number;
  #capacity: number;
  #batch?: Batch;
  #cancelled = false;

  constructor(
    conn: Pick<ByteConn, "read">,
    options: Pick<ConnPeerOptions, "bufferSize" | "maxRead">,
  ) {
    this.#conn = conn;
    this.#most = options.maxRead ?? Infinity;
    this.#capacity = Math.min(options.bufferSize ?? MIN_BUFFER, this.#most);
  }

  async read(): Promise<Batch | undefined> {
    if (this.#cancelled) return undefined;
    let batch = this.#batch;
    const room = HEADROOM * Math.ceil(this.#capacity / MAX_CHUNK);
    if (batch === undefined || batch.bytes.length !== room + this.#capacity) {
      batch = this.#batch = new Batch(new Uint8Array(room + this.#capacity), 1);
    }
    const length = await this.#conn.read(batch.bytes.subarray(room));
    if (length === null) {
      this.#batch = undefined;
      return undefined;
    }
    this.#capacity = Math.min(nextCapacity(this.#capacity, length), this.#most);
    batch.clear();
    if (this.#most === Infinity) pushChunks(batch, room, room + length);
    else batch.push(room, room + length, BYTES);
    return batch;
  }

  cancel(): Promise<void> {
    this.#cancelled = true;
    return Promise.resolve();
  }
}

/** The writing half of a connection: message bounds are lost. */
class ConnWriter implements BatchWriter {
  readonly #conn: Pick<ByteConn, "write" | "closeWrite">;

  constructor(conn: Pick<ByteConn, "write" | "closeWrite">) {
    this.#conn = conn;
  }

  async write(batch: Batch): Promise<void> {
    const bytes = batch.join();
    if (bytes.length === 0) return;
    const written = await this.#conn.write(bytes);
    if (written < bytes.length) await writeAll(this.#conn, bytes.subarray(written));
  }

  async close(): Promise<void> {
    await this.#conn.closeWrite();
  }
}

/** The writing half of a connection as a stream: message bounds are lost. */
export function writableFromConn(
  conn: Pick<ByteConn, "write" | "closeWrite">,
): WritableStream<Batch> {
  return writableFrom(new ConnWriter(conn));
}

/** The raw connection of a peer: its own, or one made over its streams. */
export function connFromPeer(peer: Peer): ByteConn {
  return peer.conn ?? new StreamConn(peer);
}

/** Bytes of any peer as a connection; message bounds are lost. */
class StreamConn implements ByteConn {
  readonly #peer: Peer;
  readonly #reader: ReadableStreamDefaultReader<Batch>;
  readonly #writer: WritableStreamDefaultWriter<Batch>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(peer: Peer) {
    this.#peer = peer;
    this.#reader = peer.readable.getReader();
    this.#writer = peer.writable.getWriter();
  }

  async read(into: Uint8Array): Promise<number | null> {
    while (this.#rest.length === 0) {
      const { value, done } = await this.#reader.read();
      if (done) return null;
      this.#rest = value.join();
    }
    const length = Math.min(into.length, this.#rest.length);
    into.set(this.#rest.subarray(0, length));
    this.#rest = this.#rest.subarray(length);
    return length;
  }

  async write(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    await this.#writer.write(Batch.of(bytes));
    return bytes.length;
  }

  async closeWrite(): Promise<void> {
    await this.#writer.close();
  }

  close(): void {
    const reason = new Error("the connection above was closed");
    this.#reader.cancel(reason).catch(() => {});
    this.#writer.abort(reason).catch(() => {});
    Promise.resolve(this.#peer.close()).catch(() => {});
  }
}
