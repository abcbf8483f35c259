/**
 * Timers that cost a short run little.
 *
 * @module
 */

/** Longer delays would overflow the timer and fire at once. */
const LONGEST = 2 ** 31 - 1;

/**
 * How many timers are signals with a timeout. The first `setTimeout()` of a program has the runtime
 * load Node's timers: 3 ms and 4 MB, more than all else that a client of one message does. But a
 * signal that is not wanted any more takes up memory until its time has come, so a server with
 * many clients is better off with real timers.
 */
const CHEAP = 8;

let begun = 0;

/** Calls `callback` once after `ms` milliseconds, of which no more than 24 days count. Returns how to stop it. */
export function startTimer(ms: number, callback: () => void): () => void {
  const delay = Math.min(Math.max(0, Math.ceil(ms)), LONGEST);
  if (begun >= CHEAP) {
    const timer = setTimeout(callback, delay);
    return () => clearTimeout(timer);
  }
  begun++;
  const signal = AbortSignal.timeout(delay);
  const fire = () => callback();
  signal.addEventListener("abort", fire, { once: true });
  return () => signal.removeEventListener("abort", fire);
}
