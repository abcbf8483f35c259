/**
 * WebSocket: clients and servers, over TCP and over anything else.
 *
 * @module
 */
import { staticFile, staticFolder } from "../lib/cli/http_options.ts";
import { engine, handshakeTimeout } from "../lib/cli/options.ts";
import { trustForwarded } from "../lib/cli/proxy_options.ts";
import {
  headerFields,
  restrictUri,
  serverHeader,
  serverProtocol,
  webSocketOptions,
  wsClientUri,
} from "../lib/cli/websocket_options.ts";
import {
  connectionOptions,
  needsStreamEngine,
  wantedDeflate,
  withCompression,
} from "../lib/cli/websocket_settings.ts";
import { type ByteConn, connFromPeer } from "../lib/core/conn.ts";
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
import type { ConnectionOptions } from "../lib/websocket/connection.ts";
import { parseWebSocketUrl } from "../lib/websocket/url.ts";
import { admissionOf, forwardedClient, guarded } from "./admission.ts";
import { transformPeer } from "./message_transform.ts";
import { headerToEnv } from "./process.ts";
import { webSocketRules } from "./websocket_rules.ts";

// --- Clients ---

/** Prepares to connect to a `ws:` or `wss:` address. */
function urlOpener(text: string, env: Env): Opener {
  const url = parseWebSocketUrl(text);
  connectionOptions(env, "client"); // A wrong option is told at once.
  return connector(async (request) => {
    const { openClient } = await import("./websocket_client.ts");
    return await openClient(url, env, request);
  });
}

/** Prepares to speak as a client over what `inner` opens. */
function clientOver(inner: Opener, env: Env): Opener {
  needsStreamEngine("ws-c:", env);
  const url = parseWebSocketUrl(env.options.get(wsClientUri));
  return overPeer(inner, async (below, request) => {
    const { openClientOver } = await import("./websocket_client.ts");
    return await openClientOver(below, url, env, request);
  }, env.log);
}

// --- Servers ---

/** What answers requests that ask for no WebSocket, where there is something to answer. */
type Responder = (head: RequestHead, conn: ByteConn) => Promise<boolean>;

async function staticResponder(env: Env): Promise<Responder | undefined> {
  const folder = env.options.get(staticFolder);
  if (folder === undefined && env.options.get(staticFile).length === 0) return undefined;
  const { staticFiles } = await import("../lib/http/static_file.ts");
  const files = staticFiles(env.options);
  return async (head, conn) => {
    if (folder === undefined || files.has(head.target)) return await files.respond(head, conn);
    const { answerFromFolder } = await import("../lib/websockify/web.ts");
    await answerFromFolder(folder, head, conn);
    return true;
  };
}

async function asServer(
  below: Peer,
  env: Env,
  connection: ConnectionOptions,
  { signal, trace }: OpenRequest,
): Promise<Peer> {
  const { options, log } = env;
  const { upgradeServer } = await import("../lib/websocket/server.ts");
  const { webSocketPeer } = await import("../lib/websocket/connection.ts");
  const conn = connFromPeer(below);
  const client = below.info.client ?? below.info.name;
  const admission = await admissionOf(env);
  const accepted = await upgradeServer(conn, {
    client,
    clientOf: await forwardedClient(below.info, env),
    restrictUri: options.get(restrictUri),
    protocol: options.get(serverProtocol),
    deflate: await wantedDeflate(env),
    headers: headerFields(options, serverHeader),
    timeout: options.get(handshakeTimeout),
    signal,
    admit: (head, client) => admission?.admit(head, client),
    respond: await staticResponder(env),
    keepHeaders: options.get(headerToEnv).length > 0 || trace !== undefined,
    onWarning: (message) => log.warn(message),
  });
  if (accepted === undefined) throw new Answered(`answered a request of ${client}`);
  const { target, headers, protocol, deflate, rest, user } = accepted;
  const { client: behind = client } = accepted;
  if (log.verbosity >= 2) {
    const { maskAddress } = await import("../lib/core/secrets.ts");
    const as = user === undefined ? "" : ` as ${user}`;
    log.info(`${behind} connected to ${maskAddress(target)}${as}`);
  }
  const info: PeerInfo = {
    ...below.info,
    client: accepted.client ?? below.info.client,
    name: `the client ${behind}`,
    uri: target,
    headers,
    user,
    protocol,
    extensions: deflate?.header,
  };
  const settings = await withCompression(connection, deflate, info.name, env);
  return transformPeer(webSocketPeer(conn, rest, info, settings, below), env);
}

function serverOver(below: Opener, env: Env): Opener {
  const inner = guarded(below, env);
  const connection = connectionOptions(env, "server");
  headerFields(env.options, serverHeader);
  if (env.options.get(engine) === "native") {
    if (env.options.given(trustForwarded)) needsStreamEngine("--trust-forwarded", env);
    if (env.options.given(staticFolder)) needsStreamEngine("--static-dir", env);
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
  fixups: webSocketRules,
};
