/**
 * Options as typed keys: a row says everything about an option, and reads its value.
 *
 * @module
 */
import { usageError } from "./errors.ts";

/** Where `--help` lists an option. */
export type OptionGroup =
  | "mode"
  | "messages"
  | "websocket"
  | "http"
  | "tls"
  | "auth"
  | "proxy"
  | "terminal"
  | "script"
  | "session"
  | "listen"
  | "program"
  | "overlay"
  | "udp"
  | "output";

/** One option of the command line: a row of the option table. */
export interface Option<T> {
  /** The name, without `--`. */
  readonly long: string;
  /** The one-letter name, without `-`. */
  readonly short?: string;
  /** Further names, without dashes: a single letter is a short one. */
  readonly aliases?: readonly string[];
  /** What the value is called in the help; absent for a flag. */
  readonly value?: string;
  /** Whether the value may be left out; it is empty then. */
  readonly valueOptional?: boolean;
  /** Where the help lists it. */
  readonly group: OptionGroup;
  /** One or more sentences of help. */
  readonly help: string;
  /** Whether only the long help lists it. */
  readonly advanced?: boolean;
  /** Whether it may be given many times. */
  readonly many?: boolean;
  /** Whether it takes exactly one word each time; other `many` ones take all up to an address. */
  readonly oneWord?: boolean;
  /** Whether it takes all words after it, options too. */
  readonly rest?: boolean;
  /** What the value is without the option, as the help says it. */
  readonly defaultText?: string;
  /** The environment variable that stands in for it. */
  readonly env?: string;
  /** Whether its value is not for other eyes: `--dump-spec` and programs do not get it. */
  readonly secret?: true;
  /** Long names of options that cannot be given together with it. */
  readonly conflicts?: readonly string[];
  /** The value without the option. */
  readonly initial: T;
  /**
   * The value from the words given: one, or all of them for `many` and `rest`. `places` are where
   * they stood among all options, for rows whose order tells something. Throws a usage error.
   */
  readonly parse: (words: readonly string[], places?: readonly number[]) => T;
}

/** What every row has to say, whatever its type. */
export type OptionRow<T> = Omit<Option<T>, "initial" | "parse">;

/** An option without a value. */
export function flag(row: OptionRow<boolean>): Option<boolean> {
  return { ...row, initial: false, parse: () => true };
}

/** An option that is counted: `-vv`. */
export function counter(row: OptionRow<number>): Option<number> {
  return { ...row, many: true, initial: 0, parse: (words) => words.length };
}

/** An option with a text as its value. */
export function text(
  row: OptionRow<string | undefined> & { value: string },
): Option<string | undefined> {
  return { ...row, initial: undefined, parse: (words) => words[0] };
}

/** An option with one of a few words as its value. */
export function choice<W extends string>(
  row: OptionRow<W> & { choices: readonly [W, ...W[]] },
): Option<W> {
  const { choices, ...rest } = row;
  return {
    ...rest,
    value: choices.join("|"),
    defaultText: choices[0],
    initial: choices[0],
    parse([word]) {
      const found = choices.find((choice) => choice === word);
      if (found === undefined) {
        throw usageError(`--${row.long}: '${word}' is none of ${choices.join(", ")}`);
      }
      return found;
    },
  };
}

/** An option that may be given many times, each with a text. */
export function texts(
  row: OptionRow<readonly string[]> & { value: string },
): Option<readonly string[]> {
  return { ...row, many: true, initial: [], parse: (words) => words };
}

/** An option that takes all words after it. */
export function restOfLine(
  row: OptionRow<readonly string[] | undefined> & { value: string },
): Option<readonly string[] | undefined> {
  return { ...row, rest: true, initial: undefined, parse: (words) => words };
}

/** Bounds of a number option. */
export interface NumberBounds {
  /** The least value; 0 if not given. */
  readonly min?: number;
  /** The greatest value. */
  readonly max?: number;
}

/** An option with a whole number; `initial` is its value without the option. */
export function integer<T extends number | undefined>(
  row: OptionRow<number | T> & { value: string; initial: T } & NumberBounds,
): Option<number | T> {
  return numeric(row, (word) => /^-?\d+$/.test(word) ? Number(word) : NaN, "a whole number");
}

const TIME_UNITS: Record<string, number> = { "": 1, s: 1, m: 60, h: 3600 };

/**
 * A length of time in seconds from its text: `1.5`, `500ms`, `2s`, `1m`, `1h` or `forever`, which
 * is Infinity. NaN for anything else.
 */
export function parseSeconds(word: string): number {
  if (word === "forever") return Infinity;
  const [, number, unit] = /^(\d+(?:\.\d*)?|\.\d+)(ms|[smh])?$/.exec(word) ?? [, "NaN"];
  // A product with 0.001 would make 0.7000000000000001 of 700ms.
  return unit === "ms" ? Number(number) / 1000 : Number(number) * TIME_UNITS[unit ?? ""];
}

/** An option with a length of time in seconds; see {@linkcode parseSeconds} for its texts. */
export function seconds<T extends number | undefined>(
  row: OptionRow<number | T> & { value: string; initial: T } & NumberBounds,
): Option<number | T> {
  return numeric(row, parseSeconds, "a length of time, such as 2, 500ms, 1m or 'forever'");
}

/**
 * An option with a length of time in milliseconds: a number alone is milliseconds, and the units of
 * {@linkcode parseSeconds} may follow it.
 */
export function milliseconds<T extends number | undefined>(
  row: OptionRow<number | T> & { value: string; initial: T } & NumberBounds,
): Option<number | T> {
  const read = (word: string) =>
    /^\d+$/.test(word) ? Number(word) : /^[\d.]+$/.test(word) ? NaN : parseSeconds(word) * 1000;
  return numeric(row, read, "a length of time, such as 250 for milliseconds, 2s or 1m");
}

const SIZE_UNITS: Record<string, number> = { "": 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** A number of bytes from its text: `65536`, `64k`, `1M`. NaN for anything else. */
export function parseBytes(word: string): number {
  const [, number, unit] = /^(\d+)([kmg])?$/i.exec(word) ?? [, "NaN"];
  return Number(number) * SIZE_UNITS[(unit ?? "").toLowerCase()];
}

/** An option with a number of bytes: `65536`, `64k`, `1M`. */
export function bytes<T extends number | undefined>(
  row: OptionRow<number | T> & { value: string; initial: T } & NumberBounds,
): Option<number | T> {
  return numeric(row, parseBytes, "a number of bytes, such as 65536 or 64k");
}

function numeric<T extends number | undefined>(
  row: OptionRow<number | T> & { initial: T } & NumberBounds,
  read: (word: string) => number,
  what: string,
): Option<number | T> {
  const { min = 0, max = Infinity, ...rest } = row;
  return {
    ...rest,
    defaultText: rest.defaultText ?? (row.initial === undefined ? undefined : String(row.initial)),
    parse([word]) {
      const value = read(word);
      if (Number.isNaN(value)) throw usageError(`--${row.long}: '${word}' is not ${what}`);
      if (value < min || value > max) {
        const range = max === Infinity ? `at least ${min}` : `from ${min} to ${max}`;
        throw usageError(`--${row.long}: ${word} is out of range: it has to be ${range}`);
      }
      return value;
    },
  };
}

/** The values of a command line, read by option. */
export class OptionValues {
  readonly #values: Map<string, unknown>;
  readonly #defaults: ReadonlySet<string>;

  /** `values` are by long name; `defaults` names those that are for every run. */
  constructor(
    values: Map<string, unknown> = new Map(),
    defaults: ReadonlySet<string> = new Set(),
  ) {
    this.#values = values;
    this.#defaults = defaults;
  }

  /** The value of an option, or its initial one. */
  get<T>(option: Option<T>): T {
    return this.#values.has(option.long) ? this.#values.get(option.long) as T : option.initial;
  }

  /** Whether the option was given. */
  given(option: Pick<Option<unknown>, "long">): boolean {
    return this.#values.has(option.long);
  }

  /** Whether the option was given for this run, so that it is a mistake if it says nothing. */
  asked(option: Pick<Option<unknown>, "long">): boolean {
    return this.given(option) && !this.#defaults.has(option.long);
  }

  /** The same values, but for one option. */
  with<T>(option: Option<T>, value: T): OptionValues {
    return new OptionValues(new Map(this.#values).set(option.long, value), this.#defaults);
  }

  /** Long names and values of all options given. */
  entries(): IterableIterator<[string, unknown]> {
    return this.#values.entries();
  }
}
