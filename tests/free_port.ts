/**
 * Ports for programs that have to be told one.
 *
 * @module
 */

/** Where to look: below the ports that systems give to those who ask for any. */
const FIRST = 10_000;
const LAST = 32_000;

/** How many ports a test file has for itself. */
const BLOCK = 200;

/**
 * Listens on the first port of the block as long as the test file runs, so that files that run at
 * the same time, in this run or in another one, have other blocks.
 */
const lock = takeBlock();

/**
 * The ports of the block that nobody listens on. They are looked at here and not when one is asked
 * for: a program that is being started beside has, for a moment, a copy of the socket that looked,
 * which listens on.
 */
const ports = Array.from({ length: BLOCK - 1 }, (_, i) => lock.addr.port + 1 + i).filter(isFree);

let next = Math.floor(Math.random() * BLOCK);

function takeBlock(): Deno.TcpListener {
  for (;;) {
    const first = FIRST + BLOCK * Math.floor(Math.random() * (LAST - FIRST) / BLOCK);
    const taken = listen(first);
    if (taken !== undefined) return taken;
  }
}

function listen(port: number): Deno.TcpListener | undefined {
  try {
    return Deno.listen({ hostname: "127.0.0.1", port });
  } catch (error) {
    // Windows keeps some ports for itself.
    if (error instanceof Deno.errors.AddrInUse) return undefined;
    if (error instanceof Deno.errors.PermissionDenied) return undefined;
    throw error;
  }
}

function isFree(port: number): boolean {
  const listener = listen(port);
  listener?.close();
  return listener !== undefined;
}

/**
 * A TCP port of 127.0.0.1 that nobody listens on. No other test file is given it, and other tests
 * open many connections meanwhile, but the system takes their ports from a range of its own.
 */
export function freePort(): number {
  if (ports.length === 0) throw new Error(`all ports after ${lock.addr.port} are in use`);
  return ports[next++ % ports.length];
}
