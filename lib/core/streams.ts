/**
 * Ways to put something between a stream and whoever uses it. `TransformStream`
 * is not used: it lets go of a batch before the consumer is done with it.
 *
 * @module
 */
import type { Batch } from "./batch.ts";
import type { Peer } from "./peer.ts";

/** What {@linkcode mapReadable} does with what passes. */
export interface ReadableMap {
  /** Turns one batch into another, or into nothing. */
  batch(batch: Batch): Batch | undefined | Promise<Batch | undefined>;
  /** What is still to come when the inner stream has ended. */
  end?(): Batch | undefined | Promise<Batch | undefined>;
}

/** A stream of what `map` makes of each batch of `inner`. Pulls only when pulled. */
export function mapReadable(
  inner: ReadableStream<Batch>,
  map: ReadableMap,
): ReadableStream<Batch> {
  const reader = inner.getReader();
  return new ReadableStream<Batch>({
    async pull(controller) {
      for (;;) {
        const { value, done } = await reader.read();
        const out = done ? await map.end?.() : await map.batch(value);
        if (out !== undefined && out.length > 0) controller.enqueue(out);
        if (done) {
          controller.close();
          return;
        }
        if (out !== undefined && out.length > 0) return;
      }
    },
    cancel(reason) {
      return reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}

/** What {@linkcode mapWritable} does with what passes. */
export interface WritableMap {
  /** Turns one batch into another, or into nothing. */
  batch(batch: Batch): Batch | undefined | Promise<Batch | undefined>;
  /** What is still to be written before the inner stream is closed. */
  end?(): Batch | undefined | Promise<Batch | undefined>;
}

/** A stream that writes what `map` makes of each batch to `inner`. */
export function mapWritable(
  inner: WritableStream<Batch>,
  map: WritableMap,
): WritableStream<Batch> {
  const writer = inner.getWriter();
  writer.closed.catch(() => {}); // Whoever writes hears of it.
  return new WritableStream<Batch>({
    async write(batch) {
      const out = await map.batch(batch);
      if (out !== undefined && out.length > 0) await writer.write(out);
    },
    async close() {
      const out = await map.end?.();
      if (out !== undefined && out.length > 0) await writer.write(out);
      await writer.close();
    },
    abort(reason) {
      return writer.abort(reason);
    },
  }, { highWaterMark: 1 });
}

/** A peer like `inner` but for the given parts; closing it closes `inner`. */
export function derivePeer(
  inner: Peer,
  parts: Partial<Pick<Peer, "readable" | "writable" | "info">>,
): Peer {
  let readable = parts.readable;
  let writable = parts.writable;
  return {
    get readable() {
      return readable ??= inner.readable;
    },
    get writable() {
      return writable ??= inner.writable;
    },
    reader: parts.readable === undefined ? inner.reader : undefined,
    writer: parts.writable === undefined ? inner.writer : undefined,
    info: parts.info ?? inner.info,
    mustRead: inner.mustRead,
    tellsEnd: inner.tellsEnd,
    exitStatus: inner.exitStatus,
    closed: inner.closed,
    get control() {
      return inner.control;
    },
    shutdown: inner.shutdown && ((code) => inner.shutdown!(code)),
    close: () => inner.close(),
  };
}
