/**
 * Where the file of defaults and profiles is, and reading the command line with it. What the
 * file holds is understood by `config_file.ts`, which is loaded only where there is one.
 *
 * @module
 */
import { reasonOf, usageError, WirecatError } from "../core/errors.ts";
import type { Option } from "../core/option.ts";
import type { Registry } from "../core/registry.ts";
import { addressTest } from "./modes.ts";
import {
  completions,
  configFile,
  coreOptions,
  help,
  longHelp,
  noConfig,
  version,
} from "./options.ts";
import { type CommandLine, readWords, type SaidWords, UnknownOption, valuesOf } from "./parse.ts";
import { environment, isGranted } from "../core/permission.ts";

// deno-lint-ignore no-explicit-any -- a table of options of all types
type AnyOption = Option<any>;

/** A file of defaults and profiles, as it was read. */
export interface ConfigText {
  /** Where it is. */
  readonly path: string;
  /** What is in it. */
  readonly text: string;
}

/** Options that print something which no file has a say in. */
const ENDING: readonly AnyOption[] = [help, longHelp, version, completions];

/** What stands for the URL, headers and options of a profile. */
const PROFILE = /^@[\w.-]+$/;

/**
 * Reads a command line: an option beats the environment, which beats the profile that is
 * named (`@NAME`), which beats the defaults of the file. `more` are rows that only this
 * command has. Throws a usage error.
 */
export async function readCommandLine(
  words: readonly string[],
  registry: Registry,
  more: readonly AnyOption[] = [],
): Promise<ConfiguredCommandLine> {
  const table = [...coreOptions, ...registry.options, ...more];
  const said = await readKnown(words, table, addressTest(words, registry));
  // Help is to be had whatever is wrong with the file.
  if (ENDING.some((row) => said.options.has(row))) {
    return { options: valuesOf(said, table), positional: said.positional };
  }
  const config = readConfig(said);
  const profile = said.positional.find((word) => PROFILE.test(word));
  if (config === undefined) {
    if (profile !== undefined) throw withoutFile(profile, said);
    return { options: valuesOf(said, table), positional: said.positional };
  }
  const { understandConfig } = await import("./config_file.ts");
  const known = [...coreOptions, ...registry.options];
  const { fallbacks, positional } = understandConfig(config, known).apply(said.positional);
  const fromFile = {
    path: config.path,
    options: new Set(fallbacks.flatMap((values) => [...values.keys()])),
    addresses: positional.filter((word) => !said.positional.includes(word)),
  };
  for (const { long } of said.options.keys()) fromFile.options.delete(long);
  return {
    options: valuesOf(said, table, fallbacks),
    positional,
    located: (error) => locate(error, fromFile),
  };
}

/** A command line that was read, together with the file. */
export interface ConfiguredCommandLine extends CommandLine {
  /** An error with the name of the file, where it is about what stands there. */
  readonly located?: (error: unknown) => unknown;
}

/** What a file has added to a command line. */
interface FromFile {
  readonly path: string;
  /** The long names of options. */
  readonly options: ReadonlySet<string>;
  readonly addresses: readonly string[];
}

function locate(error: unknown, { path, options, addresses }: FromFile): unknown {
  if (!(error instanceof WirecatError) || error.kind !== "usage") return error;
  const { message, hint } = error;
  const option = /^--([\w-]+)/.exec(message)?.[1];
  // Every other message has a dash.
  const isAbout = (address: string) =>
    address === "-" ? message.startsWith("- ") : message.includes(address);
  const isThere = option === undefined ? addresses.some(isAbout) : options.has(option);
  return isThere ? usageError(`${path}: ${message}`, hint) : error;
}

/** As {@linkcode readWords}; for an option of another program the hint says what does the same. */
async function readKnown(...read: Parameters<typeof readWords>): Promise<SaidWords> {
  try {
    return readWords(...read);
  } catch (error) {
    if (!(error instanceof UnknownOption)) throw error;
    const { foreignHint } = await import("./foreign_options.ts");
    const hint = foreignHint(error.typed);
    throw hint === undefined ? error : usageError(error.message, hint);
  }
}

function withoutFile(profile: string, said: SaidWords): Error {
  if (said.options.has(noConfig)) {
    return usageError(`${profile} is a profile, and --no-config reads none`, "leave it out");
  }
  return usageError(
    `there is no profile ${profile}: there is no file of profiles`,
    `write it to ${configPaths()[0] ?? "a file that --config names"}; see wirecat config schema`,
  );
}

/** The file that a command line asks for, or the usual one if it is there. An empty one is none. */
export function readConfig({ options }: Pick<SaidWords, "options">): ConfigText | undefined {
  if (options.has(noConfig)) return undefined;
  const said = options.get(configFile)?.[0];
  const named = said ?? environment(configFile.env!);
  if (named !== undefined) {
    const by = said === undefined ? configFile.env : `--${configFile.long}`;
    return readNamed(named, by!);
  }
  for (const path of configPaths()) {
    const text = readUsual(path);
    if (text !== undefined) return text.trim() === "" ? undefined : { path, text };
  }
}

function readNamed(path: string, by: string): ConfigText | undefined {
  try {
    const text = Deno.readTextFileSync(path);
    return text.trim() === "" ? undefined : { path, text };
  } catch (error) {
    const refused = error instanceof Deno.errors.NotCapable;
    throw usageError(
      `${by}: cannot read ${path}: ${refused ? "permission denied by Deno" : reasonOf(error)}`,
      refused ? `run wirecat with --allow-read=${path}, or -A` : undefined,
    );
  }
}

/** What is in the file; nothing if there is none, or none that may be read. */
function readUsual(path: string): string | undefined {
  if (!isGranted({ name: "read", path })) return undefined;
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw usageError(`cannot read ${path}: ${reasonOf(error)}`, "--no-config does without it");
  }
}

/**
 * Where the file is looked for, the first place first: `$XDG_CONFIG_HOME/wirecat`, where the
 * system keeps such files, and `~/.config/wirecat`.
 */
export function configPaths(
  system: typeof Deno.build.os = Deno.build.os,
  variable: (name: string) => string | undefined = environment,
): string[] {
  const separator = system === "windows" ? "\\" : "/";
  const join = (...parts: string[]) => [...parts, "wirecat", "config.json"].join(separator);
  const xdg = variable("XDG_CONFIG_HOME");
  if (xdg !== undefined) return [join(xdg)];
  if (system === "windows") {
    const data = variable("APPDATA");
    return data === undefined ? [] : [join(data)];
  }
  const home = variable("HOME");
  if (home === undefined) return [];
  const usual = join(home, ".config");
  return system === "darwin" ? [usual, join(home, "Library", "Application Support")] : [usual];
}
