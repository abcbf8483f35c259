/**
 * How long to wait before the next attempt.
 *
 * @module
 */

/** What decides the waiting time between attempts. */
export interface BackoffOptions {
  /** Milliseconds before the attempt after the first failure. */
  readonly delay: number;
  /** The most milliseconds between two attempts. */
  readonly maxDelay: number;
  /** A number from 0 to 1; `Math.random` if not given. */
  readonly random?: () => number;
}

/**
 * Milliseconds to wait after the `failures`th failure in a row: `delay` after the first,
 * then twice as long each time up to `maxDelay`, less up to a half by chance, so that
 * many clients do not come back all at once.
 */
export function backoff(failures: number, options: BackoffOptions): number {
  const { delay, maxDelay, random = Math.random } = options;
  if (failures <= 1) return delay;
  // Without a delay the first attempt comes at once, but not all of them.
  const longest = Math.min(Math.max(delay, 1) * 2 ** (failures - 1), Math.max(delay, maxDelay));
  return longest * (1 - random() / 2);
}
