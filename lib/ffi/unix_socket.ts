/**
 * Making UNIX sockets of kinds that Deno does not know.
 *
 * @module
 */
import { reasonOf, WirecatError } from "../core/errors.ts";
import { SocketFile } from "../net/socket_file.ts";
import { errno } from "./errno.ts";
import { type Libc, wouldBlock } from "./libc.ts";
import { platform, POLL_OUT } from "./numbers.ts";
import type { Poller } from "./poller.ts";
import { unixAddress, type UnixName } from "./sockaddr_un.ts";

/** How long to wait when a listener's queue is full, in milliseconds. */
const FULL_MILLIS = 10;

/** A new socket of a type; `shown` is the specifier, for the error. */
export function newSocket(libc: Libc, type: number, shown: string): number {
  const fd = libc.socket(type);
  if (fd >= 0) return fd;
  throw new WirecatError(
    "connection",
    fd === -errno.EPROTONOSUPPORT
      ? `${shown}: this system has no such sockets`
      : `cannot make a socket for ${shown}: ${reasonOf(libc.error(fd))}`,
  );
}

/** How {@linkcode bindSocket} binds. */
export interface BindOptions {
  /** Whether a socket file that is already there is removed before. */
  readonly unlink: boolean;
  /** The specifier, for errors. */
  readonly shown: string;
}

/** Binds a socket. Returns its file, for a name that is a path. */
export function bindSocket(
  libc: Libc,
  fd: number,
  name: UnixName,
  { unlink, shown }: BindOptions,
): SocketFile | undefined {
  const address = unixAddress(name);
  if (unlink && !name.abstract) SocketFile.of(name.text)?.remove();
  const result = libc.bind(fd, address);
  if (result === 0) return name.abstract ? undefined : SocketFile.of(name.text);
  throw new WirecatError(
    "connection",
    `cannot bind to ${shown}: ${reasonOf(libc.error(result))}`,
    { hint: bindHint(result, name) },
  );
}

function bindHint(result: number, name: UnixName): string | undefined {
  if (result === -errno.EADDRINUSE) {
    return name.abstract
      ? "another program has this name"
      : `if no other program listens on ${name.text}, give --unlink to remove it first`;
  }
  if (result === -errno.ENOENT) return `is there a directory for ${name.text}?`;
}

/** Connects a socket, waiting while the listener's queue is full. */
export async function connectSocket(
  poller: Poller,
  fd: number,
  name: UnixName,
  shown: string,
  signal: AbortSignal,
): Promise<void> {
  const { libc } = poller;
  const address = unixAddress(name);
  signal.throwIfAborted();
  let result = libc.connect(fd, address);
  while (wouldBlock(result) || result === -errno.EINTR) {
    await pause(signal);
    result = libc.connect(fd, address);
  }
  if (result === -errno.EINPROGRESS) result = await outcome(poller, fd, signal);
  if (result === 0) return;
  throw new WirecatError(
    "connection",
    `cannot connect to ${shown}: ${reasonOf(libc.error(result))}`,
    { hint: connectHint(result, name) },
  );
}

function connectHint(result: number, name: UnixName): string | undefined {
  if (result === -errno.ENOENT) return "has its server been started?";
  if (result !== -errno.ECONNREFUSED) return;
  return name.abstract
    ? "has its server been started?"
    : "the socket's file is there, but its server is not";
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", abort);
      resolve();
    }, FULL_MILLIS);
    signal.addEventListener("abort", abort, { once: true });
  });
}

async function outcome(poller: Poller, fd: number, signal: AbortSignal): Promise<number> {
  const abort = () => poller.forget(fd);
  poller.retain();
  signal.addEventListener("abort", abort, { once: true });
  try {
    await poller.wait(fd, POLL_OUT);
    signal.throwIfAborted();
    return -poller.libc.socketOption(fd, platform.SO_ERROR);
  } finally {
    signal.removeEventListener("abort", abort);
    poller.forget(fd);
    poller.release();
  }
}
