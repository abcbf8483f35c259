/**
 * Where the websockify personality logs: standard error, a file, syslog.
 *
 * @module
 */
import { reasonOf, WirecatError } from "../core/errors.ts";
import { writeLine } from "../core/log.ts";

/** How grave a line is, by syslog's numbers (RFC 5424, section 6.2.1). */
export const SEVERITY = { error: 3, warning: 4, info: 6, debug: 7 } as const;

/** A severity's number. */
export type Severity = typeof SEVERITY[keyof typeof SEVERITY];

/** What takes lines. */
export interface Sink {
  /** Takes one line without its newline. Never throws. */
  write(line: string, severity: Severity): void;
  /** Lets go of what it has taken, and frees what it holds. */
  close(): Promise<void> | void;
}

/** A log of lines, each with who it is about. */
export class Journal {
  readonly #sinks: readonly Sink[];
  readonly #verbose: boolean;
  readonly #who: string;

  /** `who` begins each line. */
  constructor(sinks: readonly Sink[], verbose: boolean, who = "") {
    this.#sinks = sinks;
    this.#verbose = verbose;
    this.#who = who;
  }

  /** The same log, for lines about `who`. */
  about(who: string): Journal {
    return new Journal(this.#sinks, this.#verbose, `${who}: `);
  }

  /** Tells what happens. */
  info(text: string): void {
    this.#write(text, SEVERITY.info);
  }

  /** Tells more of it, under `-v`. */
  detail(text: string): void {
    if (this.#verbose) this.#write(text, SEVERITY.debug);
  }

  /** Tells what is odd. */
  warn(text: string): void {
    this.#write(text, SEVERITY.warning);
  }

  /** Tells what went wrong, and what to do. */
  failure(error: unknown): void {
    this.#write(failureText(error), SEVERITY.error);
  }

  /** Frees what its sinks hold. */
  async close(): Promise<void> {
    await Promise.all(this.#sinks.map((sink) => sink.close()));
  }

  #write(text: string, severity: Severity): void {
    const line = this.#who + printable(text);
    for (const sink of this.#sinks) sink.write(line, severity);
  }
}

/** An error in one line, with its hint in parentheses. */
export function failureText(error: unknown): string {
  if (!(error instanceof WirecatError)) return reasonOf(error);
  return error.hint === undefined ? error.message : `${error.message} (${error.hint})`;
}

/** A line without what a stranger could forge others with. */
function printable(text: string): string {
  // deno-lint-ignore no-control-regex -- those are the ones that are left out
  return text.replace(/[\x00-\x1f\x7f-\x9f]+/g, " ");
}

/** Standard error. */
export const standardError: Sink = {
  write: (line) => writeLine(line),
  close() {},
};

/** Adds lines with the time to a file. Throws if it cannot be opened. */
export function fileSink(path: string): Sink {
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(path, { append: true, create: true });
  } catch (cause) {
    throw new WirecatError("other", `--log-file: cannot write ${path}: ${reasonOf(cause)}`, {
      cause,
    });
  }
  const encoder = new TextEncoder();
  let open = true;
  return {
    write(line) {
      if (!open) return;
      const bytes = encoder.encode(`${timestamp(new Date())} ${line}\n`);
      try {
        for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
      } catch {
        // The disk is full: the service goes on without its log.
      }
    },
    close() {
      if (open) file.close();
      open = false;
    },
  };
}

/** The local time, as in `2026-11-21 11:33:08`. */
function timestamp(date: Date): string {
  const two = (number: number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ` +
    `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
