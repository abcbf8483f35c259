/**
 * A peer whose traffic is counted.
 *
 * @module
 */
import type { Batch } from "../core/batch.ts";
import type { Peer } from "../core/peer.ts";
import { derivePeer } from "../core/streams.ts";
import type { Metrics } from "./metrics.ts";

/** Lengths of messages that may arrive in parts. */
class MessageLengths {
  #length = 0;

  /** Calls `take` with the length of each message that `batch` completes. */
  each(batch: Batch, take: (length: number) => void): void {
    for (let i = 0; i < batch.length; i++) {
      this.#length += batch.end(i) - batch.start(i);
      if (!batch.isLast(i)) continue;
      take(this.#length);
      this.#length = 0;
    }
  }
}

/** `inner`, counted in `metrics` until it is closed. */
export function meteredPeer(inner: Peer, metrics: Metrics): Peer {
  const session = metrics.opened(performance.now());
  const reader = inner.readable.getReader();
  const writer = inner.writable.getWriter();
  writer.closed.catch(() => {}); // Whoever writes hears of it.
  const readLengths = new MessageLengths();
  const writtenLengths = new MessageLengths();
  const countRead = (length: number) => session.read(length);
  const countWritten = (length: number) => session.written(length);

  const readable = new ReadableStream<Batch>({
    async pull(controller) {
      const start = performance.now();
      let result: ReadableStreamReadResult<Batch>;
      try {
        result = await reader.read();
      } catch (error) {
        metrics.read_errors.add();
        throw error;
      }
      if (result.done) {
        controller.close();
        return;
      }
      metrics.read_timings.observe((performance.now() - start) / 1000);
      readLengths.each(result.value, countRead);
      controller.enqueue(result.value);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });

  // Of the batch that is being written, which may be changed by then.
  const lengths: number[] = [];
  const noteLength = (length: number) => void lengths.push(length);
  const writable = new WritableStream<Batch>({
    async write(batch) {
      lengths.length = 0;
      writtenLengths.each(batch, noteLength);
      const start = performance.now();
      try {
        await writer.write(batch);
      } catch (error) {
        metrics.write_errors.add();
        throw error;
      }
      metrics.write_timings.observe((performance.now() - start) / 1000);
      lengths.forEach(countWritten);
    },
    close: () => writer.close(),
    abort: (reason) => writer.abort(reason),
  }, { highWaterMark: 1 });

  const peer = derivePeer(inner, { readable, writable });
  return Object.assign(peer, {
    close() {
      session.closed(performance.now());
      return inner.close();
    },
  });
}
