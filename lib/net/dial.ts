/**
 * Connecting with TCP, to whichever address of a name answers first.
 *
 * @module
 */
import { formatHostPort, type HostPort } from "./address.ts";
import { connectFailure } from "./failure.ts";

/** What {@linkcode dialTcp} can be told. */
export interface DialOptions {
  /** What errors call the other end; `tcp:HOST:PORT` if not given. */
  readonly target?: string;
}

/** RFC 6761, section 6.3: these are always this machine, whatever a resolver says. */
const LOOPBACK = /(^|\.)localhost\.?$/i;
const LOOPBACK_ADDRESSES = ["127.0.0.1", "::1"];

/**
 * Connects to a name or an IP address, without delay of small writes (`TCP_NODELAY`).
 *
 * `Deno.connect` does what RFC 8305 asks for: it resolves with the system's resolver,
 * which knows `/etc/hosts`, interleaves the families, starts the next attempt after
 * 250 ms or as soon as one fails, and closes the losers. What is left to do here is
 * `localhost`: many systems know only one of its addresses, and a server may well
 * listen on the other one.
 *
 * Throws the reason of `signal` when it is aborted, otherwise a `WirecatError` of
 * kind `resolution`, `connection` or `timeout`.
 */
export async function dialTcp(
  hostname: string,
  port: number,
  signal?: AbortSignal,
  options: DialOptions = {},
): Promise<Deno.TcpConn> {
  const address = { hostname: hostname.replace(/^\[(.*)\]$/, "$1"), port };
  try {
    return await connect(address, signal);
  } catch (error) {
    const conn = signal?.aborted || !LOOPBACK.test(address.hostname)
      ? undefined
      : await connectLoopback(port, signal);
    if (conn !== undefined) return conn;
    const cause = signal?.aborted ? signal.reason : error;
    if (signal?.aborted && !isTimeout(cause)) throw cause;
    throw connectFailure(cause, options.target ?? `tcp:${formatHostPort(address)}`, address);
  }
}

async function connect(
  address: HostPort,
  signal: AbortSignal | undefined,
): Promise<Deno.TcpConn> {
  const conn = await Deno.connect({ ...address, signal });
  setNoDelay(conn);
  return conn;
}

async function connectLoopback(
  port: number,
  signal: AbortSignal | undefined,
): Promise<Deno.TcpConn | undefined> {
  for (const hostname of LOOPBACK_ADDRESSES) {
    if (signal?.aborted) return undefined;
    try {
      return await connect({ hostname, port }, signal);
    } catch {
      // The error of the name itself says more.
    }
  }
}

/** Has small writes sent at once. */
export function setNoDelay(conn: Deno.TcpConn): void {
  try {
    conn.setNoDelay(true);
  } catch {
    // The other end has gone already; reading will tell.
  }
}

/** Whether a signal of `AbortSignal.timeout` ended it: the only reason that says nothing itself. */
function isTimeout(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === "TimeoutError";
}
