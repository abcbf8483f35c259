/**
 * Reading the command line by the option table.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { usageError, WirecatError } from "../core/errors.ts";
import { type Option, OptionValues } from "../core/option.ts";
import { nearestName } from "./nearest.ts";
import { environment } from "../core/permission.ts";

// deno-lint-ignore no-explicit-any -- a table of options of all types
type AnyOption = Option<any>;

/** Something that looks like an option and is none. */
export class UnknownOption extends WirecatError {
  /** The option as it was typed, with its dashes. */
  readonly typed: string;

  /** `message` is one line without a full stop. */
  constructor(typed: string, message: string, hint: string) {
    super("usage", message, { hint });
    this.typed = typed;
  }
}

/** A command line that was read. */
export interface CommandLine {
  /** The options. */
  readonly options: OptionValues;
  /** The other words: specifiers. */
  readonly positional: readonly string[];
}

/** The words of a command line, by what they belong to. */
export interface SaidWords {
  /** The words of each option that was given; none for a flag. */
  readonly options: ReadonlyMap<AnyOption, readonly string[]>;
  /** The other words: specifiers. */
  readonly positional: readonly string[];
  /** Where the words of each option stood among all options, by its long name. */
  readonly places: ReadonlyMap<string, readonly number[]>;
}

/** What stands in for options that are not given, by long name: words, or that it is off. */
export type Fallback = ReadonlyMap<string, readonly string[] | false>;

/**
 * Reads the words after the program's name. Throws a usage error that names the nearest option.
 *
 * An option that may be given many times takes one word, and those behind it that `isAddress`
 * does not know: `-F /a:text/html:a /b:text/html:b`. One with `oneWord`, such as `-H`, does not.
 */
export function parseCommandLine(
  words: readonly string[],
  table: readonly AnyOption[],
  isAddress: (word: string) => boolean = () => true,
): CommandLine {
  const said = readWords(words, table, isAddress);
  return { options: valuesOf(said, table), positional: said.positional };
}

/** The first half of {@linkcode parseCommandLine}: whose words they are, not yet their values. */
export function readWords(
  words: readonly string[],
  table: readonly AnyOption[],
  isAddress: (word: string) => boolean = () => true,
): SaidWords {
  const names = new OptionNames(table);
  const { canonical, rest } = canonicalWords(words, names, isAddress);
  const places = placesIn(canonical);
  // With all rows parseArgs takes longer than everything else at the start.
  const given = table.filter((row) => places.has(row.long));
  const flags = given.filter((row) => row.value === undefined).map((row) => row.long);
  const valued = given.filter((row) => row.value !== undefined).map((row) => row.long);
  const parsed = parseArgs(canonical, {
    boolean: flags,
    string: [...valued, "_"],
    collect: [...flags, ...valued],
  });
  const options = new Map<AnyOption, readonly string[]>(rest);
  for (const row of given) {
    const found: readonly unknown[] = [parsed[row.long]].flat();
    const words = found.filter((word) => word !== undefined && word !== false).map(String);
    if (words.length > 1 && !row.many) {
      throw usageError(`--${row.long} is given ${words.length} times`, "once is enough");
    }
    if (words.length > 0) options.set(row, words);
  }
  return { options, positional: parsed._.map(String), places };
}

/** Where each option stands in a canonical command line. */
function placesIn(canonical: readonly string[]): Map<string, number[]> {
  const places = new Map<string, number[]>();
  for (const [at, word] of canonical.slice(0, canonical.indexOf("--")).entries()) {
    const long = word.slice(2).split("=", 1)[0];
    const found = places.get(long);
    if (found === undefined) places.set(long, [at]);
    else found.push(at);
  }
  return places;
}

/**
 * The second half: the value of each option, from its words, else from the environment, else
 * from the first of `fallbacks` that has it, the last of which is for every run. What conflicts
 * with something stronger is left out. Throws a usage error.
 */
export function valuesOf(
  said: SaidWords,
  table: readonly AnyOption[],
  fallbacks: readonly Fallback[] = [],
): OptionValues {
  const words = new Map([...said.options].map(([row, words]) => [row.long, words]));
  const off = new Set<string>();
  let asked: ReadonlySet<string> = new Set();
  for (const fallback of [fromEnvironment(table), ...fallbacks]) {
    if (fallback === fallbacks.at(-1)) asked = new Set(words.keys());
    if (fallback.size > 0) addFallback(fallback, table, words, off);
  }
  const defaults = new Set(fallbacks.length === 0 ? [] : words.keys()).difference(asked);
  const values = new Map<string, unknown>();
  for (const row of table) {
    const given = words.get(row.long);
    if (given !== undefined) values.set(row.long, row.parse(given, said.places.get(row.long)));
  }
  refuseConflicts(table, values);
  return new OptionValues(values, defaults);
}

/** Adds what is not given. Options that take one word each time, as `-H` does, add up. */
function addFallback(
  fallback: Fallback,
  table: readonly AnyOption[],
  words: Map<string, readonly string[]>,
  off: Set<string>,
): void {
  const stronger = new Set(words.keys());
  for (const row of table) {
    const weaker = fallback.get(row.long);
    if (weaker === undefined || off.has(row.long)) continue;
    if (weaker === false) {
      if (!stronger.has(row.long)) off.add(row.long);
      continue;
    }
    const given = words.get(row.long);
    if (given === undefined) {
      if (!conflictsWithAny(row, stronger, table)) words.set(row.long, weaker);
    } else if (row.oneWord) {
      words.set(row.long, withWeaker(row, given, weaker));
    }
  }
}

/** The options that an environment variable stands in for. */
function fromEnvironment(table: readonly AnyOption[]): Fallback {
  const found = new Map<string, readonly string[]>();
  for (const row of table) {
    const value = row.env === undefined ? undefined : environment(row.env);
    if (value !== undefined) found.set(row.long, [value]);
  }
  return found;
}

/** Whether an option cannot stand beside one of those given, whichever of the two says so. */
export function conflictsWithAny(
  row: AnyOption,
  given: ReadonlySet<string>,
  table: Iterable<AnyOption>,
): boolean {
  return row.conflicts?.some((other) => given.has(other)) ||
    Iterator.from(table).some((other) =>
      given.has(other.long) && other.conflicts?.includes(row.long) === true
    );
}

/** Both lists; of header fields only those whose name the stronger ones do not have. */
export function withWeaker(
  row: AnyOption,
  stronger: readonly string[],
  weaker: readonly string[],
): readonly string[] {
  if (row.value !== "NAME:VALUE") return [...stronger, ...weaker];
  const name = (field: string) => field.split(":", 1)[0].trim().toLowerCase();
  const names = new Set(stronger.map(name));
  return [...stronger, ...weaker.filter((field) => !names.has(name(field)))];
}

/** The option table by name. */
class OptionNames {
  readonly #long = new Map<string, AnyOption>();
  readonly #short = new Map<string, AnyOption>();

  constructor(table: readonly AnyOption[]) {
    for (const row of table) {
      for (const name of [row.long, row.short, ...row.aliases ?? []]) {
        if (name === undefined) continue;
        const names = name.length === 1 ? this.#short : this.#long;
        if (names.has(name)) throw new Error(`two options are called ${name}`);
        names.set(name, row);
      }
    }
  }

  long(name: string): AnyOption {
    const row = this.#long.get(name);
    if (row !== undefined) return row;
    const nearest = nearestName(name, this.#long.keys());
    throw new UnknownOption(
      `--${name}`,
      `there is no option --${name}`,
      nearest === undefined ? "see --help=long for the list" : `did you mean --${nearest}?`,
    );
  }

  short(letter: string, word: string): AnyOption {
    const row = this.#short.get(letter);
    if (row !== undefined) return row;
    throw new UnknownOption(
      word.startsWith(letter, 1) ? `-${letter}` : word,
      word.length === 2 ? `there is no option ${word}` : `there is no option -${letter} in ${word}`,
      this.#long.has(word.slice(1)) ? `did you mean -${word}?` : "see --help for the list",
    );
  }
}

/**
 * The same command line with every option as `--long` or `--long=value`, positional words
 * behind a `--`: clusters of short options are taken apart, values joined to their options.
 */
function canonicalWords(
  words: readonly string[],
  names: OptionNames,
  isAddress: (word: string) => boolean,
): { canonical: string[]; rest: Map<AnyOption, readonly string[]> } {
  const canonical: string[] = [];
  const positional: string[] = [];
  const rest = new Map<AnyOption, readonly string[]>();
  let at = 0;
  /** Takes one option; true if its value was in the same word. */
  const take = (row: AnyOption, name: string, inline: string | undefined): void => {
    if (row.rest) {
      rest.set(row, [...(inline === undefined ? [] : [inline]), ...words.slice(at)]);
      at = words.length;
    } else if (row.value === undefined) {
      if (inline !== undefined) throw usageError(`${name} takes no value, '${inline}' is too much`);
      canonical.push(`--${row.long}`);
    } else if (inline !== undefined) {
      canonical.push(`--${row.long}=${inline}`);
    } else if (row.valueOptional) {
      canonical.push(`--${row.long}=`);
    } else if (at < words.length) {
      do canonical.push(`--${row.long}=${words[at++]}`); while (
        row.many && !row.oneWord && at < words.length && !words[at].startsWith("-") &&
        !isAddress(words[at])
      );
    } else if (row.defaultText === undefined) {
      throw usageError(`${name} needs a value: ${name} ${row.value}`);
    }
  };
  while (at < words.length) {
    const word = words[at++];
    if (word === "--") {
      positional.push(...words.slice(at));
      break;
    }
    if (word.startsWith("--")) {
      const equals = word.indexOf("=");
      const name = equals < 0 ? word : word.slice(0, equals);
      take(names.long(name.slice(2)), name, equals < 0 ? undefined : word.slice(equals + 1));
    } else if (word.startsWith("-") && word !== "-") {
      for (let i = 1; i < word.length; i++) {
        const row = names.short(word[i], word);
        if (row.value === undefined) {
          take(row, `-${word[i]}`, undefined);
          continue;
        }
        const inline = i + 1 < word.length ? word.slice(i + 1).replace(/^=/, "") : undefined;
        take(row, `-${word[i]}`, inline);
        break;
      }
    } else {
      positional.push(word);
    }
  }
  return { canonical: [...canonical, "--", ...positional], rest };
}

function refuseConflicts(table: readonly AnyOption[], values: ReadonlyMap<string, unknown>): void {
  for (const row of table) {
    if (!values.has(row.long)) continue;
    for (const other of row.conflicts ?? []) {
      if (values.has(other)) {
        throw usageError(`--${row.long} and --${other} cannot be given together`, "leave one out");
      }
    }
  }
}
