/**
 * A byte that ends a stream: the logic of `exit_on_specific_byte:`.
 *
 * @module
 */
import { type Batch, CONTINUED, MORE } from "../core/batch.ts";

/** Cuts `batch` off before the first `byte` in its messages; returns whether there was one. */
export function cutAtByte(batch: Batch, byte: number): boolean {
  const { length } = batch;
  if (length === 0) return false;
  const bytes = batch.bytes.subarray(0, batch.end(length - 1));
  let next = -1;
  for (let i = 0; i < length; i++) {
    const start = batch.start(i);
    // Between messages there are other bytes, which do not count.
    if (next < start) next = bytes.indexOf(byte, start);
    if (next < 0) return false;
    if (next >= batch.end(i)) continue;
    const flags = batch.flags(i);
    const begun = (flags & CONTINUED) !== 0 || next > start;
    if (begun) batch.set(i, start, next, flags & ~MORE);
    batch.truncate(begun ? i + 1 : i);
    return true;
  }
  return false;
}

/** `inner` until the first `byte`. */
export function untilByte(inner: ReadableStream<Batch>, byte: number): ReadableStream<Batch> {
  const reader = inner.getReader();
  return new ReadableStream<Batch>({
    async pull(controller) {
      for (;;) {
        const { value, done } = await reader.read();
        const found = done || cutAtByte(value, byte);
        if (!done && value.length > 0) controller.enqueue(value);
        if (found) {
          controller.close();
          if (!done) reader.cancel("the byte to exit on has come").catch(() => {});
          return;
        }
        if (value.length > 0) return;
      }
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}
