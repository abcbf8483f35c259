/**
 * Rules about options that say nothing beside the specifiers of a command line.
 *
 * @module
 */
import { usageError } from "./errors.ts";
import type { Fixup, FixupContext, SpecifierPair } from "./fixups.ts";
import type { Option, OptionValues } from "./option.ts";
import type { EndpointType, OverlayType } from "./registry.ts";

/** An overlay or an endpoint of a command line. */
export type Part = OverlayType | EndpointType;

/** Whether one of the overlays and endpoints of either side is such. */
export function hasPart({ left, right }: SpecifierPair, is: (part: Part) => boolean): boolean {
  return [left, right].some(({ overlays, endpoint }) => overlays.some(is) || is(endpoint));
}

/** Whether one of them has this canonical name, without the colon. */
export function hasNamed(pair: SpecifierPair, ...names: string[]): boolean {
  return hasPart(pair, (part) => names.includes(part.names[0]));
}

/** What options are for. */
export interface Purpose {
  /** Long or short options that have the same purpose. */
  // deno-lint-ignore no-explicit-any -- options of all types
  readonly options: readonly Option<any>[];
  /** Whether what they are for is there. */
  readonly isThere: (pair: SpecifierPair, options: OptionValues) => boolean;
  /** What they are for, as the warning says it: `a WebSocket server`. */
  readonly what: string;
  /** What to write instead. */
  readonly hint: string;
  /** Whether it cannot have been meant, so that nothing is run. */
  readonly fatal?: boolean;
}

/** A rule that tells of options that were given without what they are for. */
export function purpose({ options, isThere, what, hint, fatal }: Purpose): Fixup {
  return lint((pair, context) => {
    // What the file of defaults has is not for each of the runs; what must not be ignored, is told.
    const idle = options.filter((option) =>
      fatal ? context.options.given(option) : context.options.asked(option)
    );
    if (idle.length === 0 || isThere(pair, context.options)) return;
    const names = idle.map(nameOf).join(" and ");
    const message = `${names} ${idle.length > 1 ? "are" : "is"} for ${what}, and there is none`;
    if (fatal) throw usageError(message, hint);
    context.warn(message, hint);
  });
}

/** The option as most people write it. */
// deno-lint-ignore no-explicit-any -- options of all types
function nameOf({ short, long }: Option<any>): string {
  return short === undefined ? `--${long}` : `-${short}`;
}

/** A rule that changes nothing, but may warn or throw. */
export function lint(check: (pair: SpecifierPair, context: FixupContext) => void): Fixup {
  return {
    when: "after",
    apply(pair, context) {
      check(pair, context);
      return pair;
    },
  };
}
