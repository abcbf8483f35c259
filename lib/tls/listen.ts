/**
 * A TCP port for TLS clients, by the runtime's own implementation.
 *
 * @module
 */
import { type Libc, libc, mayCallLibc } from "../ffi/libc.ts";
import { ANY, formatHostPort, type HostPort } from "../net/address.ts";
import { listenFailure } from "../net/failure.ts";
import type { TlsIdentity } from "./identity.ts";
import { listeningDescriptors } from "./listening_descriptors.ts";

/** What is shown to clients. */
export interface ListenTlsIdentity extends TlsIdentity {
  /** Protocols to agree on, by ALPN names. */
  readonly alpn?: readonly string[];
}

/**
 * Listens as `listenTcp` does, for clients that have yet to shake hands. Throws a
 * `resolution` or `connection` error.
 */
export function listenTls(address: HostPort, identity: ListenTlsIdentity): Deno.TlsListener {
  const { hostname, port } = address;
  try {
    if (hostname !== ANY) return listen({ hostname, port }, identity);
    // On Windows a socket on :: takes no IPv4 clients.
    if (Deno.build.os === "windows") return listen({ hostname: "0.0.0.0", port }, identity);
    try {
      return listen({ hostname: "::", port }, identity);
    } catch (error) {
      if (error instanceof Deno.errors.AddrInUse) throw error;
      return listen({ hostname: "0.0.0.0", port }, identity);
    }
  } catch (error) {
    throw listenFailure(error, `tls:${formatHostPort(address)}`, address);
  }
}

/** Listens on this address and no other one. Throws what the runtime throws. */
export function listen(
  address: HostPort,
  { cert, key, alpn }: ListenTlsIdentity,
): Deno.TlsListener {
  const alpnProtocols = alpn && [...alpn];
  const options = { ...address, cert, key, alpnProtocols };
  const listener = Deno.listenTls(options);
  if (canSendAtOnce()) sendAtOnce(listener.addr);
  return listener;
}

/**
 * Whether clients of {@linkcode listenTls} get small writes at once (`TCP_NODELAY`). The runtime
 * has no call for that, and without it a write may wait 40 ms for the client's acknowledgement.
 * But what a client's socket does is inherited from the listening one (Linux, macOS), and that one
 * can be told by the C library, where it may be called.
 */
export function canSendAtOnce(): boolean {
  return mayCallLibc();
}

/** Tells the sockets of this process that listen at an address. */
function sendAtOnce(address: Deno.NetAddr): void {
  let library: Libc;
  try {
    library = libc("a TLS listener");
  } catch {
    return; // There is no C library of a name that is known.
  }
  for (const fd of listeningDescriptors(address, library)) library.setNoDelay(fd);
}
