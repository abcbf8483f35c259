/**
 * The client's part of SOCKS5 on a connection to a proxy.
 *
 * @module
 */
import { type ByteConn, writeAll } from "../core/conn.ts";
import { durationText } from "../core/duration.ts";
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
  /** The proxy, for messages: `the SOCKS5 proxy 127.0.0.1:1080`. */
  readonly name: string;
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
  const { name, command, destination, credentials, timeout, signal } = request;
  const what = `cannot ${command === "bind" ? "bind for" : "connect to"} ${
    formatHostPort(destination)
  }`;
  using deadline = new Deadline({
    timeout,
    signal,
    message: `${what}: ${name} did not answer within ${durationText(timeout)}`,
    hint: "--handshake-timeout sets how long to wait",
  });
  const ask = (step: Step, bytes: Uint8Array) => deadline.race(send(conn, bytes, step));
  const answer = (step: Step, count: number) => deadline.race(readExactly(conn, count, step));
  return await saying(what, name, signal, async () => {
    const withPassword = credentials !== undefined;
    await ask(GREETING, formatGreeting(withPassword));
    const method = parseMethod(await answer(GREETING, 2), withPassword);
    if (method === PASSWORD_LOGIN) {
      await ask(LOGIN, formatLogin(credentials!));
      checkLogin(await answer(LOGIN, 2));
    }
    await ask(REQUEST, formatRequest(command, destination));
    return await deadline.race(readReply(conn, REQUEST));
  });
}

/** Waits for the second reply to "bind". Resolves to the address of who has connected. */
export async function awaitSocks5Client(
  conn: ByteConn,
  { name, destination, signal }: Pick<Socks5Request, "name" | "destination" | "signal">,
): Promise<HostPort> {
  const what = `no connection came from ${formatHostPort(destination)}`;
  using deadline = new Deadline({ signal, message: what });
  return await saying(what, name, signal, () => deadline.race(readReply(conn, CONNECTION)));
}

/** What a proxy is asked, for messages. */
export interface Step {
  /** Such as `the login`. */
  readonly what: string;
  /** What to do about a proxy that does not answer it. */
  readonly hint: string;
}

const GREETING: Step = {
  what: "the greeting",
  hint: "does it speak SOCKS5? an HTTP proxy is written --proxy http://HOST:PORT",
};
const LOGIN: Step = { what: "the login", hint: "check --proxy-user, or --socks5-user-pass" };
const REQUEST: Step = { what: "the request", hint: "the proxy's own log may say more" };
const CONNECTION: Step = { what: "the wait for a connection", hint: REQUEST.hint };

/** Runs a step, whose errors begin with `what` could not be done and with the proxy's name. */
export async function saying<T>(
  what: string,
  name: string,
  signal: AbortSignal | undefined,
  step: () => Promise<T>,
): Promise<T> {
  try {
    return await step();
  } catch (cause) {
    if (
      !(cause instanceof WirecatError) || cause.kind === "timeout" || cause.kind === "usage" ||
      signal?.aborted
    ) {
      throw cause;
    }
    throw new WirecatError(cause.kind, `${what}: ${name} ${cause.message}`, {
      hint: cause.hint,
      cause,
    });
  }
}

async function readReply(conn: ByteConn, step: Step): Promise<HostPort> {
  const start = await readExactly(conn, REPLY_START, step);
  const rest = await readExactly(conn, replyLength(start) - REPLY_START, step);
  return parseReply(Uint8Array.of(...start, ...rest));
}

/** Sends a proxy the bytes of a step. */
export async function send(conn: ByteConn, bytes: Uint8Array, step: Step): Promise<void> {
  try {
    await writeAll(conn, bytes);
  } catch (cause) {
    throw new WirecatError("abnormal", `did not take ${step.what}: ${reasonOf(cause)}`, {
      hint: step.hint,
      cause,
    });
  }
}

/** Reads `count` bytes of the answer to a step and none behind them. */
export async function readExactly(
  conn: ByteConn,
  count: number,
  { what, hint }: Step,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  let length = 0;
  while (length < count) {
    let read: number | null;
    try {
      read = await conn.read(bytes.subarray(length));
    } catch (cause) {
      throw new WirecatError("abnormal", `did not answer ${what}: ${reasonOf(cause)}`, {
        hint,
        cause,
      });
    }
    if (read === null) {
      throw new WirecatError("abnormal", `closed the connection during ${what}`, { hint });
    }
    length += read;
  }
  return bytes;
}
