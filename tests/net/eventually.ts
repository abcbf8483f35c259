/**
 * Waiting for what comes a moment later.
 *
 * @module
 */

/** How long to try, and how long between two attempts, in milliseconds. */
const LONGEST = 20_000;
const PAUSE = 5;

/**
 * Tries something until it does not throw. A test beside this one may be starting a program: that
 * has, for a moment, a copy of every socket, of a closed one too, which listens on.
 */
export async function eventually<T>(attempt: () => T | Promise<T>): Promise<T> {
  const until = performance.now() + LONGEST;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }
}
