/**
 * A byte connection over a raw descriptor: a socket, a pipe, a device, a file.
 *
 * @module
 */
import type { ByteConn } from "../core/conn.ts";
import { errno } from "./errno.ts";
import { addressOf, type Libc, wouldBlock } from "./libc.ts";
import { platform, POLL_IN, POLL_OUT, READ_ONLY, WRITE_ONLY } from "./numbers.ts";
import type { Poller } from "./poller.ts";

/** What {@linkcode FdConn} has to know of its descriptor. */
export interface FdTraits {
  /** It is a stream socket. */
  readonly socket: boolean;
  /** Calls on it never wait, since it is non-blocking or a file. */
  readonly nonBlocking: boolean;
  /** The access mode: `READ_ONLY`, `WRITE_ONLY` or `READ_WRITE`. */
  readonly access: number;
  /** It stays open when the connection is closed, as standard output has to. */
  readonly keep?: boolean;
}

/**
 * A connection over a descriptor that it then owns. What cannot be read is at its end,
 * what cannot be written takes everything, as for `writefile:` and `readfile:`.
 *
 * A pipe that was inherited is not made non-blocking, since that would change it for
 * the other processes that have it too: it is asked first, and gets no more at once than a pipe
 * that is ready is sure to take.
 */
export class FdConn implements ByteConn {
  readonly #fd: number;
  readonly #poller: Poller;
  readonly #libc: Libc;
  readonly #traits: FdTraits;
  readonly #chunk: number;
  #closed = false;

  /** Takes `fd` over; the poller is retained until {@linkcode close}. */
  constructor(fd: number, poller: Poller, traits: FdTraits) {
    poller.retain();
    this.#fd = fd;
    this.#poller = poller;
    this.#libc = poller.libc;
    this.#traits = traits;
    this.#chunk = traits.nonBlocking || traits.socket ? Infinity : platform.PIPE_BUF;
  }

  /** As for `Deno.Conn`, but resolves to `null` when the connection is closed meanwhile. */
  async read(into: Uint8Array): Promise<number | null> {
    if (this.#traits.access === WRITE_ONLY) return null;
    while (!this.#closed) {
      const result = this.#readNow(into);
      if (result > 0) {
        await this.#poller.turn(result);
        return result;
      }
      // A terminal whose other end is gone fails with EIO.
      if (result === 0 || result === -errno.EIO && !this.#traits.socket) return null;
      if (wouldBlock(result)) await this.#poller.wait(this.#fd, POLL_IN);
      else if (result !== -errno.EINTR) throw this.#libc.error(result);
    }
    return null;
  }

  #readNow(into: Uint8Array): number {
    const address = addressOf(into);
    if (this.#traits.socket) return this.#libc.recv(this.#fd, address, into.length);
    return this.#ready(POLL_IN) ? this.#libc.read(this.#fd, address, into.length) : -errno.EAGAIN;
  }

  async write(bytes: Uint8Array): Promise<number> {
    if (this.#traits.access === READ_ONLY) return bytes.length;
    while (!this.#closed) {
      const result = this.#writeNow(bytes);
      if (result >= 0) {
        await this.#poller.turn(result);
        return result;
      }
      if (wouldBlock(result)) await this.#poller.wait(this.#fd, POLL_OUT);
      else if (result !== -errno.EINTR) throw this.#libc.error(result);
    }
    throw new Deno.errors.BadResource("the descriptor was closed");
  }

  #writeNow(bytes: Uint8Array): number {
    const address = addressOf(bytes);
    const length = Math.min(bytes.length, this.#chunk);
    if (this.#traits.socket) return this.#libc.send(this.#fd, address, length);
    return this.#ready(POLL_OUT) ? this.#libc.write(this.#fd, address, length) : -errno.EAGAIN;
  }

  #ready(events: number): boolean {
    return this.#traits.nonBlocking || this.#libc.ready(this.#fd, events);
  }

  closeWrite(): Promise<void> {
    if (!this.#closed) {
      if (this.#traits.socket) this.#libc.shutdownWrite(this.#fd);
      else if (this.#traits.access === WRITE_ONLY) this.close();
    }
    return Promise.resolve();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#poller.forget(this.#fd);
    if (!this.#traits.keep) this.#libc.close(this.#fd);
    this.#poller.release();
  }
}
