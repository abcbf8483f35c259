/**
 * `--connect-timeout`: a limit in time for everything below the opening handshake, told by the
 * step that took too long.
 *
 * @module
 */
import { durationText } from "../core/duration.ts";
import { WirecatError } from "../core/errors.ts";
import type { OpenRequest } from "../core/opener.ts";
import type { OptionValues } from "../core/option.ts";
import { Trace } from "../core/trace.ts";
import { withTimeLimit } from "../net/time_limit.ts";
import { handshakeTimeout } from "./options.ts";
import { connectTimeout } from "./script_options.ts";

/**
 * What `connect` comes to, if it does so within `--connect-timeout` or else `fallback` seconds.
 * `connect` is to pass on the request's signal, and to mark its steps in the request's trace.
 */
export async function connectWithin<T>(
  options: OptionValues,
  request: OpenRequest,
  name: string,
  connect: (request: OpenRequest) => Promise<T>,
  fallback: number = options.get(handshakeTimeout),
): Promise<T> {
  const limit = options.get(connectTimeout);
  const { signal } = request;
  const message = `cannot connect to ${name}`;
  if (limit === undefined) {
    return await withTimeLimit(
      fallback,
      signal,
      message,
      (signal) => connect({ ...request, signal }),
    );
  }
  const trace = request.trace ?? new Trace(false);
  const late = () =>
    new WirecatError("timeout", `${message}: ${missing(trace)} within ${durationText(limit)}`, {
      hint: "--connect-timeout sets how long to wait",
    });
  return await withTimeLimit(
    limit,
    signal,
    late,
    (signal) => connect({ ...request, signal, trace }),
  );
}

/** What has not come yet. */
function missing(trace: Trace): string {
  switch (trace.pending) {
    case "lookup":
      return "no address was found for the host";
    case "connect":
      return "no TCP connection";
    case "proxy":
      return "the proxy did not connect";
    case "tls":
      return "no TLS handshake";
    default:
      return "no connection";
  }
}
