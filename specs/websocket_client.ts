/**
 * Opening WebSocket clients: from an address, and over any connection. Loaded when one is opened.
 *
 * @module
 */
import { cookieJar } from "../lib/cli/auth_options.ts";
import { connectWithin } from "../lib/cli/connect_limit.ts";
import { engine, handshakeTimeout } from "../lib/cli/options.ts";
import {
  connectTo as connectWith,
  followRedirects,
  ipv4,
  ipv6,
  maxRedirects,
  proxy,
  resolve,
} from "../lib/cli/proxy_options.ts";
import { socks5 } from "../lib/cli/socks_options.ts";
import { origin, protocol, websocketVersion } from "../lib/cli/websocket_options.ts";
import {
  connectionOptions,
  needsStreamEngine,
  wantedDeflate,
  withCompression,
} from "../lib/cli/websocket_settings.ts";
import { type ByteConn, connFromPeer } from "../lib/core/conn.ts";
import { WirecatError } from "../lib/core/errors.ts";
import type { Env, OpenRequest } from "../lib/core/opener.ts";
import type { Peer, PeerInfo } from "../lib/core/peer.ts";
import { upgradeClient, UpgradeRefused } from "../lib/websocket/client.ts";
import { webSocketPeer } from "../lib/websocket/connection.ts";
import { transformPeer } from "./message_transform.ts";
import { cookieReceiver } from "./run_cookies.ts";
import { type RequestCircumstances, requestFields } from "./websocket_fields.ts";
import { connectTo } from "./websocket_route.ts";

/** Upgrades a connection as a client. */
async function asClient(
  conn: ByteConn,
  url: URL,
  info: PeerInfo,
  env: Env,
  { signal, trace, tells }: OpenRequest,
  below?: Peer,
  circumstances: RequestCircumstances = {},
): Promise<Peer> {
  const { options } = env;
  const { protocol: agreed, deflate, rest } = await upgradeClient(conn, {
    url,
    headers: await requestFields(url, env, circumstances),
    origin: options.get(origin),
    protocols: options.get(protocol),
    deflate: await wantedDeflate(env),
    version: options.get(websocketVersion),
    timeout: options.get(handshakeTimeout),
    signal,
    trace,
    onResponse: await cookieReceiver(url, env),
  });
  if (!tells) env.log.info(`connected to ${info.name}`);
  tellOfProtocol(agreed, info.name, env);
  return webSocketPeer(
    conn,
    rest,
    { ...info, protocol: agreed, extensions: deflate?.header, trace },
    await withCompression(connectionOptions(env, "client"), deflate, info.name, env),
    below,
  );
}

/** Whoever asks for a subprotocol wants to know that the server has chosen none. */
function tellOfProtocol(agreed: string | undefined, name: string, { options, log }: Env): void {
  const offered = options.get(protocol);
  if (offered === undefined || agreed !== undefined) return;
  log.info(`${name}: the server chose none of the subprotocols that were offered (${offered})`);
}

/** Connects to a `ws:` or `wss:` address. */
export async function openClient(url: URL, env: Env, request: OpenRequest): Promise<Peer> {
  if (env.options.get(engine) === "native") {
    return transformPeer(await openNative(url, env, request.signal), env);
  }
  // Files are read and passwords are asked for before a server waits.
  await requestFields(url, env);
  return transformPeer(await openFollowing(url, env, request), env);
}

/** Connects, and connects elsewhere where the server says so and the options allow it. */
async function openFollowing(first: URL, env: Env, request: OpenRequest): Promise<Peer> {
  const { options, log } = env;
  if (!options.get(followRedirects)) return await openUrl(first, env, request);
  const { isRedirect, isSameOrigin, redirectTarget } = await import("../lib/websocket/redirect.ts");
  const most = options.get(maxRedirects);
  let url = first;
  for (let count = 0;; count++) {
    try {
      return await openUrl(url, env, request, { crossOrigin: !isSameOrigin(url, first) });
    } catch (error) {
      if (!(error instanceof UpgradeRefused) || !isRedirect(error)) throw error;
      const next = redirectTarget(error.location!, url);
      if (count === most) {
        throw new WirecatError("upgrade", `${nameOf(url)} redirects, after ${count} redirects`, {
          hint: "--max-redirs sets how many are followed",
          cause: error,
        });
      }
      log.info(`${nameOf(url)} redirects to ${nameOf(next)}`);
      url = next;
    }
  }
}

/** The address without login and query. */
function nameOf(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

/** Connects to an address and asks for the upgrade. */
async function openUrl(
  url: URL,
  env: Env,
  request: OpenRequest,
  circumstances: RequestCircumstances = {},
): Promise<Peer> {
  const name = nameOf(url);
  const conn = await connectWithin(
    env.options,
    request,
    name,
    (request) => connectTo(url, env, request),
  );
  try {
    return await asClient(conn, url, { name }, env, request, undefined, circumstances);
  } catch (error) {
    conn.close();
    throw error;
  }
}

async function openNative(url: URL, env: Env, signal: AbortSignal): Promise<Peer> {
  const { options } = env;
  for (const option of [socks5, proxy, resolve, connectWith, ipv4, ipv6, followRedirects]) {
    if (options.given(option)) needsStreamEngine(`--${option.long}`, env);
  }
  if (options.get(cookieJar) !== undefined) needsStreamEngine("--cookie-jar", env);
  const { connectNative } = await import("../lib/websocket/native_client.ts");
  const asked = options.get(origin);
  const fields = await requestFields(url, env);
  const peer = await connectNative({
    url,
    headers: asked === undefined ? fields : [...fields, ["Origin", asked]],
    protocols: options.get(protocol),
    timeout: options.get(handshakeTimeout),
    signal,
    connection: connectionOptions(env, "client"),
  });
  tellOfProtocol(peer.info.protocol, peer.info.name, env);
  return peer;
}

/** Speaks as a client over a connection that is there. */
export async function openClientOver(
  below: Peer,
  url: URL,
  env: Env,
  request: OpenRequest,
): Promise<Peer> {
  const info = { ...below.info, name: `ws-c:${below.info.name}` };
  const peer = await asClient(connFromPeer(below), url, info, env, request, below);
  return transformPeer(peer, env);
}
