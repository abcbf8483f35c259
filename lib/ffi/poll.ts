/**
 * Waiting with poll, which every UNIX has. A wait that runs has to be woken to
 * learn of another descriptor.
 *
 * @module
 */
import type { Libc } from "./libc.ts";
import { POLL_IN } from "./numbers.ts";
import type { Readiness } from "./readiness.ts";
import { WakePair } from "./wake_pair.ts";

/** `struct pollfd`: a descriptor, then two 16-bit halves: the events asked for, those that came. */
const STRIDE = 2;

/** The descriptors that are armed, put into one array for each wait. */
export class Poll implements Readiness {
  readonly #libc: Libc;
  readonly #wake: WakePair;
  readonly #armed = new Map<number, number>();
  #fds = new Int32Array(STRIDE * 16);
  #waiting = false;

  /** Throws a `SystemError` if there are no descriptors left. */
  constructor(libc: Libc) {
    this.#libc = libc;
    this.#wake = new WakePair(libc);
  }

  arm(fd: number, events: number): boolean {
    if (events === 0) this.#armed.delete(fd);
    else this.#armed.set(fd, events);
    if (this.#waiting && events !== 0) this.wake();
    return true;
  }

  async wait(ready: (fd: number, events: number) => void): Promise<void> {
    const count = this.#fill();
    const fds = this.#fds;
    this.#waiting = true;
    const found = await this.#libc.waitPoll(fds, count, -1);
    this.#waiting = false;
    if (found <= 0) return; // An interrupting signal: the caller waits again.
    if (fds[1] >>> 16 !== 0) this.#wake.drain();
    for (let i = 1; i < count; i++) {
      const fd = fds[i * STRIDE];
      const came = fds[i * STRIDE + 1] >>> 16;
      if (came === 0 || !this.#armed.delete(fd)) continue;
      ready(fd, came);
    }
  }

  #fill(): number {
    const count = this.#armed.size + 1;
    if (this.#fds.length < count * STRIDE) this.#fds = new Int32Array(count * STRIDE * 2);
    this.#fds[0] = this.#wake.fd;
    this.#fds[1] = POLL_IN;
    let at = STRIDE;
    for (const [fd, events] of this.#armed) {
      this.#fds[at] = fd;
      this.#fds[at + 1] = events;
      at += STRIDE;
    }
    return count;
  }

  wake(): void {
    this.#wake.wake();
  }

  close(): void {
    this.#wake.close();
  }
}
