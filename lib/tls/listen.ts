/**
 * A TCP port for TLS clients, by the runtime's own implementation.
 *
 * @module
 */
import { ANY, formatHostPort, type HostPort } from "../net/address.ts";
import { listenFailure } from "../net/failure.ts";
import type { TlsIdentity } from "./identity.ts";

/**
 * Listens as `listenTcp` does, for clients that have yet to shake hands. Throws a
 * `resolution` or `connection` error.
 */
export function listenTls(address: HostPort, identity: TlsIdentity): Deno.TlsListener {
  const { hostname, port } = address;
  const listen = (hostname: string) => Deno.listenTls({ hostname, port, ...identity });
  try {
    if (hostname !== ANY) return listen(hostname);
    // On Windows a socket on :: takes no IPv4 clients.
    if (Deno.build.os === "windows") return listen("0.0.0.0");
    try {
      return listen("::");
    } catch (error) {
      if (error instanceof Deno.errors.AddrInUse) throw error;
      return listen("0.0.0.0");
    }
  } catch (error) {
    throw listenFailure(error, `tls:${formatHostPort(address)}`, address);
  }
}
