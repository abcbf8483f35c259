/**
 * Which messages are shown: those with a pattern in them, or those without it.
 *
 * @module
 */
import { CommandError } from "./slash_command.ts";

/** A regular expression, and whether it has to be there or must not be. */
export class MessageFilter {
  /** What passes, in words. */
  readonly description: string;
  readonly #pattern: RegExp;
  readonly #without: boolean;

  /**
   * From what was typed: a regular expression of JavaScript, behind a `!` for messages without it.
   * Small letters stand for capitals, too, unless there are capitals. Throws a
   * {@linkcode CommandError}.
   */
  constructor(typed: string) {
    this.#without = typed.startsWith("!");
    const source = typed.slice(this.#without ? 1 : 0);
    const hasCapitals = /\p{Lu}/u.test(source.replace(/\\./g, ""));
    try {
      this.#pattern = new RegExp(source, hasCapitals ? "" : "i");
    } catch (error) {
      const reason = error instanceof Error ? error.message.replace(/^.*: /, "") : "";
      throw new CommandError(`'${source}' is no regular expression: ${reason}`);
    }
    this.description = `${this.#without ? "without" : "with"} '${source}'`;
  }

  /** Whether a message is shown; a binary one is read as if it were text. */
  passes(bytes: Uint8Array): boolean {
    return this.#pattern.test(new TextDecoder().decode(bytes)) !== this.#without;
  }
}
