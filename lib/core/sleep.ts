/**
 * Waiting for some time.
 *
 * @module
 */

/** Longer delays would overflow the timer and fire at once. */
const LONGEST = 2 ** 31 - 1;

/** Resolves after `ms` milliseconds, of which no more than 24 days count; throws when `signal` is aborted. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, Math.min(ms, LONGEST));
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
  });
}
