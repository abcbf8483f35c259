/**
 * Timers that cost a short run little and may be as long as one likes, and waiting no longer than that.
 *
 * @module
 */

/** A longer delay would overflow the runtime's timer, which then fires at once: 24 days, in milliseconds. */
const LONGEST = 2 ** 31 - 1;

/**
 * How many timers are signals with a timeout. The first `setTimeout()` of a program has the runtime
 * load Node's timers: 3 ms and 4 MB, more than all else that a client of one message does. But a
 * signal that is not wanted any more takes up memory until its time has come, so a server with
 * many clients is better off with real timers.
 */
const CHEAP = 8;

let begun = 0;

/** Calls `callback` once after `ms` milliseconds; never if that is Infinity. Returns how to stop it. */
export function startTimer(ms: number, callback: () => void): () => void {
  if (ms > LONGEST) return startLongTimer(ms, callback);
  const delay = Math.max(0, Math.ceil(ms));
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

/** Several timers, one behind the other. */
function startLongTimer(ms: number, callback: () => void): () => void {
  if (ms === Infinity) return () => {};
  let stop = startTimer(LONGEST, () => stop = startTimer(ms - LONGEST, callback));
  return () => stop();
}

/** What `work` comes to, or `otherwise` when that takes more than `ms` milliseconds. */
export async function within<T>(ms: number, work: Promise<T>, otherwise: T): Promise<T> {
  const late = Promise.withResolvers<T>();
  const stop = startTimer(ms, () => late.resolve(otherwise));
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    stop();
  }
}
