/**
 * Regular files as peers: read from the start, or written to.
 *
 * @module
 */
import { unlessAborted } from "../core/abort.ts";
import {
  type ByteConn,
  closeQuietly,
  MAX_BUFFER,
  MIN_BUFFER,
  peerFromConn,
  writeAll,
} from "../core/conn.ts";
import { isGone, reasonOf, WirecatError } from "../core/errors.ts";
import type { Peer } from "../core/peer.ts";

/** Where a file is opened from, and until when. */
export interface FileRequest {
  /** What this is, for messages to people: `readfile:a.txt`. */
  readonly name: string;
  /** The path. */
  readonly path: string;
  /** Aborted when opening should stop: a named pipe waits for its other end. */
  readonly signal: AbortSignal;
}

/**
 * A file's contents. What is written to the peer is thrown away.
 *
 * `maxRead` bounds a single read in bytes. Throws a `WirecatError` if the file
 * cannot be opened.
 */
export async function openToRead(request: FileRequest, maxRead?: number): Promise<Peer> {
  const file = await open(request, { read: true });
  // One byte more than the size, so that the read at the end needs no larger buffer.
  let size = 0;
  try {
    const stat = await file.stat();
    if (stat.isDirectory) throw openError(request, new Deno.errors.IsADirectory("is a directory"));
    size = stat.size;
  } catch (error) {
    file.close();
    throw error;
  }
  const bufferSize = Math.min(MAX_BUFFER, Math.max(MIN_BUFFER, size + 1));
  return peerFromConn(new ReadConn(file, request), { name: request.name }, { bufferSize, maxRead });
}

/**
 * A file to write to; it is made if there is none. Reading from the peer ends at once.
 *
 * `truncate` empties it first, `append` adds to it. Throws a `WirecatError` if
 * the file cannot be opened.
 */
export async function openToWrite(
  request: FileRequest,
  mode: "truncate" | "append",
): Promise<Peer> {
  const file = await open(request, { write: true, create: true, [mode]: true });
  const conn = new WriteConn(file, request);
  return peerFromConn(conn, { name: request.name }, { onClose: () => conn.closed });
}

async function open(request: FileRequest, options: Deno.OpenOptions): Promise<Deno.FsFile> {
  const { path, signal } = request;
  signal.throwIfAborted();
  const opening = Deno.open(path, options);
  try {
    return await unlessAborted(opening, signal);
  } catch (error) {
    if (!signal.aborted) throw openError(request, error);
    opening.then((file) => file.close(), () => {});
    throw error;
  }
}

function openError({ name, path }: FileRequest, error: unknown): WirecatError {
  const reading = name.startsWith("readfile:");
  let reason = reasonOf(error).replace(/: open '.*'$/s, "").replace(/, open '.*'$/s, "");
  let hint: string | undefined;
  if (error instanceof Deno.errors.NotFound) {
    reason = reading ? "there is no such file" : "its folder does not exist";
    hint = reading ? "is the path right, seen from the current folder?" : "create the folder first";
  } else if (error instanceof Deno.errors.IsADirectory || /is a directory/i.test(reason)) {
    reason = "it is a directory";
    hint = `name a file in it, as in ${path.replace(/\/$/, "")}/FILE`;
  } else if (error instanceof Deno.errors.PermissionDenied) {
    reason = "permission denied";
    hint = `may this user ${reading ? "read" : "write"} it?`;
  }
  return new WirecatError("connection", `cannot open ${path}: ${reason}`, { hint, cause: error });
}

class ReadConn implements ByteConn {
  readonly #file: Deno.FsFile;
  readonly #request: FileRequest;
  #closed = false;

  constructor(file: Deno.FsFile, request: FileRequest) {
    this.#file = file;
    this.#request = request;
  }

  async read(into: Uint8Array): Promise<number | null> {
    if (this.#closed) return null;
    try {
      return await this.#file.read(into);
    } catch (error) {
      if (this.#closed) return null;
      throw new WirecatError("other", `cannot read ${this.#request.path}: ${reasonOf(error)}`, {
        cause: error,
      });
    }
  }

  write(bytes: Uint8Array): Promise<number> {
    return Promise.resolve(bytes.length);
  }

  closeWrite(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    this.#closed = true;
    closeQuietly(this.#file);
  }
}

class WriteConn implements ByteConn {
  readonly #file: Deno.FsFile;
  readonly #request: FileRequest;
  #writing: Promise<unknown> = Promise.resolve();
  /** Resolves when the file is closed, after the write under way. */
  closed: Promise<void> = Promise.resolve();

  constructor(file: Deno.FsFile, request: FileRequest) {
    this.#file = file;
    this.#request = request;
  }

  read(): Promise<null> {
    return Promise.resolve(null);
  }

  write(bytes: Uint8Array): Promise<number> {
    const writing = this.#writeAll(bytes);
    this.#writing = writing;
    return writing;
  }

  async #writeAll(bytes: Uint8Array): Promise<number> {
    try {
      await writeAll(this.#file, bytes);
      return bytes.length;
    } catch (error) {
      if (isGone(error)) throw error;
      const full = /no space left|quota/i.test(reasonOf(error));
      throw new WirecatError("other", `cannot write to ${this.#request.path}: ${reasonOf(error)}`, {
        hint: full ? "the disk is full: what came after the last write is lost" : undefined,
        cause: error,
      });
    }
  }

  closeWrite(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    const close = () => closeQuietly(this.#file);
    this.closed = this.#writing.then(close, close);
  }
}
