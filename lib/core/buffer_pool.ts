/**
 * Buffers that are held only while they are in use, so that an idle connection
 * holds none.
 *
 * @module
 */

/** Shorter buffers are cheaper to make than to keep. */
const MIN_POOLED = 16 * 1024;
const MAX_POOLED = 2 * 1024 * 1024;
const KEPT = 16;

const free: Uint8Array<ArrayBuffer>[] = [];

/** A buffer of at least `length` bytes with anything in it. */
export function takeBuffer(length: number): Uint8Array<ArrayBuffer> {
  if (length >= MIN_POOLED) {
    for (let i = free.length - 1; i >= 0; i--) {
      if (free[i].length >= length) return free.splice(i, 1)[0];
    }
  }
  return new Uint8Array(length < MIN_POOLED ? length : roundUp(length));
}

/** Gives back a buffer from {@linkcode takeBuffer} that nobody looks at any more. */
export function giveBuffer(buffer: Uint8Array<ArrayBuffer>): void {
  if (buffer.length >= MIN_POOLED && buffer.length <= MAX_POOLED && free.length < KEPT) {
    free.push(buffer);
  }
}

function roundUp(length: number): number {
  return 2 ** Math.ceil(Math.log2(length));
}
