/**
 * A TCP port for TLS clients, by the runtime's own implementation.
 *
 * @module
 */
import { closeQuietly } from "../core/conn.ts";
import { type Libc, libc, mayCallLibc } from "../ffi/libc.ts";
import { platform } from "../ffi/numbers.ts";
import { openDescriptors } from "../ffi/open_descriptors.ts";
import { ANY, formatHostPort, type HostPort } from "../net/address.ts";
import { listenFailure } from "../net/failure.ts";
import type { ListeningSocket } from "../net/accept.ts";
import type { TlsIdentity } from "./identity.ts";

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

function listen(
  address: HostPort,
  { cert, key, alpn }: ListenTlsIdentity,
): Deno.TlsListener {
  const alpnProtocols = alpn && [...alpn];
  const options = { ...address, cert, key, alpnProtocols };
  const listener = Deno.listenTls(options);
  if (canSendAtOnce()) sendAtOnce(listener.addr.port);
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

/** Tells the sockets of this process that listen on a port. */
function sendAtOnce(port: number): void {
  let library: Libc;
  try {
    library = libc("a TLS listener");
  } catch {
    return; // There is no C library of a name that is known.
  }
  for (const fd of openDescriptors()) {
    if (library.localPort(fd) !== port) continue;
    if (library.socketOption(fd, platform.SO_ACCEPTCONN) === 1) library.setNoDelay(fd);
  }
}

/** A port for TLS clients whose certificate can be replaced; connections live on. */
export class RenewableListener implements ListeningSocket<Deno.TlsConn> {
  #listener: Deno.TlsListener;
  #renewing: Promise<void> | undefined;
  #closed = false;

  /** Listens; throws as {@linkcode listenTls} does. */
  constructor(address: HostPort, identity: ListenTlsIdentity) {
    this.#listener = listenTls(address, identity);
  }

  /** What it is bound to. */
  get addr(): Deno.NetAddr {
    return this.#listener.addr;
  }

  /** Resolves to the next client. */
  async accept(): Promise<Deno.TlsConn> {
    for (;;) {
      const listener = this.#listener;
      try {
        return await listener.accept();
      } catch (error) {
        if (this.#closed || (this.#renewing === undefined && listener === this.#listener)) {
          throw error;
        }
        await this.#renewing;
      }
    }
  }

  /**
   * Listens on the same port with another identity. Nothing is changed, and it throws, if the
   * runtime does not take that one. The port is without a listener for a millisecond or two.
   */
  async renew(identity: ListenTlsIdentity): Promise<void> {
    await this.#renewing;
    if (this.#closed) return;
    Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert: identity.cert, key: identity.key })
      .close();
    this.#renewing = this.#reopen(identity).finally(() => this.#renewing = undefined);
    await this.#renewing;
  }

  async #reopen(identity: ListenTlsIdentity): Promise<void> {
    const { hostname, port } = this.#listener.addr;
    this.#listener.close();
    for (let attempt = 0;; attempt++) {
      if (this.#closed) return;
      try {
        this.#listener = listen({ hostname, port }, identity);
        return;
      } catch (error) {
        // The descriptor is free when the accept() that waits on it has been told.
        if (!(error instanceof Deno.errors.AddrInUse) || attempt === MOST_ATTEMPTS) throw error;
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
    }
  }

  /** Stops listening. */
  close(): void {
    this.#closed = true;
    closeQuietly(this.#listener);
  }
}

/** How often a port that is still taken is tried again. */
const MOST_ATTEMPTS = 1000;
