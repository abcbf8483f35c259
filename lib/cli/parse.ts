/**
 * Reading the command line by the option table.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { closestString } from "@std/text/closest-string";
import { usageError } from "../core/errors.ts";
import { type Option, OptionValues } from "../core/option.ts";

// deno-lint-ignore no-explicit-any -- a table of options of all types
type AnyOption = Option<any>;

/** A command line that was read. */
export interface CommandLine {
  /** The options. */
  readonly options: OptionValues;
  /** The other words: specifiers. */
  readonly positional: readonly string[];
}

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
  const names = new OptionNames(table);
  const { canonical, rest } = canonicalWords(words, names, isAddress);
  const flags = table.filter((row) => row.value === undefined).map((row) => row.long);
  const valued = table.filter((row) => row.value !== undefined).map((row) => row.long);
  const parsed = parseArgs(canonical, {
    boolean: flags,
    string: [...valued, "_"],
    collect: [...flags, ...valued],
  });
  const values = new Map<string, unknown>();
  for (const row of table) {
    const given: readonly unknown[] = row.rest ? rest.get(row) ?? [] : [parsed[row.long]].flat();
    const words = given.filter((word) => word !== undefined && word !== false).map(String);
    if (words.length > 1 && !row.many && !row.rest) {
      throw usageError(`--${row.long} is given ${words.length} times`, "once is enough");
    }
    if (words.length > 0 || rest.has(row)) values.set(row.long, row.parse(words));
    else addFromEnvironment(row, values);
  }
  refuseConflicts(table, values);
  return { options: new OptionValues(values), positional: parsed._.map(String) };
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
    const nearest = closestString(name, [...this.#long.keys()]);
    throw usageError(
      `there is no option --${name}`,
      nearest === undefined ? undefined : `did you mean --${nearest}?`,
    );
  }

  short(letter: string, word: string): AnyOption {
    const row = this.#short.get(letter);
    if (row !== undefined) return row;
    throw usageError(
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

function addFromEnvironment(row: AnyOption, values: Map<string, unknown>): void {
  if (row.env === undefined) return;
  try {
    const value = Deno.env.get(row.env);
    if (value !== undefined && value !== "") values.set(row.long, row.parse([value]));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error; // Without permission there is none.
  }
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
