/**
 * Connecting with TCP step by step: the name's addresses first, then each of them.
 *
 * @module
 */
import { closeQuietly } from "../core/conn.ts";
import { reasonOf, WirecatError } from "../core/errors.ts";
import { formatHostPort, formatRemote, type HostPort } from "./address.ts";
import { connect, type DialOptions, isTimeout } from "./dial.ts";
import { connectFailure } from "./failure.ts";
import { connectFirst, interleaved } from "./happy_eyeballs.ts";
import { lookup, ofVersion } from "./lookup.ts";

/** As `dialTcp`, for what the runtime's own way cannot do. */
export async function dialByStep(
  asked: HostPort,
  signal: AbortSignal | undefined,
  { target = `tcp:${formatHostPort(asked)}`, version, overrides, trace }: DialOptions,
): Promise<Deno.TcpConn> {
  const address = overrides?.redirect(asked) ?? asked;
  try {
    const given = overrides?.addresses(address) ??
      // The address of another host would not do.
      (address.hostname === asked.hostname ? overrides?.addresses(asked) : undefined);
    const known = given === undefined
      ? await lookup(address.hostname, version, signal)
      : ofVersion(given, version);
    trace?.mark("lookup");
    if (known.length === 0) throw noneOfVersion(target, version);
    const addresses = interleaved(known);
    if (trace !== undefined) trace.addresses = known;
    const { port } = address;
    const conn = await connectFirst<Deno.TcpConn>(addresses, {
      signal,
      connect: (hostname, signal) => connect({ hostname, port }, signal),
      drop: closeQuietly,
      onAttempt: (hostname, milliseconds, error) =>
        trace?.attempts.push({
          address: formatHostPort({ hostname, port }),
          milliseconds,
          error: error === undefined ? undefined : reasonOf(error),
        }),
    });
    if (trace !== undefined) {
      trace.mark("connect");
      trace.remote = formatRemote(conn.remoteAddr);
      trace.local = formatRemote(conn.localAddr);
    }
    return conn;
  } catch (error) {
    if (error instanceof WirecatError) throw error;
    const cause = signal?.aborted ? signal.reason : error;
    if (signal?.aborted && !isTimeout(cause)) throw cause;
    throw connectFailure(cause, target, address);
  }
}

function noneOfVersion(target: string, version: number | undefined): WirecatError {
  return new WirecatError(
    "resolution",
    `cannot connect to ${target}: the host has no IPv${version} address`,
    { hint: `it has others: leave out -${version}` },
  );
}
