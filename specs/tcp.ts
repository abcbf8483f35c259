/**
 * `tcp:` and `tcp-listen:`.
 *
 * @module
 */
import { bufferSize } from "../lib/cli/options.ts";
import { connector, type Env, listener, type Opener } from "../lib/core/opener.ts";
import { peerFromConn } from "../lib/core/conn.ts";
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
      opener: connect,
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

function connect(argument: string, env: Env): Opener {
  const { hostname, port } = parseConnectAddress(argument, "tcp:");
  const maxRead = env.options.get(bufferSize);
  const open = connector(async ({ signal }) => {
    const { dialTcp } = await import("../lib/net/dial.ts");
    const conn = await dialTcp(hostname, port, signal);
    const name = `tcp:${formatHostPort({ hostname, port })}`;
    env.log.info(`connected to ${name} (${formatRemote(conn.remoteAddr)})`);
    return peerFromConn(conn, { name }, { maxRead });
  });
  return { ...open, tcp: { hostname, port } };
}

function listen(argument: string, env: Env): Opener {
  const address = parseListenAddress(argument, "tcp-listen:");
  const maxRead = env.options.get(bufferSize);
  const listening = listener(async ({ signal }) => {
    const [{ acceptClients }, { listenTcp }, { setNoDelay }] = await Promise.all([
      import("../lib/net/accept.ts"),
      import("../lib/net/listen.ts"),
      import("../lib/net/dial.ts"),
    ]);
    signal.throwIfAborted();
    const socket = listenTcp(address);
    const { hostname: ip, port } = socket.addr as Deno.NetAddr;
    env.onListening?.({ proto: "tcp", ip, port });
    return acceptClients(socket, (conn) => {
      setNoDelay(conn);
      const client = formatRemote(conn.remoteAddr);
      return peerFromConn(conn, { name: `tcp:${client}`, client }, { maxRead });
    }, env.log);
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
