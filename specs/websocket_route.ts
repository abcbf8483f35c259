/**
 * How a WebSocket client reaches its server: TCP, perhaps through a proxy, perhaps with TLS.
 *
 * @module
 */
import type { ByteConn } from "../lib/core/conn.ts";
import type { Env, OpenRequest } from "../lib/core/opener.ts";
import { dialTcp } from "../lib/net/dial.ts";
import { hostOf, portOf } from "../lib/websocket/url.ts";
import { routeFor } from "./tcp_route.ts";

/**
 * Connects to a URL's host. What is learned on the way goes into the request's trace. Throws a
 * {@linkcode WirecatError} that names the step.
 */
export async function connectTo(url: URL, env: Env, request: OpenRequest): Promise<ByteConn> {
  const { signal, trace, left } = request;
  const destination = { hostname: hostOf(url), port: portOf(url) };
  const { hostname, port } = destination;
  const secure = url.protocol === "wss:";
  const target = `${url.protocol}//${url.host}${url.pathname}`;
  const dial = await routeFor(
    { destination, target, protocol: url.protocol, proxied: true, client: left?.client },
    env,
    trace !== undefined,
  );
  if (!secure) {
    if (dial !== undefined) return await dial(request);
    return await dialTcp(hostname, port, signal, { target });
  }
  const [{ tlsClientOptions }, { connectTls }] = await Promise.all([
    import("./tls_client.ts"),
    import("../lib/tls/connect.ts"),
  ]);
  return await connectTls({
    serverName: hostname,
    ...defined(await tlsClientOptions(env)),
    hostname,
    port,
    name: target,
    signal,
    trace,
    truncation: "end",
    dial: dial && (() => dial(request)),
  });
}

/** An object without the keys whose value is undefined, so that they override nothing. */
function defined<T extends object>(object: T): T {
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => value !== undefined),
  ) as T;
}
