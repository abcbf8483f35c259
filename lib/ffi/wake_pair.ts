/**
 * The self-pipe trick: a descriptor that becomes ready when the program wants so.
 *
 * @module
 */
import { addressOf, type Libc } from "./libc.ts";

/** Two connected sockets; a byte into one makes the other ready. */
export class WakePair {
  /** The descriptor to wait for. */
  readonly fd: number;
  readonly #other: number;
  readonly #libc: Libc;
  readonly #bytes = new Uint8Array(64);
  readonly #address = addressOf(this.#bytes);

  /** Throws a `SystemError` if there are no descriptors left. */
  constructor(libc: Libc) {
    this.#libc = libc;
    [this.fd, this.#other] = libc.pair();
  }

  /** Makes it ready. */
  wake(): void {
    this.#libc.send(this.#other, this.#address, 1);
  }

  /** Makes it not ready. */
  drain(): void {
    while (this.#libc.recv(this.fd, this.#address, this.#bytes.length) > 0);
  }

  /** Closes both ends. */
  close(): void {
    this.#libc.close(this.fd);
    this.#libc.close(this.#other);
  }
}
