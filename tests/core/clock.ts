/**
 * A clock that stands still until a test lets time pass: no test waits for it, and none fails on a
 * machine that was held up meanwhile.
 *
 * @module
 */
import { startTimer } from "../../lib/core/timer.ts";

const { setTimeout: realSetTimeout, clearTimeout: realClearTimeout } = globalThis;

/** A longer delay of the runtime's timer overflows, and is over at once. */
const LONGEST = 2 ** 31 - 1;
/** The first timers of a program are signals, which no clock holds up; so many more are none. */
const MANY = 20;

/** Lets everything run that is ready, whatever the clock. */
export function turn(): Promise<void> {
  return new Promise((resolve) => realSetTimeout(resolve, 0));
}

interface Timer {
  readonly due: number;
  readonly callback: () => void;
}

/** Takes the place of `setTimeout()` and `performance.now()` until it is disposed of. */
export class Clock implements Disposable {
  readonly #before = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout };
  readonly #beforeNow = Object.getOwnPropertyDescriptor(performance, "now");
  readonly #timers = new Map<number, Timer>();
  #now = Math.ceil(performance.now());
  #last = -1; // Below all ids of the runtime's own.

  constructor() {
    for (let i = 0; i < MANY; i++) startTimer(0, () => {})();
    Reflect.set(globalThis, "setTimeout", (callback: () => void, delay = 0) => {
      const wait = delay > LONGEST ? 1 : Math.max(1, Math.trunc(delay));
      this.#timers.set(--this.#last, { due: this.#now + wait, callback });
      return this.#last;
    });
    Reflect.set(globalThis, "clearTimeout", (id?: number) => {
      if (id === undefined || id >= 0) realClearTimeout(id);
      else this.#timers.delete(id);
    });
    Object.defineProperty(performance, "now", { configurable: true, value: () => this.#now });
  }

  /** So many milliseconds pass: timers fire in their order, each followed by what that leads to. */
  async pass(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (await turn();; await turn()) {
      const next = this.#first();
      if (next === undefined || this.#timers.get(next)!.due > until) break;
      const { due, callback } = this.#timers.get(next)!;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, due);
      callback();
    }
    this.#now = until;
  }

  /** So many milliseconds pass in which the program does not run: timers are late. */
  stall(ms: number): void {
    this.#now += ms;
  }

  #first(): number | undefined {
    let first: number | undefined;
    for (const [id, { due }] of this.#timers) {
      if (first === undefined || due < this.#timers.get(first)!.due) first = id;
    }
    return first;
  }

  /** Time is the machine's again. */
  [Symbol.dispose](): void {
    Object.assign(globalThis, this.#before);
    if (this.#beforeNow !== undefined) Object.defineProperty(performance, "now", this.#beforeNow);
    else Reflect.deleteProperty(performance, "now");
  }
}
