/**
 * `unix:`, `unix-listen:`, `abstract:` and `abstract-listen:`.
 *
 * @module
 */
import { bufferSize, unlink } from "../lib/cli/options.ts";
import { peerFromConn } from "../lib/core/conn.ts";
import {
  connector,
  type Env,
  type ListenAddress,
  listener,
  type Opener,
} from "../lib/core/opener.ts";
import type { SpecFamily } from "../lib/core/registry.ts";
import type { ListenUnixOptions } from "../lib/net/unix.ts";
import { parseAbstractName, parseSocketPath } from "../lib/net/socket_path.ts";
import { acceptFromFd } from "./fd.ts";
import { socketModeOptions } from "./socket_mode.ts";

/** UNIX stream sockets, with a file and without. */
export const family: SpecFamily = {
  specifiers: [
    {
      kind: "endpoint",
      names: ["unix", "unix-connect", "connect-unix", "unix-c", "c-unix"],
      argument: "PATH",
      orientation: "bytes",
      summary: "Connect to a UNIX socket.",
      examples: ["ws-l:127.0.0.1:8088 unix:/run/the.sock"],
      check: (argument) => void parseSocketPath(argument, "unix:"),
      opener: (argument, env) =>
        connect(parseSocketPath(argument, "unix:"), `unix:${argument}`, env),
    },
    {
      kind: "endpoint",
      names: ["unix-listen", "listen-unix", "unix-l", "l-unix"],
      argument: "PATH",
      orientation: "bytes",
      listens: true,
      socket: true,
      summary: "Listen on a UNIX socket.",
      doc:
        "Makes the socket's file, and removes it when it stops listening. A file that is there " +
        "already is an error; with --unlink a socket is removed first, but nothing else is.",
      examples: ["--unlink unix-l:/run/the.sock ws://127.0.0.1:8089"],
      check: (argument) => void parseSocketPath(argument, "unix-listen:"),
      opener: (argument, env) =>
        env.options.get(acceptFromFd) ? inherit(argument, env) : listenOnFile(argument, env),
    },
    {
      kind: "endpoint",
      names: ["abstract", "abstract-connect", "connect-abstract", "abstract-c", "c-abstract"],
      argument: "NAME",
      orientation: "bytes",
      advanced: true,
      summary: "Connect to a UNIX socket that has a name instead of a file (Linux).",
      examples: ["ws-l:127.0.0.1:8088 abstract:the_socket"],
      check: (argument) => void parseAbstractName(argument, "abstract:"),
      opener: (argument, env) =>
        connect(parseAbstractName(argument, "abstract:"), `abstract:${argument}`, env),
    },
    {
      kind: "endpoint",
      names: ["abstract-listen", "listen-abstract", "abstract-l", "l-abstract"],
      argument: "NAME",
      orientation: "bytes",
      listens: true,
      socket: true,
      advanced: true,
      summary: "Listen on a UNIX socket that has a name instead of a file (Linux).",
      doc:
        "Every user of the machine who shares its network namespace can connect to it: there is " +
        "no file whose permissions could keep anybody out.",
      examples: ["abstract-l:the_socket ws://127.0.0.1:8089"],
      check: (argument) => void parseAbstractName(argument, "abstract-listen:"),
      opener: (argument, env) =>
        listen(parseAbstractName(argument, "abstract-listen:"), `abstract:${argument}`, {
          proto: "abstract",
          name: new TextEncoder().encode(argument),
        }, env),
    },
  ],
};

function connect(path: string, name: string, env: Env): Opener {
  const maxRead = env.options.get(bufferSize);
  return connector(async ({ signal }) => {
    const { dialUnix } = await import("../lib/net/unix.ts");
    const conn = await dialUnix(path, name, signal);
    env.log.info(`connected to ${name}`);
    return peerFromConn(conn, { name }, { maxRead });
  });
}

function listenOnFile(argument: string, env: Env): Opener {
  const path = parseSocketPath(argument, "unix-listen:");
  const options = { unlink: env.options.get(unlink), mode: socketModeOptions(env.options) };
  return listen(path, `unix:${argument}`, { proto: "unix", path }, env, options);
}

function listen(
  path: string,
  name: string,
  address: ListenAddress,
  env: Env,
  options?: ListenUnixOptions,
): Opener {
  const maxRead = env.options.get(bufferSize);
  return listener(async ({ signal }) => {
    const [{ acceptClients }, { listenUnix }] = await Promise.all([
      import("../lib/net/accept.ts"),
      import("../lib/net/unix.ts"),
    ]);
    signal.throwIfAborted();
    const socket = await listenUnix(path, name, options);
    env.onListening?.(address);
    return acceptClients(socket, (conn) => peerFromConn(conn, { name }, { maxRead }), env.log);
  }, env.log);
}

function inherit(argument: string, env: Env): Opener {
  return listener(async ({ signal }) => {
    const { listenOnInherited } = await import("../lib/ffi/listen_fd.ts");
    signal.throwIfAborted();
    return listenOnInherited(argument, `unix-listen:${argument}`, env, env.options.get(bufferSize));
  }, env.log);
}
