/**
 * WebSocket: clients and servers, over TCP and over anything else.
 *
 * @module
 */
import { staticFile } from "../lib/cli/http_options.ts";
import { engine, handshakeTimeout } from "../lib/cli/options.ts";
import {
  headerFields,
  restrictUri,
  serverHeader,
  serverProtocol,
  webSocketOptions,
} from "../lib/cli/websocket_options.ts";
import { connectionOptions, needsStreamEngine } from "../lib/cli/websocket_settings.ts";
import { type ByteConn, connFromPeer } from "../lib/core/conn.ts";
import {
  Answered,
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
import { transformPeer } from "./message_transform.ts";
import { headerToEnv } from "./process.ts";
import { clientOver, urlOpener } from "./websocket_client.ts";
import { webSocketRules } from "./websocket_rules.ts";

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
