/**
 * Connecting with TCP, to whichever address of a name answers first.
 *
 * @module
 */
import type { Trace } from "../core/trace.ts";
import { formatHostPort, type HostPort } from "./address.ts";
import { connectFailure } from "./failure.ts";
import type { HostOverrides } from "./host_overrides.ts";
import type { IpVersion } from "./lookup.ts";
import { LOOPBACK, LOOPBACK_ADDRESSES } from "./loopback.ts";

/** What {@linkcode dialTcp} can be told. */
export interface DialOptions {
  /** What errors call the other end; `tcp:HOST:PORT` if not given. */
  readonly target?: string;
  /** The only version of IP to use. */
  readonly version?: IpVersion;
  /** Other hosts and addresses than those asked for. */
  readonly overrides?: HostOverrides;
  /** Where the addresses, the attempts and their times are noted. */
  readonly trace?: Trace;
}

/**
 * Connects to a name or an IP address, without delay of small writes (`TCP_NODELAY`).
 *
 * `Deno.connect` does what RFC 8305 asks for: it resolves with the system's resolver,
 * which knows `/etc/hosts`, interleaves the families, starts the next attempt after
 * 250 ms or as soon as one fails, and closes the losers. What is left to do here is
 * `localhost`: many systems know only one of its addresses, and a server may well
 * listen on the other one. Where one version of IP, other addresses or a trace are asked for,
 * the same is done here, step by step.
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
  if (options.version !== undefined || options.overrides !== undefined || options.trace) {
    const { dialByStep } = await import("./dial_by_step.ts");
    return await dialByStep(address, signal, options);
  }
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

/** Connects to what the runtime makes of a name or an address. */
export async function connect(
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
export function isTimeout(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === "TimeoutError";
}
