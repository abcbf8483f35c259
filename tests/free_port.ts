/**
 * Ports for programs that have to be told one.
 *
 * @module
 */

/** Where to look: below the ports that systems give to those who ask for any. */
const FIRST = 10_000;
const LAST = 32_000;

const given = new Set<number>();

/**
 * A TCP port of 127.0.0.1 that nobody listens on. Other tests open many connections meanwhile;
 * the system takes their ports from a range of its own, so that none of them is this one.
 */
export function freePort(): number {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    if (given.has(port)) continue;
    given.add(port);
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}
