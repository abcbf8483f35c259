/**
 * `tcp:` and `tcp-listen:`.
 *
 * @module
 */
import { bufferSize } from "../lib/cli/options.ts";
import { routeOptions } from "../lib/cli/proxy_options.ts";
import {
  connector,
  type Env,
  listener,
  type Opener,
  type OpenRequest,
} from "../lib/core/opener.ts";
import { type ByteConn, peerFromConn } from "../lib/core/conn.ts";
import type { SpecFamily } from "../lib/core/registry.ts";
import {
  formatHostPort,
  formatRemote,
  parseConnectAddress,
  parseListenAddress,
} from "../lib/net/address.ts";
import { acceptFromFd } from "./fd.ts";

/** Connecting and listening with TCP. */
export const family: SpecFamily = {
  specifiers: [
    {
      kind: "endpoint",
      names: ["tcp", "tcp-connect", "connect-tcp", "tcp-c", "c-tcp"],
      argument: "HOST:PORT",
      orientation: "bytes",
      summary: "Connect to a TCP server.",
      doc:
        "HOST is a name or an address, IPv6 in brackets. Of a name with many addresses the one " +
        "that answers first is taken. Without HOST it is this machine.",
      examples: [
        "- tcp:127.0.0.1:22",
        "ws-l:0.0.0.0:8084 tcp:[::1]:22",
      ],
      check: (argument) => void parseConnectAddress(argument, "tcp:"),
      opener: (argument, env) => connect(argument, env, false),
    },
    {
      kind: "endpoint",
      names: ["tcp-listen", "listen-tcp", "tcp-l", "l-tcp"],
      argument: "[HOST:]PORT",
      orientation: "bytes",
      listens: true,
      socket: true,
      summary: "Listen for TCP clients.",
      doc:
        "PORT alone listens on 127.0.0.1, for programs on this machine; :PORT and *:PORT on all " +
        "addresses, IPv4 and IPv6. HOST may be a name. Port 0 takes a free port, which " +
        "--stdout-announce-listening-ports tells.",
      examples: [
        "tcp-l:0.0.0.0:1441 mirror:",
        "tcp-l:8088 ws://echo.websocket.org",
      ],
      check(argument, options) {
        if (!options.get(acceptFromFd)) parseListenAddress(argument, "tcp-listen:");
      },
      opener: (argument, env) =>
        env.options.get(acceptFromFd) ? inherit(argument, env) : listen(argument, env),
    },
  ],
};

/** Connects; `proxied` says whether the proxy of the options is for it. */
export function connect(argument: string, env: Env, proxied: boolean): Opener {
  const destination = parseConnectAddress(argument, "tcp:");
  const name = `tcp:${formatHostPort(destination)}`;
  const maxRead = env.options.get(bufferSize);
  const dial = async (request: OpenRequest): Promise<ByteConn> => {
    const { routeFor } = await import("./tcp_route.ts");
    const journey = { destination, target: name, proxied, client: request.left?.client };
    const route = await routeFor(journey, env, request.trace !== undefined);
    if (route !== undefined) return await route(request);
    const { dialTcp } = await import("../lib/net/dial.ts");
    return await dialTcp(destination.hostname, destination.port, request.signal);
  };
  const open = connector(async (request) => {
    const { connectWithin } = await import("../lib/cli/connect_limit.ts");
    // Without a proxy the system knows best how long to wait.
    const fallback = proxied ? undefined : Infinity;
    const conn = await connectWithin(env.options, request, name, dial, fallback);
    const { remoteAddr } = conn as Partial<Deno.TcpConn>;
    const at = proxied || remoteAddr === undefined ? "" : ` (${formatRemote(remoteAddr)})`;
    env.log.info(`connected to ${name}${at}`);
    return peerFromConn(conn, { name, trace: request.trace }, { maxRead });
  });
  const plain = !proxied && !routeOptions.some((option) => env.options.given(option));
  return { ...open, tcp: destination, dial: plain ? undefined : dial };
}

function listen(argument: string, env: Env): Opener {
  const address = parseListenAddress(argument, "tcp-listen:");
  const maxRead = env.options.get(bufferSize);
  const listening = listener(async ({ signal }) => {
    const [{ acceptClients }, { addressRules }, { listenTcp }, { setNoDelay }] = await Promise.all([
      import("../lib/net/accept.ts"),
      import("../lib/net/address_rules.ts"),
      import("../lib/net/listen.ts"),
      import("../lib/net/dial.ts"),
    ]);
    const rules = await addressRules(env);
    signal.throwIfAborted();
    const socket = listenTcp(address);
    const { hostname: ip, port } = socket.addr as Deno.NetAddr;
    env.onListening?.({ proto: "tcp", ip, port });
    return acceptClients(
      socket,
      (conn) => {
        setNoDelay(conn);
        const client = formatRemote(conn.remoteAddr);
        return peerFromConn(conn, { name: `tcp:${client}`, client }, { maxRead });
      },
      env.log,
      rules && ((conn) => rules(conn.remoteAddr.hostname)),
    );
  }, env.log);
  return { ...listening, tcp: address };
}

function inherit(argument: string, env: Env): Opener {
  return listener(async ({ signal }) => {
    const { listenOnInherited } = await import("../lib/ffi/listen_fd.ts");
    signal.throwIfAborted();
    return listenOnInherited(argument, `tcp-listen:${argument}`, env, env.options.get(bufferSize));
  }, env.log);
}
