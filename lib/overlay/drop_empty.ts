/**
 * Leaving out empty messages.
 *
 * @module
 */
import type { Batch } from "../core/batch.ts";

/** The batch without its empty messages; an empty part of a longer one stays. Changes entries only. */
export function dropEmpty(batch: Batch): Batch {
  let kept = 0;
  for (let i = 0; i < batch.length; i++) {
    if (batch.start(i) === batch.end(i) && batch.whole(i)) continue;
    if (kept !== i) batch.set(kept, batch.start(i), batch.end(i), batch.flags(i));
    kept++;
  }
  batch.truncate(kept);
  return batch;
}
