/**
 * A port for TLS clients whose certificate can be replaced while they come.
 *
 * @module
 */
import { closeQuietly } from "../core/conn.ts";
import type { HostPort } from "../net/address.ts";
import type { ListeningSocket } from "../net/accept.ts";
import { handOver } from "./hand_over.ts";
import { listen, listenTls, type ListenTlsIdentity } from "./listen.ts";

/** The longest pause before a port that is taken is tried again, in milliseconds. */
const LONGEST_PAUSE = 1000;

/** How one listener takes the place of another; see {@linkcode handOver}. */
export type HandOver = typeof handOver;

/** A port for TLS clients whose certificate can be replaced; connections live on. */
export class RenewableListener implements ListeningSocket<Deno.TlsConn> {
  /** What it is bound to. */
  readonly addr: Deno.NetAddr;
  #listener: Deno.TlsListener;
  readonly #handOver: HandOver;
  #renewing: Promise<void> = Promise.resolve();
  #closed = false;

  /** Listens; throws as {@linkcode listenTls} does. */
  constructor(address: HostPort, identity: ListenTlsIdentity, how: HandOver = handOver) {
    this.#listener = listenTls(address, identity);
    this.addr = this.#listener.addr;
    this.#handOver = how;
  }

  /** Resolves to the next client. */
  async accept(): Promise<Deno.TlsConn> {
    for (;;) {
      const listener = this.#listener;
      try {
        return await listener.accept();
      } catch (error) {
        if (this.#closed) throw error;
        const renewing = this.#renewing;
        await renewing;
        if (listener === this.#listener) throw error;
      }
    }
  }

  /**
   * Shows another identity to clients from now on. Nothing is changed, and it throws, if the
   * runtime does not take that one. Where a socket cannot be handed over, the port is without a
   * listener for a millisecond or two; if somebody else takes it then, that one's end is waited for.
   */
  renew(identity: ListenTlsIdentity): Promise<void> {
    const renewing = this.#renewing.then(() => this.#renew(identity));
    this.#renewing = renewing.catch(() => {});
    return renewing;
  }

  async #renew(identity: ListenTlsIdentity): Promise<void> {
    if (this.#closed) return;
    const old = this.#listener;
    const fresh = listen({ hostname: "127.0.0.1", port: 0 }, identity);
    if (this.#takesOver(fresh)) {
      this.#listener = fresh;
      closeQuietly(old);
    } else {
      closeQuietly(fresh);
      closeQuietly(old);
      await this.#reopen(identity);
    }
  }

  /** Whether another listener has got the socket. Where that goes wrong, there is the other way. */
  #takesOver(fresh: Deno.TlsListener): boolean {
    try {
      return this.#handOver(this.addr, fresh.addr);
    } catch {
      return false;
    }
  }

  async #reopen(identity: ListenTlsIdentity): Promise<void> {
    const { hostname, port } = this.addr;
    for (let pause = 0; !this.#closed; pause = Math.min(LONGEST_PAUSE, pause * 2 || 1)) {
      try {
        this.#listener = listen({ hostname, port }, identity);
        return;
      } catch (error) {
        // The descriptor is free when the accept() that waits on it has been told.
        if (!(error instanceof Deno.errors.AddrInUse)) throw error;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  /** Stops listening. */
  close(): void {
    this.#closed = true;
    closeQuietly(this.#listener);
  }
}
