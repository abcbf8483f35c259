/**
 * How a WebSocket client reaches its server: TCP, perhaps through a proxy, perhaps with TLS.
 *
 * @module
 */
import { handshakeTimeout } from "../lib/cli/options.ts";
import { socks5, socks5UserPass } from "../lib/cli/socks_options.ts";
import type { ByteConn } from "../lib/core/conn.ts";
import type { Env, OpenRequest } from "../lib/core/opener.ts";
import { hostOf, portOf } from "../lib/websocket/url.ts";

/**
 * Connects to a URL's host. What is learned on the way goes into the request's trace. Throws a
 * {@linkcode WirecatError} that names the step.
 */
export async function connectTo(
  url: URL,
  env: Env,
  { signal, trace }: OpenRequest,
): Promise<ByteConn> {
  const { options } = env;
  const hostname = hostOf(url);
  const port = portOf(url);
  const proxy = options.get(socks5);
  const secure = url.protocol === "wss:";
  if (proxy === undefined && !secure) {
    const { dialTcp } = await import("../lib/net/dial.ts");
    return await dialTcp(hostname, port, signal);
  }
  const { tlsClientOptions } = await import("./tls.ts");
  const tls = async () => ({ serverName: hostname, ...defined(await tlsClientOptions(env)) });
  if (proxy === undefined) {
    const { connectTls } = await import("../lib/tls/connect.ts");
    return await connectTls({ ...await tls(), hostname, port, signal, truncation: "end" });
  }
  const { dialThroughSocks5 } = await import("../lib/socks/client.ts");
  const conn = await dialThroughSocks5(
    proxy,
    hostname,
    port,
    options.get(socks5UserPass),
    signal,
    options.get(handshakeTimeout),
  );
  if (!secure) return conn;
  const { tlsOverConn } = await import("../lib/tls/connect.ts");
  return await tlsOverConn(conn, { ...await tls(), signal, truncation: "end" });
}

/** An object without the keys whose value is undefined, so that they override nothing. */
function defined<T extends object>(object: T): T {
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => value !== undefined),
  ) as T;
}
