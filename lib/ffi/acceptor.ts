/**
 * Accepting clients on a raw descriptor.
 *
 * @module
 */
import type { ListeningSocket } from "../net/accept.ts";
import { errno } from "./errno.ts";
import { type Libc, wouldBlock } from "./libc.ts";
import { POLL_IN } from "./numbers.ts";
import type { Poller } from "./poller.ts";
import { internetAddress } from "./sockaddr_in.ts";

/** A client that was accepted. Its socket is non-blocking and closed on exec. */
export class Accepted {
  /** The socket; whoever takes it closes it. */
  readonly fd: number;
  /** The client's `IP:PORT`, for a TCP socket. */
  readonly client?: string;
  readonly #libc: Libc;

  /** The client that `libc` accepted last. */
  constructor(fd: number, libc: Libc) {
    this.fd = fd;
    this.client = internetAddress(libc.peerAddress);
    this.#libc = libc;
  }

  /** Turns the client away. */
  close(): void {
    this.#libc.close(this.fd);
  }
}

/** A listening socket. It owns its descriptor, which has to be non-blocking. */
export class Acceptor implements ListeningSocket<Accepted> {
  readonly #fd: number;
  readonly #poller: Poller;
  readonly #onClose?: () => void;
  #closed = false;

  /** Takes `fd` over; the poller is retained until {@linkcode close}. */
  constructor(fd: number, poller: Poller, onClose?: () => void) {
    poller.retain();
    this.#fd = fd;
    this.#poller = poller;
    this.#onClose = onClose;
  }

  /** The next client. Throws a `SystemError`, or `BadResource` when the socket is closed. */
  async accept(): Promise<Accepted> {
    const { libc } = this.#poller;
    while (!this.#closed) {
      const result = libc.accept(this.#fd);
      if (result >= 0) return new Accepted(result, libc);
      if (wouldBlock(result)) await this.#poller.wait(this.#fd, POLL_IN);
      else if (result !== -errno.EINTR) throw libc.error(result);
    }
    throw new Deno.errors.BadResource("the listener was closed");
  }

  /** Stops listening; an {@linkcode accept} that waits rejects. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#poller.forget(this.#fd);
    this.#poller.libc.close(this.#fd);
    this.#onClose?.();
    this.#poller.release();
  }
}
