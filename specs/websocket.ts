/**
 * WebSocket: clients and servers, over TCP and over anything else.
 *
 * @module
 */
import { authorizationOf, staticFile, userAgent } from "../lib/cli/http_options.ts";
import { engine, handshakeTimeout } from "../lib/cli/options.ts";
import { socks5, socks5UserPass } from "../lib/cli/socks_options.ts";
import {
  closeReason,
  closeStatusCode,
  header,
  headerFields,
  inhibitPongs,
  maxFrameLength,
  maxMessageLength,
  maxSentPings,
  origin,
  pingInterval,
  pingTimeout,
  printPingRtts,
  protocol,
  restrictUri,
  serverHeader,
  serverProtocol,
  webSocketOptions,
  websocketVersion,
  wsClientUri,
} from "../lib/cli/websocket_options.ts";
import { connectionOptions } from "../lib/cli/websocket_settings.ts";
import { type ByteConn, connFromPeer } from "../lib/core/conn.ts";
import { usageError } from "../lib/core/errors.ts";
import type { Fixup } from "../lib/core/fixups.ts";
import { hasNamed, hasPart, lint, purpose } from "../lib/core/lints.ts";
import {
  Answered,
  connector,
  type Env,
  listener,
  type Opener,
  type OpenRequest,
  overPeer,
} from "../lib/core/opener.ts";
import type { Peer, PeerInfo } from "../lib/core/peer.ts";
import type { AliasType, SpecFamily } from "../lib/core/registry.ts";
import { namesSpecifier } from "../lib/core/specifier.ts";
import type { RequestHead } from "../lib/http/head.ts";
import { transformPeer } from "./message_transform.ts";
import { headerToEnv } from "./process.ts";
import type { ConnectionOptions } from "../lib/websocket/connection.ts";
import { hostOf, loginOf, parseWebSocketUrl, portOf } from "../lib/websocket/url.ts";

// --- Clients ---

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

function urlOpener(text: string, env: Env): Opener {
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

function clientOver(inner: Opener, env: Env): Opener {
  needsStreamEngine("ws-c:", env);
  const url = parseWebSocketUrl(env.options.get(wsClientUri));
  return overPeer(inner, async (below, { signal }) => {
    const info = { ...below.info, name: `ws-c:${below.info.name}` };
    const peer = await asClient(connFromPeer(below), url, info, env, signal, below);
    return transformPeer(peer, env);
  }, env.log);
}

// --- Servers ---

/** What answers requests that ask for no WebSocket, where there is something to answer. */
type Responder = (head: RequestHead, conn: ByteConn) => Promise<boolean>;

async function staticResponder(env: Env): Promise<Responder | undefined> {
  if (env.options.get(staticFile).length === 0) return undefined;
  const { staticFiles } = await import("../lib/http/static_file.ts");
  const files = staticFiles(env.options);
  return (head, conn) => files.respond(head, conn);
}

async function asServer(
  below: Peer,
  env: Env,
  connection: ConnectionOptions,
  { signal }: OpenRequest,
): Promise<Peer> {
  const { options, log } = env;
  const { upgradeServer } = await import("../lib/websocket/server.ts");
  const { webSocketPeer } = await import("../lib/websocket/connection.ts");
  const conn = connFromPeer(below);
  const client = below.info.client ?? below.info.name;
  const accepted = await upgradeServer(conn, {
    client,
    restrictUri: options.get(restrictUri),
    protocol: options.get(serverProtocol),
    headers: headerFields(options, serverHeader),
    timeout: options.get(handshakeTimeout),
    signal,
    respond: await staticResponder(env),
    keepHeaders: options.get(headerToEnv).length > 0,
    onWarning: (message) => log.warn(message),
  });
  if (accepted === undefined) throw new Answered(`answered a request of ${client}`);
  const { target, headers, protocol, rest } = accepted;
  log.info(`${client} connected to ${target}`);
  const info: PeerInfo = {
    ...below.info,
    name: `the client ${client}`,
    uri: target,
    headers,
    protocol,
  };
  return transformPeer(webSocketPeer(conn, rest, info, connection, below), env);
}

function serverOver(inner: Opener, env: Env): Opener {
  const connection = connectionOptions(env, "server");
  headerFields(env.options, serverHeader);
  if (env.options.get(engine) === "native") {
    if (inner.tcp === undefined || inner.listen === undefined) needsStreamEngine("ws-u:", env);
    return nativeServerOpener(inner, env);
  }
  return overPeer(inner, (below, request) => asServer(below, env, connection, request), env.log);
}

function nativeServerOpener(inner: Opener, env: Env): Opener {
  const { options } = env;
  return listener(async () => {
    const { listenNative } = await import("../lib/websocket/native_server.ts");
    return listenNative({
      address: inner.tcp!,
      restrictUri: options.get(restrictUri),
      protocol: options.get(serverProtocol),
      headers: headerFields(options, serverHeader),
      connection: connectionOptions(env, "server"),
      onListening: (ip, port) => env.onListening?.({ proto: "tcp", ip, port }),
    });
  }, env.log);
}

function needsStreamEngine(name: string, env: Env): void {
  if (env.options.get(engine) !== "native") return;
  throw usageError(
    `${name} is beyond the native engine, which does ws://, wss:// and ws-l: over TCP only`,
    "leave out --engine native",
  );
}

// --- Frames without a handshake ---

function lowLevel(role: "client" | "server"): (inner: Opener, env: Env) => Opener {
  return (inner, env) => {
    needsStreamEngine(`ws-lowlevel-${role}:`, env);
    return overPeer(inner, async (below) => {
      const { webSocketPeer } = await import("../lib/websocket/connection.ts");
      const conn = connFromPeer(below);
      const options = connectionOptions(env, role);
      const peer = webSocketPeer(conn, new Uint8Array(0), below.info, options, below);
      return transformPeer(peer, env);
    }, env.log);
  };
}

/** An alias for a server over `transport`, unless what follows is a specifier itself. */
function serverAlias(
  names: AliasType["names"],
  transport: string,
  words: Pick<AliasType, "summary" | "argument" | "examples" | "doc" | "advanced">,
): AliasType {
  return {
    kind: "alias",
    names,
    expand: (argument, registry) =>
      namesSpecifier(argument, registry) ? `ws-u:${argument}` : `ws-u:${transport}${argument}`,
    ...words,
  };
}

// --- Rules ---

const forServers: Fixup = purpose({
  options: [restrictUri, serverProtocol, serverHeader],
  isThere: (pair) => hasNamed(pair, "ws-upgrade"),
  what: "a WebSocket server",
  hint: "write ws-l:PORT for one on TCP, or ws-u: before another listener",
});

const forClients: Fixup = purpose({
  options: [header, origin, protocol, websocketVersion],
  isThere: (pair) => hasNamed(pair, "ws", "wss", "ws-connect"),
  what: "a WebSocket client",
  hint: "a server has --server-header and --server-protocol, http: has --request-header",
});

const forClientsOverOthers: Fixup = purpose({
  options: [wsClientUri],
  isThere: (pair) => hasNamed(pair, "ws-connect"),
  what: "ws-c:",
  hint: "write ws-c:tcp:HOST:PORT, or the address as ws://HOST:PORT/",
});

const forBoth: Fixup = purpose({
  options: [
    pingInterval,
    pingTimeout,
    maxSentPings,
    printPingRtts,
    inhibitPongs,
    closeStatusCode,
    closeReason,
  ],
  isThere: (pair) => hasPart(pair, (part) => part.websocket !== undefined),
  what: "a WebSocket",
  hint: "write ws://HOST:PORT/ for a client, ws-l:PORT for a server",
});

const pings: Fixup = lint((_pair, { options, warn }) => {
  const interval = options.get(pingInterval);
  const timeout = options.get(pingTimeout);
  if (interval === undefined) {
    for (const option of [pingTimeout, maxSentPings, printPingRtts]) {
      if (!options.given(option)) continue;
      warn(
        `--${option.long} without --ping-interval: no Pings are sent, so no Pongs come`,
        "add --ping-interval SECONDS",
      );
    }
  } else if (timeout !== undefined && timeout <= interval) {
    warn(
      `--ping-timeout ${timeout} is over before a Ping of every ${interval} s can be answered`,
      `make it more than ${interval}`,
    );
  }
});

const closeFrame: Fixup = lint((_pair, { options, warn }) => {
  if (options.given(closeReason) && !options.given(closeStatusCode)) {
    warn("--close-reason is not sent without a code", "add --close-status-code 1000");
  }
});

const limits: Fixup = lint((_pair, { options, warn }) => {
  if (!options.given(maxFrameLength) || !options.given(maxMessageLength)) return;
  const frame = options.get(maxFrameLength);
  const message = options.get(maxMessageLength);
  if (message >= frame) return;
  warn(
    `--max-ws-message-length ${message} refuses what --max-ws-frame-length ${frame} lets in`,
    "a message is at least as long as each of its frames: make the first limit the larger one",
  );
});

/** The WebSocket endpoints and overlays. */
export const family: SpecFamily = {
  specifiers: [
    {
      kind: "endpoint",
      names: ["ws"],
      argument: "//HOST[:PORT][/PATH]",
      orientation: "messages",
      websocket: "client",
      summary: "WebSocket client.",
      doc: "Connects to whichever address of the host answers first. A login in the URL " +
        "(ws://user:password@host/) is sent as basic authentication.",
      examples: ["ws://127.0.0.1:8080/", "-b tcp-l:127.0.0.1:4554 ws://127.0.0.1:8080/raw"],
      check: (argument) => void parseWebSocketUrl(`ws:${argument}`),
      opener: (argument, env) => urlOpener(`ws:${argument}`, env),
    },
    {
      kind: "endpoint",
      names: ["wss"],
      argument: "//HOST[:PORT][/PATH]",
      orientation: "messages",
      websocket: "client",
      tls: "client",
      summary: "WebSocket client over TLS.",
      doc: "Trusts the system's certificates, or those that SSL_CERT_FILE and SSL_CERT_DIR name; " +
        "-k trusts any.",
      examples: ["wss://echo.example.org/"],
      check: (argument) => void parseWebSocketUrl(`wss:${argument}`),
      opener: (argument, env) => urlOpener(`wss:${argument}`, env),
    },
    serverAlias(["ws-listen", "ws-l", "l-ws", "listen-ws"], "tcp-listen:", {
      argument: "[ADDRESS:]PORT",
      summary: "WebSocket server on a TCP port.",
      doc: "A port alone listens on 127.0.0.1; port 0 takes a free one. Another listener may " +
        "follow instead of an address: ws-l:unix-l:/tmp/sock.",
      examples: ["ws-l:127.0.0.1:8808 -", "-t ws-l:8080 mirror:"],
    }),
    serverAlias(["wss-listen", "wss-l", "l-wss", "listen-wss"], "ssl-accept:tcp-listen:", {
      argument: "[ADDRESS:]PORT",
      summary: "WebSocket server over TLS on a TCP port.",
      doc: "Needs a certificate: --tls-cert and --tls-key, or --pkcs12-der.",
      examples: ["-t --pkcs12-der=q.pkcs12 wss-l:127.0.0.1:1234 mirror:"],
    }),
    {
      kind: "alias",
      names: ["inetd-ws", "ws-inetd"],
      advanced: true,
      summary: "WebSocket server on standard input and output, as inetd starts it.",
      examples: ["inetd-ws: tcp:127.0.0.1:22"],
      expand: (argument) => `ws-u:inetd:${argument}`,
    },
    serverAlias(["l-ws-unix"], "unix-listen:", {
      argument: "PATH",
      advanced: true,
      summary: "WebSocket server on a UNIX socket.",
      examples: ["--unlink l-ws-unix:/tmp/ws.sock tcp:127.0.0.1:22"],
    }),
    serverAlias(["l-ws-abstract"], "abstract-listen:", {
      argument: "NAME",
      advanced: true,
      summary: "WebSocket server on an abstract UNIX socket (Linux).",
      examples: ["l-ws-abstract:ws tcp:127.0.0.1:22"],
    }),
    {
      kind: "overlay",
      names: ["ws-connect", "ws-c", "c-ws", "connect-ws"],
      orientation: "messages",
      advanced: true,
      websocket: "client",
      summary: "WebSocket client over any connection.",
      doc: "What the server is told to be asked for is --ws-c-uri; where the connection goes is " +
        "written after the colon.",
      examples: [
        "--ws-c-uri=ws://example.com/chat - ws-c:tcp:127.0.0.1:80",
        "--ws-c-uri=ws://example.com/ - ws-c:cmd:'socat - tcp:127.0.0.1:80'",
      ],
      opener: clientOver,
    },
    {
      kind: "overlay",
      names: ["ws-upgrade", "upgrade-ws", "ws-u", "u-ws"],
      orientation: "messages",
      advanced: true,
      websocket: "server",
      summary: "WebSocket server over any connection or listener.",
      doc: "Every other WebSocket server is this one over some listener.",
      examples: ["-b --unlink ws-u:unix-l:/tmp/wstest tcp:127.0.0.1:22"],
      opener: serverOver,
    },
    {
      kind: "overlay",
      names: ["ws-lowlevel-client", "ws-ll-client", "ws-ll-c"],
      orientation: "messages",
      advanced: true,
      websocket: "client",
      summary: "WebSocket frames of a client, without the HTTP handshake.",
      examples: ["- ws-ll-c:tcp:127.0.0.1:9000"],
      opener: lowLevel("client"),
    },
    {
      kind: "overlay",
      names: ["ws-lowlevel-server", "ws-ll-server", "ws-ll-s"],
      orientation: "messages",
      advanced: true,
      websocket: "server",
      summary: "WebSocket frames of a server, without the HTTP handshake.",
      examples: ["ws-ll-s:tcp-l:127.0.0.1:9000 mirror:"],
      opener: lowLevel("server"),
    },
  ],
  options: webSocketOptions,
  fixups: [forServers, forClients, forClientsOverOthers, forBoth, pings, closeFrame, limits],
};
