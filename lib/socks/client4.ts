/**
 * The client's part of SOCKS4 on a connection to a proxy.
 *
 * @module
 */
import type { ByteConn } from "../core/conn.ts";
import { formatHostPort, type HostPort } from "../net/address.ts";
import { Deadline } from "../net/deadline.ts";
import { readExactly, saying, send, type Step } from "./client.ts";
import { checkReply, formatRequest, REPLY_LENGTH } from "./socks4.ts";

/** What {@linkcode requestSocks4} asks a proxy for. */
export interface Socks4Request {
  /** The proxy, for messages: `the SOCKS4 proxy 127.0.0.1:1080`. */
  readonly name: string;
  /** The other end. A name is for proxies that know SOCKS4a; an IPv6 address is for none. */
  readonly destination: HostPort;
  /** Who asks, as far as the proxy wants to know. */
  readonly user?: string;
  /** Ends it with its reason. */
  readonly signal?: AbortSignal;
}

const REQUEST: Step = {
  what: "the request",
  hint: "does it speak SOCKS4? others are written socks5h:// and http://HOST:PORT",
};

/**
 * Asks a proxy to connect. Reads no byte of what comes behind its reply. If it throws, the
 * connection has to be closed.
 */
export async function requestSocks4(
  conn: ByteConn,
  { name, destination, user, signal }: Socks4Request,
): Promise<void> {
  const what = `cannot connect to ${formatHostPort(destination)}`;
  using deadline = new Deadline({ signal, message: what });
  await saying(what, name, signal, async () => {
    await deadline.race(send(conn, formatRequest(destination, user), REQUEST));
    checkReply(await deadline.race(readExactly(conn, REPLY_LENGTH, REQUEST)));
  });
}
