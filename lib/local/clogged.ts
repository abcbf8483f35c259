/**
 * A peer that hangs.
 *
 * @module
 */
import type { Batch } from "../core/batch.ts";
import type { Peer } from "../core/peer.ts";
import { closedError } from "./halves.ts";

/** Nothing can be read, no write and no close comes to an end, until the peer is closed. */
export function cloggedPeer(name: string): Peer {
  let reading: ReadableStreamDefaultController<Batch>;
  let writing: WritableStreamDefaultController;
  let open = true;
  const freed = Promise.withResolvers<void>();
  return {
    info: { name },
    readable: new ReadableStream<Batch>({
      start(controller) {
        reading = controller;
      },
      cancel() {
        open = false;
      },
    }, { highWaterMark: 0 }),
    writable: new WritableStream<Batch>({
      start(controller) {
        writing = controller;
        controller.signal.addEventListener("abort", () => freed.resolve());
      },
      write: () => freed.promise,
      close: () => freed.promise,
    }, { highWaterMark: 1 }),
    close() {
      if (open) reading.close();
      open = false;
      writing.error(closedError(name));
      freed.resolve();
    },
  };
}
