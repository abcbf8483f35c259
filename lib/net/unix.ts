/**
 * Connecting to and listening on UNIX stream sockets.
 *
 * @module
 */
import { closeQuietly } from "../core/conn.ts";
import { reasonOf, WirecatError } from "../core/errors.ts";
import type { ListeningSocket } from "./accept.ts";
import { SocketFile } from "./socket_file.ts";
import { applySocketMode, type SocketModeOptions } from "./socket_mode.ts";

/**
 * Connects to a socket; `path` begins with NUL for an abstract one. `target` is what
 * errors call it. Throws a `WirecatError` of kind `connection`.
 */
export async function dialUnix(
  path: string,
  target: string,
  signal?: AbortSignal,
): Promise<Deno.UnixConn> {
  signal?.throwIfAborted();
  let conn: Deno.UnixConn;
  try {
    conn = await Deno.connect({ transport: "unix", path }); // Never waits: unix(7), EAGAIN.
  } catch (error) {
    throw new WirecatError("connection", `cannot connect to ${target}: ${reasonOf(error)}`, {
      hint: connectHint(error, path),
      cause: error,
    });
  }
  if (signal?.aborted) {
    closeQuietly(conn);
    throw signal.reason;
  }
  return conn;
}

function connectHint(error: unknown, path: string): string | undefined {
  if (error instanceof Deno.errors.NotFound) return "has its server been started?";
  if (error instanceof Deno.errors.ConnectionRefused) {
    if (isAbstract(path)) return "has its server been started?";
    return SocketFile.of(path) !== undefined
      ? "the socket's file is there, but its server is not"
      : "there is something of that name, but it is not a socket";
  }
  if (error instanceof Deno.errors.WouldBlock) return "its server has too many clients waiting";
  return accessHint(error);
}

function accessHint(error: unknown): string | undefined {
  return error instanceof Deno.errors.NotCapable
    ? "run wirecat with --allow-net --allow-read --allow-write, or -A"
    : undefined;
}

function isAbstract(path: string): boolean {
  return path.startsWith("\0");
}

/** What {@linkcode listenUnix} can be told. */
export interface ListenUnixOptions {
  /** Whether a socket that is there already is removed first. */
  readonly unlink?: boolean;
  /** Who may connect. */
  readonly mode?: SocketModeOptions;
}

/**
 * Listens on a socket; `path` begins with NUL for an abstract one. When it is closed its
 * file is removed, if it is still the same one. `target` is what errors call it. Throws a
 * `WirecatError` of kind `connection`.
 */
export async function listenUnix(
  path: string,
  target: string,
  options: ListenUnixOptions = {},
): Promise<ListeningSocket<Deno.UnixConn>> {
  if (isAbstract(path)) return bind(path, target);
  if (options.unlink) SocketFile.of(path)?.remove();
  const listener = new FileListener(bind(path, target), path);
  try {
    if (options.mode !== undefined) await applySocketMode(path, options.mode);
  } catch (error) {
    listener.close();
    throw error;
  }
  return listener;
}

function bind(path: string, target: string): Deno.UnixListener {
  try {
    return Deno.listen({ transport: "unix", path });
  } catch (error) {
    const [reason, hint] = error instanceof Deno.errors.AddrInUse
      ? inUse(path)
      : [reasonOf(error), listenHint(error)];
    throw new WirecatError("connection", `cannot listen on ${target}: ${reason}`, {
      hint,
      cause: error,
    });
  }
}

function inUse(path: string): [reason: string, hint: string] {
  if (isAbstract(path)) return ["the name is in use", "choose another name"];
  return SocketFile.of(path) !== undefined
    ? ["the socket exists", "if no server uses it any more, remove it with --unlink"]
    : ["there is a file of that name, which is not a socket", "choose another path"];
}

function listenHint(error: unknown): string | undefined {
  return error instanceof Deno.errors.NotFound ? "does the directory exist?" : accessHint(error);
}

/**
 * A listener on a file. Deno removes what has the socket's name when the listener is
 * closed, even if it is another program's by then: so that is put aside meanwhile.
 */
class FileListener implements ListeningSocket<Deno.UnixConn> {
  readonly #listener: Deno.UnixListener;
  readonly #file: SocketFile | undefined;
  #accepting: Promise<unknown> | undefined;

  constructor(listener: Deno.UnixListener, path: string) {
    this.#listener = listener;
    this.#file = SocketFile.of(path);
  }

  async accept(): Promise<Deno.UnixConn> {
    const accepting = this.#listener.accept();
    this.#accepting = accepting;
    try {
      return await accepting;
    } finally {
      this.#accepting = undefined;
    }
  }

  close(): void {
    const putBack = this.#file?.putAsideOther();
    const accepting = this.#accepting;
    this.#listener.close();
    if (putBack === undefined) return;
    // Deno keeps the file for as long as an accept is pending.
    if (accepting === undefined) putBack();
    else accepting.then(putBack, putBack);
  }
}
