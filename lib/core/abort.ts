/**
 * Waiting for an abort at little cost: one listener a signal, however many wait.
 *
 * @module
 */

const WAITING = new WeakMap<AbortSignal, Set<(reason: unknown) => void>>();

/** Calls `callback` when `signal` is aborted, or at once if it is. */
export function onAbort(signal: AbortSignal, callback: (reason: unknown) => void): void {
  if (signal.aborted) return callback(signal.reason);
  let waiting = WAITING.get(signal);
  if (waiting === undefined) {
    const all = waiting = new Set();
    WAITING.set(signal, all);
    signal.addEventListener("abort", () => {
      for (const callback of all) callback(signal.reason);
      all.clear();
    }, { once: true });
  }
  waiting.add(callback);
}

/** Calls it no more. */
export function offAbort(signal: AbortSignal, callback: (reason: unknown) => void): void {
  WAITING.get(signal)?.delete(callback);
}

/** What `work` comes to, unless `signal` comes first: then throws its reason, and `work` goes on. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  onAbort(signal, reject);
  try {
    return await Promise.race([aborted, work]);
  } finally {
    offAbort(signal, reject);
  }
}
