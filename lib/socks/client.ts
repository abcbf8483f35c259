/**
 * The client's part of SOCKS5 on a connection to a proxy.
 *
 * @module
 */
import { type ByteConn, writeAll } from "../core/conn.ts";
import { reasonOf, WirecatError } from "../core/errors.ts";
import { formatHostPort, type HostPort } from "../net/address.ts";
import { Deadline } from "../net/deadline.ts";
import type { Credentials } from "./destination.ts";
import {
  checkLogin,
  type Command,
  formatGreeting,
  formatLogin,
  formatRequest,
  parseMethod,
  parseReply,
  PASSWORD_LOGIN,
  REPLY_START,
  replyLength,
} from "./socks5.ts";

/** What {@linkcode requestSocks5} asks a proxy for. */
export interface Socks5Request {
  /** Whether to connect to `destination`, or to wait for a connection from it. */
  readonly command: Command;
  /** The other end. A name is looked up by the proxy. */
  readonly destination: HostPort;
  /** With what to log in, if the proxy wants it. */
  readonly credentials?: Credentials;
  /** How many seconds it may take; no limit if not given. */
  readonly timeout?: number;
  /** Ends it with its reason. */
  readonly signal?: AbortSignal;
}

/**
 * Logs in to a proxy and makes a request. Resolves to the address in the reply: for
 * "bind" the one where the proxy listens, and {@linkcode awaitSocks5Client} must follow.
 * Reads no byte of what comes behind the reply. If it throws, the connection has to be closed.
 */
export async function requestSocks5(
  conn: ByteConn,
  request: Socks5Request,
): Promise<HostPort> {
  const { command, destination, credentials } = request;
  const what = `cannot ${command === "bind" ? "bind for" : "connect to"} ${
    formatHostPort(destination)
  }`;
  using deadline = new Deadline({
    timeout: request.timeout,
    signal: request.signal,
    message: `${what}: the SOCKS5 proxy did not answer within ${request.timeout} seconds`,
  });
  return await saying(what, async () => {
    const withPassword = credentials !== undefined;
    await deadline.race(writeAll(conn, formatGreeting(withPassword)));
    const method = parseMethod(await deadline.race(readExactly(conn, 2)), withPassword);
    if (method === PASSWORD_LOGIN) {
      await deadline.race(writeAll(conn, formatLogin(credentials!)));
      checkLogin(await deadline.race(readExactly(conn, 2)));
    }
    await deadline.race(writeAll(conn, formatRequest(command, destination)));
    return await deadline.race(readReply(conn));
  });
}

/** Waits for the second reply to "bind". Resolves to the address of who has connected. */
export async function awaitSocks5Client(
  conn: ByteConn,
  signal?: AbortSignal,
): Promise<HostPort> {
  const what = "no connection came to the SOCKS5 proxy";
  using deadline = new Deadline({ signal, message: what });
  return await saying(what, () => deadline.race(readReply(conn)));
}

/** Runs a step, whose errors begin with `what` could not be done. */
export async function saying<T>(what: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (cause) {
    if (!(cause instanceof WirecatError) || cause.kind === "timeout" || cause.kind === "usage") {
      throw cause;
    }
    throw new WirecatError(cause.kind, `${what}: ${cause.message}`, { hint: cause.hint, cause });
  }
}

async function readReply(conn: ByteConn): Promise<HostPort> {
  const start = await readExactly(conn, REPLY_START);
  const rest = await readExactly(conn, replyLength(start) - REPLY_START);
  return parseReply(Uint8Array.of(...start, ...rest));
}

/** Reads `count` bytes of an answer and none behind them. */
export async function readExactly(
  conn: ByteConn,
  count: number,
  proxy = "the SOCKS5 proxy",
): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  let length = 0;
  while (length < count) {
    let read: number | null;
    try {
      read = await conn.read(bytes.subarray(length));
    } catch (cause) {
      throw new WirecatError("abnormal", `${proxy}'s answer: ${reasonOf(cause)}`, {
        cause,
      });
    }
    if (read === null) {
      throw new WirecatError("abnormal", `${proxy} closed the connection`);
    }
    length += read;
  }
  return bytes;
}
