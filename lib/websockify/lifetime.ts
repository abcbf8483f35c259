/**
 * When a websockify server ends by itself: `--run-once`, `--timeout`, `--idle-timeout`.
 *
 * @module
 */

/** When to end; times are in seconds. */
export interface LifetimeOptions {
  /** After the first session. */
  readonly once: boolean;
  /** So long after the start, when nobody is connected; 0 for never. */
  readonly timeout: number;
  /** After so long without anybody; 0 for never. */
  readonly idle: number;
}

/** Counts what goes on, and tells when the end has come. */
export class Lifetime implements Disposable {
  readonly #options: LifetimeOptions;
  readonly #end: (reason: string) => void;
  #busy = 0;
  #expired = false;
  #timeoutTimer?: ReturnType<typeof setTimeout>;
  #idleTimer?: ReturnType<typeof setTimeout>;

  /** Starts the clocks. `end` is called with the reason. */
  constructor(options: LifetimeOptions, end: (reason: string) => void) {
    this.#options = options;
    this.#end = end;
    if (options.timeout > 0 && options.timeout !== Infinity) {
      this.#timeoutTimer = setTimeout(() => {
        this.#expired = true;
        this.#look();
      }, options.timeout * 1000);
    }
    this.#look();
  }

  /** Does some work for a client. */
  async during<T>(kind: "session" | "request", work: () => Promise<T>): Promise<T> {
    this.#busy++;
    clearTimeout(this.#idleTimer);
    let done = false;
    try {
      const result = await work();
      done = true;
      return result;
    } finally {
      this.#busy--;
      if (kind === "session" && done && this.#options.once) this.#end("--run-once");
      else this.#look();
    }
  }

  #look(): void {
    if (this.#busy > 0) return;
    if (this.#expired) return this.#end(`--timeout ${this.#options.timeout}`);
    const { idle } = this.#options;
    clearTimeout(this.#idleTimer);
    if (idle > 0 && idle !== Infinity) {
      this.#idleTimer = setTimeout(() => this.#end(`--idle-timeout ${idle}`), idle * 1000);
    }
  }

  /** Stops the clocks. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timeoutTimer);
    clearTimeout(this.#idleTimer);
  }
}
