/**
 * What the fixups make of a pair of specifiers, as text.
 *
 * @module
 */
import { applyFixups } from "../../lib/core/fixups.ts";
import { OptionValues } from "../../lib/core/option.ts";
import { formatSpecifier, parseSpecifier } from "../../lib/core/specifier.ts";
import { registry } from "../../specs/mod.ts";

/** Both specifiers after all fixups, with a space between them. */
export function fixed(
  options: Record<string, unknown>,
  left: string,
  right: string,
  { simple = false, lines = true } = {},
): string {
  const pair = applyFixups(
    { left: parseSpecifier(left, registry), right: parseSpecifier(right, registry) },
    { options: new OptionValues(new Map(Object.entries(options))), registry, simple, warn() {} },
    { lines, oneshot: false },
  );
  return `${formatSpecifier(pair.left)} ${formatSpecifier(pair.right)}`;
}
