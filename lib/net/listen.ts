/**
 * Listening with TCP.
 *
 * @module
 */
import { ANY, formatHostPort, type HostPort } from "./address.ts";
import { listenFailure } from "./failure.ts";

/**
 * Listens on a name, an IP address or all addresses (`*`: of both families where the
 * system can). A name that has many addresses is listened on at the first. Deno sets
 * `SO_REUSEADDR`, so that a port is free again as soon as its server has ended.
 *
 * Throws a `WirecatError` of kind `resolution` or `connection`.
 */
export function listenTcp(address: HostPort): Deno.TcpListener {
  try {
    return address.hostname === ANY ? listenOnAny(address.port) : Deno.listen({ ...address });
  } catch (error) {
    throw listenFailure(error, formatHostPort(address), address);
  }
}

function listenOnAny(port: number): Deno.TcpListener {
  // On Windows a socket on :: takes no IPv4 clients.
  if (Deno.build.os !== "windows") {
    try {
      return Deno.listen({ hostname: "::", port });
    } catch (error) {
      if (!lacksIpv6(error)) throw error;
    }
  }
  return Deno.listen({ hostname: "0.0.0.0", port });
}

function lacksIpv6(error: unknown): boolean {
  return error instanceof Deno.errors.AddrNotAvailable ||
    (error as { code?: unknown } | null)?.code === "EAFNOSUPPORT";
}
