/**
 * Diagnostics: one line each on standard error, so that standard output carries
 * data only.
 *
 * @module
 */
import { dim, red, yellow } from "@std/fmt/colors";
import { reasonOf, WirecatError } from "./errors.ts";

/** How much is said: 0 only what ends the program, 1 warnings too, 2 `-v`, 3 `-vv`. */
export type Verbosity = 0 | 1 | 2 | 3;

const encoder = new TextEncoder();

/** Writes a line to standard error, at once and whole. */
export function writeLine(line: string): void {
  const bytes = encoder.encode(line + "\n");
  try {
    for (let at = 0; at < bytes.length;) at += Deno.stderr.writeSync(bytes.subarray(at));
  } catch {
    // Nobody can be told that standard error is gone.
  }
}

/** A place for diagnostics, with a verbosity. */
export class Log {
  /** How much is said. */
  readonly verbosity: Verbosity;
  readonly #write: (line: string) => void;
  readonly #colour: boolean;

  /** `write` takes one line without its newline. */
  constructor(verbosity: Verbosity = 1, write: (line: string) => void = writeLine) {
    this.verbosity = verbosity;
    this.#write = write;
    this.#colour = write === writeLine && !Deno.noColor && Deno.stderr.isTerminal();
  }

  /** Says why something failed, with a hint, and with the stack under `-vv`. */
  error(error: unknown): void {
    this.#line("error", red, error instanceof WirecatError ? error.message : reasonOf(error));
    if (error instanceof WirecatError && error.hint !== undefined) this.#hint(error.hint);
    if (this.verbosity >= 3 && error instanceof Error) this.#write(stackOf(error));
  }

  /** Says what is odd but not fatal. Silent under `-q`. */
  warn(message: string, hint?: string): void {
    if (this.verbosity < 1) return;
    this.#line("warning", yellow, message);
    if (hint !== undefined) this.#hint(hint);
  }

  /** As {@linkcode error}, for what ends one connection and not the program. Silent under `-q`. */
  failure(error: unknown): void {
    if (this.verbosity >= 1) this.error(error);
  }

  /** Tells something that a person at a terminal wants to know. Silent under `-q`. */
  note(message: string): void {
    if (this.verbosity >= 1) this.#write(`wirecat: ${printable(message)}`);
  }

  /** Tells what happens, under `-v`. */
  info(message: string): void {
    if (this.verbosity >= 2) this.#write(this.#paint(dim, `wirecat: ${printable(message)}`));
  }

  /** Tells it in detail, under `-vv`. */
  debug(message: string): void {
    if (this.verbosity >= 3) this.#write(this.#paint(dim, `wirecat: ${printable(message)}`));
  }

  /** Writes a line of an overlay whose purpose is to write lines, such as `log:`. */
  line(text: string): void {
    this.#write(text);
  }

  #line(word: string, paint: (text: string) => string, message: string): void {
    this.#write(`wirecat: ${this.#paint(paint, word)}: ${printable(message)}`);
  }

  #hint(hint: string): void {
    this.#write(this.#paint(dim, `  ${printable(hint)}`));
  }

  #paint(paint: (text: string) => string, text: string): string {
    return this.#colour ? paint(text) : text;
  }
}

/** One line that does nothing to a terminal: much of what is told was said by others. */
function printable(text: string): string {
  // deno-lint-ignore no-control-regex -- these are what it is about
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, (control) => {
    if (control === "\n") return "\\n";
    return `\\x${control.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}

function stackOf(error: Error): string {
  const stack = error.stack ?? String(error);
  return error.cause instanceof Error ? `${stack}\ncaused by: ${stackOf(error.cause)}` : stack;
}
