/**
 * `--dump-spec`: what a command line was understood as.
 *
 * @module
 */
import type { SpecifierPair } from "../core/fixups.ts";
import type { OptionValues } from "../core/option.ts";
import { formatSpecifier } from "../core/specifier.ts";

/** Three lines: the left and the right specifier in canonical names, and the options as JSON. */
export function dump({ left, right }: SpecifierPair, options: OptionValues): string {
  const given = Object.fromEntries(
    [...options.entries()].filter(([name]) => name !== "dump-spec").sort(([a], [b]) =>
      a < b ? -1 : 1
    ),
  );
  return `${formatSpecifier(left)}\n${formatSpecifier(right)}\n${JSON.stringify(given, finite)}\n`;
}

/** JSON has no word for Infinity; this is the one of the command line. */
function finite(_key: string, value: unknown): unknown {
  return value === Infinity ? "forever" : value;
}
