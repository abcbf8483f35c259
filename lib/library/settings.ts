/**
 * Options as a program writes them: an object by the long names of the command line.
 *
 * @module
 */
import { parseCommandLine } from "../cli/parse.ts";
import { coreOptions } from "../cli/options.ts";
import { Log, type Verbosity } from "../core/log.ts";
import type { Env, ListenAddress } from "../core/opener.ts";
import type { OptionValues } from "../core/option.ts";
import type { Registry } from "../core/registry.ts";

/** The value of an option: true for a flag, a list for one that may be given many times. */
export type SettingValue = boolean | string | number | readonly (string | number)[];

/** What {@linkcode connect} and {@linkcode listen} may be told. */
export interface Settings {
  /** Options by their long names, as in `{ header: ["X-Token: abc"], "ping-interval": 20 }`. */
  readonly options?: Readonly<Record<string, SettingValue>>;
  /** Ends what is being opened, and listening. */
  readonly signal?: AbortSignal;
  /** How much is told on standard error, as `-v` does: 0 (nothing, if not given) to 3. */
  readonly verbosity?: Verbosity;
}

/** The values of options. Throws a usage error that names what is wrong. */
function optionValues(
  options: NonNullable<Settings["options"]>,
  registry: Registry,
): OptionValues {
  const words = Object.entries(options).flatMap(([name, value]) => {
    if (value === false) return [];
    if (value === true) return [`--${name}`];
    return [value].flat().map((one) => `--${name}=${one}`);
  });
  return parseCommandLine(words, [...coreOptions, ...registry.options]).options;
}

/** What openers share, by the settings. */
export function environment(
  { options = {}, signal, verbosity = 0 }: Settings,
  registry: Registry,
  onListening?: (address: ListenAddress) => void,
): Env {
  return {
    options: optionValues(options, registry),
    log: new Log(verbosity),
    registry,
    signal: signal ?? new AbortController().signal,
    onListening,
  };
}
