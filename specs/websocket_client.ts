/**
 * Opening WebSocket clients: from an address, and over any connection.
 *
 * @module
 */
import { engine, handshakeTimeout } from "../lib/cli/options.ts";
import { socks5 } from "../lib/cli/socks_options.ts";
import { origin, protocol, websocketVersion, wsClientUri } from "../lib/cli/websocket_options.ts";
import { connectionOptions, needsStreamEngine } from "../lib/cli/websocket_settings.ts";
import { type ByteConn, connFromPeer } from "../lib/core/conn.ts";
import {
  connector,
  type Env,
  type Opener,
  type OpenRequest,
  overPeer,
} from "../lib/core/opener.ts";
import type { Peer, PeerInfo } from "../lib/core/peer.ts";
import { parseWebSocketUrl } from "../lib/websocket/url.ts";
import { transformPeer } from "./message_transform.ts";
import { requestFields } from "./websocket_fields.ts";
import { connectTo } from "./websocket_route.ts";

/** Upgrades a connection as a client. */
async function asClient(
  conn: ByteConn,
  url: URL,
  info: PeerInfo,
  env: Env,
  { signal, trace }: OpenRequest,
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
    trace,
  });
  env.log.info(`connected to ${info.name}`);
  return webSocketPeer(
    conn,
    rest,
    { ...info, protocol: agreed, trace },
    connectionOptions(env, "client"),
    below,
  );
}

/** Prepares to connect to a `ws:` or `wss:` address. */
export function urlOpener(text: string, env: Env): Opener {
  const url = parseWebSocketUrl(text);
  connectionOptions(env, "client"); // A wrong option is told at once.
  return connector(async (request) => {
    const { signal } = request;
    if (env.options.get(engine) === "native") {
      return transformPeer(await openNative(url, env, signal), env);
    }
    const name = `${url.protocol}//${url.host}${url.pathname}`;
    const { withTimeLimit } = await import("../lib/tls/time_limit.ts");
    const conn = await withTimeLimit(
      env.options.get(handshakeTimeout),
      signal,
      `cannot connect to ${name}`,
      (signal) => connectTo(url, env, { ...request, signal }),
    );
    try {
      return transformPeer(await asClient(conn, url, { name }, env, request), env);
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
  return overPeer(inner, async (below, request) => {
    const info = { ...below.info, name: `ws-c:${below.info.name}` };
    const peer = await asClient(connFromPeer(below), url, info, env, request, below);
    return transformPeer(peer, env);
  }, env.log);
}
