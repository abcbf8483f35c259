/**
 * Telling a server with the PROXY protocol whose connection it is.
 *
 * @module
 */
import { type ByteConn, writeAll } from "../core/conn.ts";
import type { HostPort } from "../net/address.ts";
import { formatHeader, type HeaderVersion, parseClient } from "./protocol_header.ts";

/**
 * Writes a header for `client`, an `IP:PORT`; for this end of the connection if there is none.
 * Where the addresses are not known, it says so.
 */
export async function sendProxyHeader(
  conn: ByteConn,
  version: HeaderVersion,
  client: string | undefined,
): Promise<void> {
  const { localAddr, remoteAddr } = conn as { localAddr?: HostPort; remoteAddr?: HostPort };
  const source = client === undefined ? localAddr : parseClient(client);
  await writeAll(conn, formatHeader(version, source, remoteAddr));
}
