/**
 * Connecting to a host through a proxy.
 *
 * @module
 */
import { type ByteConn, closeQuietly } from "../core/conn.ts";
import { WirecatError } from "../core/errors.ts";
import type { HeaderField } from "../http/head.ts";
import { isAddress } from "../net/cidr.ts";
import { formatHostPort, type HostPort } from "../net/address.ts";
import { type DialOptions, dialTcp } from "../net/dial.ts";
import { connectFailure } from "../net/failure.ts";
import type { TlsClientOptions } from "../tls/connect.ts";
import { describeProxy, formatProxy, type ProxyAddress } from "./address.ts";

/** How to go through a proxy. */
export interface ProxyRoute {
  /** The proxy. */
  readonly proxy: ProxyAddress;
  /** The variable of the environment that names it, where it comes from there. */
  readonly variable?: string;
  /** Further header fields for an HTTP proxy. */
  readonly headers?: readonly HeaderField[];
  /** How to speak TLS with an HTTPS proxy. */
  readonly tls?: () => Promise<TlsClientOptions>;
}

/**
 * Connects to `destination` through the proxy. What `options` say of addresses is for the proxy,
 * and for the host where its name is looked up here; another host to connect to is for the host.
 * `signal` limits the time. Throws a `WirecatError`, or the reason of the signal.
 */
export async function dialThroughProxy(
  destination: HostPort,
  route: ProxyRoute,
  signal?: AbortSignal,
  options: Omit<DialOptions, "target"> = {},
): Promise<ByteConn> {
  const { proxy } = route;
  const name = describeProxy(proxy);
  const { overrides, trace } = options;
  const target = overrides?.redirect(destination) ?? destination;
  if (trace !== undefined) trace.proxy = formatProxy(proxy);
  try {
    const host = await hostFor(target, proxy, options, signal);
    const conn = await dialProxy(route, signal, {
      ...options,
      overrides: overrides && { ...overrides, redirect: (address) => address },
    });
    try {
      const through = await ask(conn, host, route, name, signal);
      trace?.mark("proxy");
      return through;
    } catch (error) {
      closeQuietly(conn);
      throw proxy.scheme === "https" ? aboutProxy(error) : error;
    }
  } catch (cause) {
    if (!signal?.aborted) throw withVariable(cause, route);
    const reason = signal.reason;
    if (!(reason instanceof WirecatError) || reason.kind !== "timeout") throw reason;
    throw new WirecatError(
      "timeout",
      `cannot connect to ${formatHostPort(target)}: ${name} did not answer in time`,
      { hint: reason.hint, cause: reason },
    );
  }
}

/** The error with a word about where the proxy comes from, where that may be a surprise. */
function withVariable(error: unknown, { variable }: ProxyRoute): unknown {
  if (variable === undefined || !(error instanceof WirecatError)) return error;
  const { kind, message, cause } = error;
  const from = `the proxy comes from the variable ${variable}; --noproxy '*' does without`;
  const hint = error.hint === undefined ? from : `${error.hint} (${from})`;
  return new WirecatError(kind, message, { hint, cause: cause ?? error });
}

/** What the proxy is asked for: an address where it is not the proxy that looks names up. */
async function hostFor(
  target: HostPort,
  { scheme }: ProxyAddress,
  { version, overrides }: DialOptions,
  signal: AbortSignal | undefined,
): Promise<HostPort> {
  if (scheme !== "socks5" && scheme !== "socks4") return target;
  if (scheme === "socks4" && isAddress(target.hostname)) return target;
  let addresses = overrides?.addresses(target);
  if (addresses === undefined) {
    const { lookup } = await import("../net/lookup.ts");
    try {
      addresses = await lookup(target.hostname, scheme === "socks4" ? 4 : version, signal);
    } catch (error) {
      signal?.throwIfAborted();
      const failure = connectFailure(error, formatHostPort(target), target);
      throw new WirecatError(failure.kind, failure.message, {
        hint: `with ${
          scheme === "socks4" ? "socks4a" : "socks5h"
        }:// the proxy looks names up itself`,
        cause: error,
      });
    }
  }
  if (scheme === "socks4") {
    addresses = addresses.filter((address) => !address.includes(":"));
    if (addresses.length === 0) throw noIpv4(target);
  }
  return addresses.length === 0 ? target : { hostname: addresses[0], port: target.port };
}

function noIpv4({ hostname }: HostPort): WirecatError {
  return new WirecatError(
    "resolution",
    `${hostname} has no IPv4 address, and a SOCKS4 proxy knows no others`,
    { hint: "with socks4a:// the proxy looks names up itself; socks5h:// knows IPv6, too" },
  );
}

/** Connects to the proxy itself. */
async function dialProxy(
  { proxy, tls }: ProxyRoute,
  signal: AbortSignal | undefined,
  options: DialOptions,
): Promise<ByteConn> {
  const { hostname, port } = proxy;
  const target = describeProxy(proxy);
  const dial = () => dialTcp(hostname, port, signal, { ...options, target });
  if (proxy.scheme !== "https") return await dial();
  const { connectTls } = await import("../tls/connect.ts");
  try {
    return await connectTls({
      serverName: hostname,
      ...await tls?.(),
      hostname,
      port,
      name: target,
      truncation: "end",
      signal,
      dial,
    });
  } catch (cause) {
    throw aboutProxy(cause);
  }
}

/** The error of TLS with a proxy, with a hint that names the options for that. */
function aboutProxy(error: unknown): unknown {
  if (!(error instanceof WirecatError)) return error;
  const { kind, message, hint = "" } = error;
  if (/(^|\s)-k\b/.test(hint)) {
    const hint =
      "trust its issuer with --proxy-cacert FILE, or take any certificate with --proxy-insecure";
    return new WirecatError(kind, message, { hint, cause: error });
  }
  if (/ closed the connection$/.test(message)) {
    const hint = "does it speak HTTP, or want a certificate? --proxy-cert FILE shows one";
    return new WirecatError(kind, message, { hint, cause: error });
  }
  if (!hint.includes("--cert")) return error;
  const own = hint.replaceAll("--cert", "--proxy-cert").replaceAll("--key", "--proxy-key");
  return new WirecatError(kind, message, { hint: own, cause: error });
}

/** Asks the proxy for the host. */
async function ask(
  conn: ByteConn,
  destination: HostPort,
  { proxy: { scheme, credentials }, headers }: ProxyRoute,
  name: string,
  signal: AbortSignal | undefined,
): Promise<ByteConn> {
  if (scheme === "http" || scheme === "https") {
    const { requestTunnel } = await import("./http_connect.ts");
    return await requestTunnel(conn, { destination, credentials, headers, name, signal });
  }
  if (scheme === "socks4" || scheme === "socks4a") {
    const { requestSocks4 } = await import("../socks/client4.ts");
    await requestSocks4(conn, { name, destination, user: credentials?.user, signal });
    return conn;
  }
  const { requestSocks5 } = await import("../socks/client.ts");
  await requestSocks5(conn, { name, command: "connect", destination, credentials, signal });
  return conn;
}
