/**
 * The two halves of a peer without streams around them: what a session copies with. A
 * stream costs kilobytes and several promises a step; thousands of idle connections and
 * short round trips feel that.
 *
 * @module
 */
import type { Batch } from "./batch.ts";
import type { Peer } from "./peer.ts";

/** Where batches come from. The last one is done with when the next is asked for. */
export interface BatchReader {
  /** The next batch, or nothing at the end. */
  read(): Promise<Batch | undefined>;
  /** Nobody wants any more. */
  cancel(reason?: unknown): Promise<void>;
}

/** Where batches go. One write at a time. */
export interface BatchWriter {
  /** Resolves when the batch is done with. */
  write(batch: Batch): Promise<void>;
  /** Does what it held back because more of it could come, before the end is waited for. */
  flush?(): Promise<void>;
  /** Says that no more will come. */
  close(): Promise<void>;
}

/** A peer's reading half: its own, or its stream's reader. */
export function readerOf(peer: Peer): BatchReader {
  return peer.reader ?? new StreamReader(peer.readable.getReader());
}

/** A peer's writing half: its own, or its stream's writer. */
export function writerOf(peer: Peer): BatchWriter {
  if (peer.writer !== undefined) return peer.writer;
  const writer = peer.writable.getWriter();
  writer.closed.catch(() => {}); // Whoever writes hears of it.
  return writer;
}

class StreamReader implements BatchReader {
  readonly #reader: ReadableStreamDefaultReader<Batch>;

  constructor(reader: ReadableStreamDefaultReader<Batch>) {
    this.#reader = reader;
  }

  async read(): Promise<Batch | undefined> {
    return (await this.#reader.read()).value;
  }

  cancel(reason?: unknown): Promise<void> {
    return this.#reader.cancel(reason);
  }
}

/** The stream of what a reading half brings. */
export function readableFrom(reader: BatchReader): ReadableStream<Batch> {
  return new ReadableStream<Batch>({
    async pull(controller) {
      const batch = await reader.read();
      if (batch === undefined) controller.close();
      else controller.enqueue(batch);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

/** A stream that leads into a writing half. */
export function writableFrom(writer: BatchWriter): WritableStream<Batch> {
  return new WritableStream<Batch>({
    write: (batch) => writer.write(batch),
    close: () => writer.close(),
  }, { highWaterMark: 1 });
}
