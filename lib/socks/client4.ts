/**
 * The client's part of SOCKS4 on a connection to a proxy.
 *
 * @module
 */
import { type ByteConn, writeAll } from "../core/conn.ts";
import { formatHostPort, type HostPort } from "../net/address.ts";
import { Deadline } from "../net/deadline.ts";
import { readExactly, saying } from "./client.ts";
import { checkReply, formatRequest, REPLY_LENGTH } from "./socks4.ts";

/** What {@linkcode requestSocks4} asks a proxy for. */
export interface Socks4Request {
  /** The other end. A name is for proxies that know SOCKS4a; an IPv6 address is for none. */
  readonly destination: HostPort;
  /** Who asks, as far as the proxy wants to know. */
  readonly user?: string;
  /** Ends it with its reason. */
  readonly signal?: AbortSignal;
}

/**
 * Asks a proxy to connect. Reads no byte of what comes behind its reply. If it throws, the
 * connection has to be closed.
 */
export async function requestSocks4(
  conn: ByteConn,
  { destination, user, signal }: Socks4Request,
): Promise<void> {
  const what = `cannot connect to ${formatHostPort(destination)}`;
  using deadline = new Deadline({ signal, message: what });
  await saying(what, async () => {
    await deadline.race(writeAll(conn, formatRequest(destination, user)));
    checkReply(await deadline.race(readExactly(conn, REPLY_LENGTH, "the SOCKS4 proxy")));
  });
}
