/**
 * Waiting with Linux's epoll: arming takes effect while another thread waits.
 *
 * @module
 */
import { errno } from "./errno.ts";
import { EVENT_WORDS } from "./event_sets.ts";
import type { Libc } from "./libc.ts";
import { POLL_IN } from "./numbers.ts";
import type { Readiness } from "./readiness.ts";
import { WakePair } from "./wake_pair.ts";

const ADD = 1;
const DELETE = 2;
const MODIFY = 3;
const ONESHOT = 1 << 30;
const MOST = 64;
const STRIDE = EVENT_WORDS;
const DATA = STRIDE - 2;

/** An epoll set, each descriptor in it armed for one event at a time. */
export class Epoll implements Readiness {
  readonly #libc: Libc;
  readonly #set: number;
  readonly #wake: WakePair;
  readonly #known = new Set<number>();
  readonly #event = new Int32Array(STRIDE);
  readonly #events = new Int32Array(STRIDE * MOST);

  /** Throws a `SystemError` if there are no descriptors left. */
  constructor(libc: Libc) {
    this.#libc = libc;
    this.#wake = new WakePair(libc);
    this.#set = libc.epollCreate();
    if (this.#set < 0) {
      this.#wake.close();
      throw libc.error(this.#set);
    }
    this.#control(ADD, this.#wake.fd, POLL_IN);
  }

  #control(operation: number, fd: number, events: number): number {
    this.#event[0] = events;
    this.#event[DATA] = fd;
    return this.#libc.epollControl(this.#set, operation, fd, this.#event);
  }

  arm(fd: number, events: number): boolean {
    if (events === 0) {
      if (this.#known.delete(fd)) this.#control(DELETE, fd, 0);
      return true;
    }
    const known = this.#known.has(fd);
    const result = this.#control(known ? MODIFY : ADD, fd, events | ONESHOT);
    if (result === 0) {
      this.#known.add(fd);
      return true;
    }
    if (result === -errno.EPERM) return false; // A file.
    throw this.#libc.error(result);
  }

  async wait(ready: (fd: number, events: number) => void): Promise<void> {
    const events = this.#events;
    // An error is an interrupting signal: the caller waits again.
    const count = await this.#libc.waitEpoll(this.#set, events, MOST);
    for (let i = 0; i < count; i++) {
      const fd = events[i * STRIDE + DATA];
      if (fd === this.#wake.fd) this.#wake.drain();
      else ready(fd, events[i * STRIDE]);
    }
  }

  wake(): void {
    this.#wake.wake();
  }

  close(): void {
    this.#libc.close(this.#set);
    this.#wake.close();
  }
}
