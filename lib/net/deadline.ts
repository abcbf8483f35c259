/**
 * A limit in time for several steps, with a signal that ends them sooner.
 *
 * @module
 */
import { WirecatError } from "../core/errors.ts";
import { startTimer } from "../core/timer.ts";

/** What {@linkcode Deadline} is made of. */
export interface DeadlineOptions {
  /** How many seconds all steps have together; none or Infinity for no limit. */
  readonly timeout?: number;
  /** Ends a step with its reason. */
  readonly signal?: AbortSignal;
  /** The error's text when the time is up. */
  readonly message: string;
  /** What to do then. */
  readonly hint?: string;
}

/**
 * Races steps that cannot be cancelled, such as a read, against time and a signal.
 * The step that lost goes on: the connection below has to be closed. Dispose of it
 * to stop the timer.
 */
export class Deadline implements Disposable {
  readonly #options: DeadlineOptions;
  readonly #stopTimer: () => void;
  #reject?: (reason: unknown) => void;
  #over?: { reason: unknown };

  /** Starts the timer. */
  constructor(options: DeadlineOptions) {
    this.#options = options;
    const { timeout = Infinity, signal, message, hint } = options;
    this.#stopTimer = startTimer(
      timeout * 1000,
      () => this.#end(new WirecatError("timeout", message, { hint })),
    );
    if (signal?.aborted) this.#over = { reason: signal.reason };
    else signal?.addEventListener("abort", this.#aborted);
  }

  readonly #aborted = () => this.#end(this.#options.signal!.reason);

  #end(reason: unknown): void {
    this.#over ??= { reason };
    this.#reject?.(reason);
  }

  /** What `step` resolves to, unless the time is up before. One step at a time. */
  race<T>(step: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#over !== undefined) {
        step.catch(() => {}); // Nobody waits for it any more.
        reject(this.#over.reason);
        return;
      }
      this.#reject = reject;
      step.then(resolve, reject);
    });
  }

  /** Stops the timer and lets go of the signal. */
  [Symbol.dispose](): void {
    this.#stopTimer();
    this.#options.signal?.removeEventListener("abort", this.#aborted);
  }
}
