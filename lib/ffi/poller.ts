/**
 * Waiting for descriptors without blocking the event loop: however many there are,
 * one call on one thread of the pool waits for all of them.
 *
 * With epoll (Linux) the number of descriptors costs nothing; poll (elsewhere) looks at
 * each of them every time. What it costs is two changes of thread for each wait that
 * finds nothing: a round trip between two sockets of one process, both waiting, took
 * 80 µs beside 11 µs for `Deno.Conn`, and 64 KiB pieces were echoed at 1.6 GB/s beside 3.4;
 * with a thousand idle sockets the same with epoll, 450 µs and 0.3 GB/s with poll (2 cores, one run).
 *
 * @module
 */
import { Epoll } from "./epoll.ts";
import { type Libc, libc } from "./libc.ts";
import { POLL_IN, POLL_OUT } from "./numbers.ts";
import { Poll } from "./poll.ts";
import type { Readiness } from "./readiness.ts";

type Waiter = (ready: boolean) => void;

/** How much may be moved before the event loop gets a turn, in bytes; each call counts as 256. */
const TURN_BYTES = 1 << 20;
const CALL_BYTES = 256;

/** Those who wait, each for one direction of one descriptor. */
export class Poller {
  /** The C library that the descriptors belong to. */
  readonly libc: Libc;
  readonly #make: (libc: Libc) => Readiness;
  readonly #readers = new Map<number, Waiter>();
  readonly #writers = new Map<number, Waiter>();
  readonly #none = new Int32Array(2);
  #readiness?: Readiness;
  #running = false;
  #users = 0;
  #budget = TURN_BYTES;

  /** `make` is how to wait; it differs from the default in tests only. */
  constructor(libc: Libc, make: (libc: Libc) => Readiness = best) {
    this.libc = libc;
    this.#make = make;
  }

  /** Counts a user. Throws a `SystemError` if there are no descriptors left. */
  retain(): void {
    this.#readiness ??= this.#make(this.libc);
    this.#users++;
  }

  /** Counts one user less; after the last all that is held is freed. */
  release(): void {
    this.#users--;
    this.#freeIfUnused();
  }

  #freeIfUnused(): void {
    if (this.#users > 0 || this.#running) return;
    this.#readiness?.close();
    this.#readiness = undefined;
  }

  /**
   * Resolves to true when reading (`POLL_IN`) or writing (`POLL_OUT`) would not
   * wait, or the descriptor has failed; to false when it was forgotten.
   */
  wait(fd: number, event: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const waiters = event === POLL_IN ? this.#readers : this.#writers;
      waiters.set(fd, resolve);
      try {
        if (this.#arm(fd)) {
          if (!this.#running) this.#run();
          return;
        }
      } catch (error) {
        waiters.delete(fd);
        return reject(error);
      }
      waiters.delete(fd);
      resolve(true);
    });
  }

  #arm(fd: number): boolean {
    const events = (this.#readers.has(fd) ? POLL_IN : 0) | (this.#writers.has(fd) ? POLL_OUT : 0);
    return this.#readiness!.arm(fd, events);
  }

  /** Gets whoever waits for `fd` back. Has to be called before `fd` is closed. */
  forget(fd: number): void {
    this.#settle(this.#readers, fd, false);
    this.#settle(this.#writers, fd, false);
    this.#readiness?.arm(fd, 0);
    if (this.#running && this.#readers.size + this.#writers.size === 0) this.#readiness?.wake();
  }

  #settle(waiters: Map<number, Waiter>, fd: number, ready: boolean): void {
    const waiter = waiters.get(fd);
    if (waiter === undefined) return;
    waiters.delete(fd);
    waiter(ready);
  }

  async #run(): Promise<void> {
    this.#running = true;
    // A hang-up or an error wakes both directions.
    const ready = (fd: number, events: number) => {
      if (events & ~POLL_OUT) this.#settle(this.#readers, fd, true);
      if (events & ~POLL_IN) this.#settle(this.#writers, fd, true);
      if (this.#readers.has(fd) || this.#writers.has(fd)) this.#arm(fd);
    };
    while (this.#readers.size + this.#writers.size > 0) await this.#readiness!.wait(ready);
    this.#running = false;
    this.#freeIfUnused();
  }

  /**
   * To be awaited, if it is a promise, after a call that moved `bytes` without
   * waiting: a descriptor that is always ready would else keep the event loop from
   * timers and all other connections.
   */
  turn(bytes: number): Promise<unknown> | undefined {
    this.#budget -= bytes + CALL_BYTES;
    if (this.#budget > 0) return;
    this.#budget = TURN_BYTES;
    return this.libc.waitPoll(this.#none, 0, 0);
  }
}

function best(libc: Libc): Readiness {
  return Deno.build.os === "linux" ? new Epoll(libc) : new Poll(libc);
}

let shared: Poller | undefined;

/** The poller of this program. `what` is what needs it, for the error if there can be none. */
export function poller(what: string): Poller {
  return shared ??= new Poller(libc(what));
}
