/**
 * `--dump-spec`: what a command line was understood as.
 *
 * @module
 */
import type { SpecifierPair } from "../core/fixups.ts";
import type { Option, OptionValues } from "../core/option.ts";
import { formatSpecifier } from "../core/specifier.ts";
import { MASK, maskAddress, maskField } from "../core/secrets.ts";

// deno-lint-ignore no-explicit-any -- a table of options of all types
type AnyOption = Option<any>;

/** Options that say how the command line is read: what they lead to is told. */
const UNTOLD: readonly string[] = ["dump-spec", "config", "no-config"];

/**
 * Three lines: the left and the right specifier in canonical names, and the options as JSON.
 * Secrets are left out, as the rows of the table tell and wherever a login stands in an address
 * or in a header field.
 */
export function dump(
  { left, right }: SpecifierPair,
  options: OptionValues,
  table: readonly AnyOption[],
): string {
  const rows = new Map(table.map((row) => [row.long, row]));
  const given = Object.fromEntries(
    [...options.entries()].filter(([name]) => !UNTOLD.includes(name))
      .map(([name, value]): [string, unknown] => [name, shown(value, rows.get(name))])
      .sort(([a], [b]) => a < b ? -1 : 1),
  );
  const sides = [left, right].map((side) => maskAddress(formatSpecifier(side)) + "\n");
  return `${sides.join("")}${JSON.stringify(given, finite)}\n`;
}

/** A value without secrets. */
function shown(value: unknown, row: AnyOption | undefined): unknown {
  if (Array.isArray(value)) return value.map((each) => shown(each, row));
  if (row?.secret) return MASK;
  if (typeof value !== "string") return value;
  return /^NAME: ?VALUE$/.test(row?.value ?? "") ? maskField(value) : maskAddress(value);
}

/** JSON has no word for Infinity; this is the one of the command line. */
function finite(_key: string, value: unknown): unknown {
  return value === Infinity ? "forever" : value;
}
