/**
 * Diagnostics: one line each on standard error, so that standard output carries
 * data only.
 *
 * @module
 */
import { reasonOf, systemHint, WirecatError } from "./errors.ts";

/** How much is said: 0 only what ends the program, 1 warnings too, 2 `-v`, 3 `-vv`. */
export type Verbosity = 0 | 1 | 2 | 3;

/** What begins and ends a style (ECMA-48, 8.3.117). @std/fmt would double the time to load this. */
type Style = readonly [begin: number, end: number];

const DIM: Style = [2, 22];
const RED: Style = [31, 39];
const YELLOW: Style = [33, 39];

const encoder = new TextEncoder();

let diverted: ((line: string) => void) | undefined;

/** Has diagnostics go elsewhere: where somebody types, they must not be in the way. */
export function divertLines(to: ((line: string) => void) | undefined): void {
  diverted = to;
}

/** Writes a line to standard error, at once and whole. */
export function writeLine(line: string): void {
  if (diverted !== undefined) return diverted(line);
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
    const message = error instanceof WirecatError ? error.message : reasonOf(error);
    this.#line("error", RED, message);
    const hint = (error instanceof WirecatError ? error.hint : undefined) ?? systemHint(message);
    if (hint !== undefined) this.#hint(hint);
    if (this.verbosity >= 3 && error instanceof Error) this.#write(hideSecrets(stackOf(error)));
  }

  /** Says what is odd but not fatal. Silent under `-q`. */
  warn(message: string, hint?: string): void {
    if (this.verbosity < 1) return;
    this.#line("warning", YELLOW, message);
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
    if (this.verbosity >= 2) this.#write(this.#paint(DIM, `wirecat: ${printable(message)}`));
  }

  /** Tells it in detail, under `-vv`. */
  debug(message: string): void {
    if (this.verbosity >= 3) this.#write(this.#paint(DIM, `wirecat: ${printable(message)}`));
  }

  /** Writes a line of an overlay whose purpose is to write lines, such as `log:`. */
  line(text: string): void {
    this.#write(text);
  }

  #line(word: string, style: Style, message: string): void {
    this.#write(`wirecat: ${this.#paint(style, word)}: ${printable(message)}`);
  }

  #hint(hint: string): void {
    this.#write(this.#paint(DIM, `  ${printable(hint)}`));
  }

  #paint([begin, end]: Style, text: string): string {
    return this.#colour ? `\x1b[${begin}m${text}\x1b[${end}m` : text;
  }
}

/** Warns of the first of things alike, and tells of the others under `-v`: nobody floods the log. */
export function warnOnce(log: Log): (message: string, hint?: string) => void {
  let warned = false;
  return (message, hint) => {
    if (warned) log.info(message);
    else log.warn(message, hint);
    warned = true;
  };
}

/** One line that does nothing to a terminal: much of what is told was said by others. */
function printable(text: string): string {
  // deno-lint-ignore no-control-regex -- these are what it is about
  return hideSecrets(text).replace(/[\x00-\x1f\x7f-\x9f]/g, (control) => {
    if (control === "\n") return "\\n";
    return `\\x${control.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}

/**
 * What people have written on the command line is told back to them, but not the passwords and the
 * tokens in addresses, also where the scheme is misspelt. It looks ahead so that a long text of a
 * client's takes no longer than its length is worth.
 */
function hideSecrets(text: string): string {
  return text.replace(/(\/\/[^\s/?#@:]*:)[^\s/?#]*@/g, "$1***@")
    .replace(
      /([?&](?=[^\s=&#?;]*(?:token|secret|passw|api[-_]?key|auth|sig))[^\s=&#?]*=)[^\s&#'"]*/gi,
      "$1***",
    );
}

function stackOf(error: Error): string {
  const stack = error.stack ?? String(error);
  return error.cause instanceof Error ? `${stack}\ncaused by: ${stackOf(error.cause)}` : stack;
}
