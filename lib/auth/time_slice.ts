/**
 * Long computing in short pieces, so that others on this thread are served in between.
 *
 * @module
 */

/** How long a piece takes at most, and how long the thread is left alone after it, in milliseconds. */
const WORK = 4;
const REST = 4;

/** When the next piece may begin, whoever asks: all together they take half of the time. */
let next = 0;

/** The pieces of one computation. */
export class TimeSlices {
  #end = -Infinity;

  /** Resolves when it is time for the next piece; nothing while this one may go on. */
  rest(): Promise<void> | undefined {
    const now = performance.now();
    if (now < this.#end) return undefined;
    const start = Math.max(now + (this.#end === -Infinity ? 0 : REST), next);
    next = start + WORK + REST;
    return new Promise((resolve) =>
      setTimeout(() => {
        this.#end = performance.now() + WORK;
        resolve();
      }, start - now)
    );
  }
}
