/**
 * The idle half of an endpoint that goes one way only.
 *
 * @module
 */
import type { Batch } from "../core/batch.ts";

/** A readable side that has ended. */
export function ended(): ReadableStream<Batch> {
  return new ReadableStream<Batch>({
    start(controller) {
      controller.close();
    },
  }, { highWaterMark: 0 });
}

/** A writable side that takes everything and keeps nothing. */
export function discarding(): WritableStream<Batch> {
  return new WritableStream<Batch>({}, { highWaterMark: 1 });
}

/** Why a write fails after its peer was closed. */
export function closedError(name: string): Error {
  return new Deno.errors.BrokenPipe(`${name} was closed`);
}
