/**
 * Opening WebSocket clients: from an address, and over any connection.
 *
 * @module
 */
import { authorizationOf, userAgent } from "../lib/cli/http_options.ts";
import { engine, handshakeTimeout } from "../lib/cli/options.ts";
import { socks5, socks5UserPass } from "../lib/cli/socks_options.ts";
import {
  header,
  headerFields,
  origin,
  protocol,
  websocketVersion,
  wsClientUri,
} from "../lib/cli/websocket_options.ts";
import { connectionOptions, needsStreamEngine } from "../lib/cli/websocket_settings.ts";
import { type ByteConn, connFromPeer } from "../lib/core/conn.ts";
import { connector, type Env, type Opener, overPeer } from "../lib/core/opener.ts";
import type { Peer, PeerInfo } from "../lib/core/peer.ts";
import { hostOf, loginOf, parseWebSocketUrl, portOf } from "../lib/websocket/url.ts";
import { transformPeer } from "./message_transform.ts";

/** The connection to a URL's host: TCP, perhaps through a proxy, perhaps with TLS. */
async function dial(url: URL, env: Env, signal: AbortSignal): Promise<ByteConn> {
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

/** The header fields that the options ask for, before the handshake's own. */
async function requestFields(url: URL, env: Env): Promise<[string, string][]> {
  const fields = headerFields(env.options, header).map(([name, value]) =>
    [name, value] as [string, string]
  );
  const agent = env.options.get(userAgent);
  if (agent !== undefined) fields.push(["User-Agent", agent]);
  const login = loginOf(url);
  const authorization = await authorizationOf(env.options) ??
    (login === undefined ? undefined : `Basic ${base64(login)}`);
  const given = fields.some(([name]) => name.toLowerCase() === "authorization");
  if (authorization !== undefined && !given) fields.push(["Authorization", authorization]);
  return fields;
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** Upgrades a connection as a client. */
async function asClient(
  conn: ByteConn,
  url: URL,
  info: PeerInfo,
  env: Env,
  signal: AbortSignal,
  below?: Peer,
): Promise<Peer> {
  const { options } = env;
  const { upgradeClient } = await import("../lib/websocket/client.ts");
  const { webSocketPeer } = await import("../lib/websocket/connection.ts");
  const { protocol: agreed, rest } = await upgradeClient(conn, {
    url,
    headers: await requestFields(url, env),
    origin: options.get(origin),
    protocols: options.get(protocol),
    version: options.get(websocketVersion),
    timeout: options.get(handshakeTimeout),
    signal,
  });
  env.log.info(`connected to ${info.name}`);
  return webSocketPeer(
    conn,
    rest,
    { ...info, protocol: agreed },
    connectionOptions(env, "client"),
    below,
  );
}

/** Prepares to connect to a `ws:` or `wss:` address. */
export function urlOpener(text: string, env: Env): Opener {
  const url = parseWebSocketUrl(text);
  connectionOptions(env, "client"); // A wrong option is told at once.
  return connector(async ({ signal }) => {
    if (env.options.get(engine) === "native") {
      return transformPeer(await openNative(url, env, signal), env);
    }
    const name = `${url.protocol}//${url.host}${url.pathname}`;
    const { withTimeLimit } = await import("../lib/tls/time_limit.ts");
    const conn = await withTimeLimit(
      env.options.get(handshakeTimeout),
      signal,
      `cannot connect to ${name}`,
      (signal) => dial(url, env, signal),
    );
    try {
      return transformPeer(await asClient(conn, url, { name }, env, signal), env);
    } catch (error) {
      conn.close();
      throw error;
    }
  });
}

async function openNative(url: URL, env: Env, signal: AbortSignal): Promise<Peer> {
  const { options } = env;
  if (options.get(socks5) !== undefined) needsStreamEngine("--socks5", env);
  const { connectNative } = await import("../lib/websocket/native_client.ts");
  const asked = options.get(origin);
  const fields = await requestFields(url, env);
  return await connectNative({
    url,
    headers: asked === undefined ? fields : [...fields, ["Origin", asked]],
    protocols: options.get(protocol),
    timeout: options.get(handshakeTimeout),
    signal,
    connection: connectionOptions(env, "client"),
  });
}

/** Prepares to speak as a client over what `inner` opens. */
export function clientOver(inner: Opener, env: Env): Opener {
  needsStreamEngine("ws-c:", env);
  const url = parseWebSocketUrl(env.options.get(wsClientUri));
  return overPeer(inner, async (below, { signal }) => {
    const info = { ...below.info, name: `ws-c:${below.info.name}` };
    const peer = await asClient(connFromPeer(below), url, info, env, signal, below);
    return transformPeer(peer, env);
  }, env.log);
}
