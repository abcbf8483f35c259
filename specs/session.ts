/**
 * Rules for options of sessions that say nothing together.
 *
 * @module
 */
import { exitOnEof, oneshot, unidirectional, unidirectionalReverse } from "../lib/cli/options.ts";
import type { Fixup } from "../lib/core/fixups.ts";
import { hasPart, lint, purpose } from "../lib/core/lints.ts";
import type { SpecFamily } from "../lib/core/registry.ts";

const oneDirection: Fixup = lint((_pair, { options, warn }) => {
  if (!options.get(exitOnEof)) return;
  const given = [unidirectional, unidirectionalReverse].filter((option) => options.get(option));
  if (given.length === 0) return;
  const flags = given.map((option) => `-${option.short}`).join(" and ");
  warn(`-E changes nothing with ${flags}: a session ends with its only direction`, "leave out -E");
});

const forListeners: Fixup = purpose({
  options: [oneshot],
  isThere: (pair) => hasPart(pair, (part) => part.kind === "endpoint" && part.listens === true),
  what: "a listener",
  hint: "to copy one message only, write -1",
});

/** Rules only. */
export const family: SpecFamily = { specifiers: [], fixups: [oneDirection, forListeners] };
