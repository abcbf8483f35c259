/**
 * What came and went since the last expectation that was met.
 *
 * @module
 */

/** How many lines are kept. */
const MOST = 20;

/** The last lines of it. */
export class Traffic {
  #lines: string[] = [];
  #dropped = 0;
  #ignored = 0;

  /** Something came (`<`) or went (`>`). */
  note(mark: "<" | ">", said: string): void {
    this.#lines.push(`${mark} ${said}`);
    if (this.#lines.length <= MOST) return;
    this.#lines.shift();
    this.#dropped++;
  }

  /** A message was passed over. */
  ignore(): void {
    this.#ignored++;
  }

  /** The lines; they are forgotten. */
  take(): string[] {
    const lines = [
      ...this.#dropped === 0 ? [] : [`… ${this.#dropped} more before these`],
      ...this.#lines,
      ...this.#ignored === 0 ? [] : [`${this.#ignored} ignored messages`],
    ];
    this.#lines = [];
    this.#dropped = this.#ignored = 0;
    return lines;
  }
}
