/**
 * What the program makes of a command line, without running it.
 *
 * @module
 */
import { addressesOf, addressTest } from "../../lib/cli/modes.ts";
import { asBinary, coreOptions, noFixups, noLine, oneshot } from "../../lib/cli/options.ts";
import { parseCommandLine } from "../../lib/cli/parse.ts";
import { applyFixups } from "../../lib/core/fixups.ts";
import type { Option, OptionValues } from "../../lib/core/option.ts";
import { formatSpecifier, parseSpecifier } from "../../lib/core/specifier.ts";
import { registry } from "../../specs/mod.ts";

/** Every option there is. */
// deno-lint-ignore no-explicit-any -- a table of options of all types
export const optionTable: readonly Option<any>[] = [...coreOptions, ...registry.options];

/** A specifier in the notation of `--dump-spec`. */
export function canonical(specifier: string): string {
  return formatSpecifier(parseSpecifier(specifier, registry));
}

/** What was understood: both specifiers as `--dump-spec` writes them, and what was warned of. */
export interface Understood {
  readonly left: string;
  readonly right: string;
  readonly options: OptionValues;
  readonly warnings: readonly string[];
}

/** Reads a command line and applies the fixups. Throws what the program would end with. */
export function understand(words: readonly string[]): Understood {
  const isAddress = addressTest(words, registry);
  const { options, positional } = parseCommandLine(words, optionTable, isAddress);
  const addresses = addressesOf(positional, options);
  const pair = {
    left: parseSpecifier(addresses.left, registry),
    right: parseSpecifier(addresses.right, registry),
  };
  const warnings: string[] = [];
  const context = {
    options,
    registry,
    simple: addresses.mode !== "pair",
    warn: (message: string, hint?: string) => void warnings.push(`${message} (${hint})`),
  };
  const settings = {
    lines: !options.get(noLine) && !options.get(asBinary),
    oneshot: options.get(oneshot),
  };
  const { left, right } = options.get(noFixups) ? pair : applyFixups(pair, context, settings);
  return { left: formatSpecifier(left), right: formatSpecifier(right), options, warnings };
}
