/**
 * Waiting for some time.
 *
 * @module
 */
import { startTimer } from "./timer.ts";

/** Resolves after `ms` milliseconds; throws the reason of `signal` when that is aborted. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      stopTimer();
      reject(signal.reason);
    };
    const stopTimer = startTimer(ms, () => {
      signal.removeEventListener("abort", stop);
      resolve();
    });
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
  });
}
