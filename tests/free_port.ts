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

/**
 * A TCP port of 127.0.0.1 that nobody listens on. No other test file is given it, and other tests
 * open many connections meanwhile, but the system takes their ports from a range of its own.
 */
export function freePort(): number {
  const block = lock.addr.port;
  for (let looked = 0; looked < BLOCK; looked++) {
    const port = block + 1 + next++ % (BLOCK - 1);
    const listener = listen(port);
    if (listener === undefined) continue;
    listener.close();
    return port;
  }
  throw new Error(`all ports from ${block + 1} to ${block + BLOCK - 1} are in use`);
}
