/**
 * A peer that says random bytes.
 *
 * @module
 */
import { Batch, BINARY } from "../core/batch.ts";
import type { Peer } from "../core/peer.ts";
import { discarding } from "./halves.ts";

/** As much as `crypto.getRandomValues` gives at once. */
const MAX_SIZE = 65_536;
/** How long it goes on before timers and signals get a turn, in milliseconds. */
const TURN_MILLIS = 10;

/** Binary messages of `size` random bytes (64 KiB at most) without end; writes are thrown away. */
export function randomPeer(name: string, size: number = MAX_SIZE): Peer {
  const bytes = new Uint8Array(Math.min(size, MAX_SIZE));
  const batch = new Batch(bytes, 1);
  let reading: ReadableStreamDefaultController<Batch>;
  let open = true;
  let turnEnds = performance.now() + TURN_MILLIS;
  const say = () => {
    if (!open) return;
    crypto.getRandomValues(bytes);
    batch.clear();
    batch.push(0, bytes.length, BINARY);
    reading.enqueue(batch);
  };
  return {
    info: { name },
    readable: new ReadableStream<Batch>({
      start(controller) {
        reading = controller;
      },
      async pull() {
        // It never waits for anything itself, and nor may whoever reads it.
        if (performance.now() > turnEnds) {
          await new Promise((resolve) => setTimeout(resolve, 0));
          turnEnds = performance.now() + TURN_MILLIS;
        }
        say();
      },
      cancel() {
        open = false;
      },
    }, { highWaterMark: 0 }),
    writable: discarding(),
    close() {
      if (open) reading.close();
      open = false;
    },
  };
}
