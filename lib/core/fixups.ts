/**
 * What is put into a pair of specifiers by itself, and what is said about combinations
 * that cannot work or are likely slips.
 *
 * @module
 */
import { usageError } from "./errors.ts";
import type { OptionValues } from "./option.ts";
import type { Registry } from "./registry.ts";
import { listens, orientation, type Specifier, trait, withOverlay } from "./specifier.ts";

/** The two sides of a run. */
export interface SpecifierPair {
  /** The first address. */
  readonly left: Specifier;
  /** The second address. */
  readonly right: Specifier;
}

/** What a fixup can look at and say. */
export interface FixupContext {
  /** The options of the command line. */
  readonly options: OptionValues;
  /** For overlays to put in. */
  readonly registry: Registry;
  /** Whether the command line names one address only. */
  readonly simple: boolean;
  /** Says what is odd, and what to write instead. */
  warn(message: string, hint?: string): void;
}

/** One rule. Returns the pair, changed or not; throws a usage error for what cannot work. */
export interface Fixup {
  /** Whether it comes before lines and sharing are seen to, or after. */
  readonly when: "before" | "after";
  /** The rule itself. */
  apply(pair: SpecifierPair, context: FixupContext): SpecifierPair;
}

/** What the core's own rules are told by options. */
export interface FixupSettings {
  /** Whether lines are turned into messages and back. */
  readonly lines: boolean;
  /** Whether one client only is served. */
  readonly oneshot: boolean;
}

/** Applies all rules: those that families brought, and the core's own between them. */
export function applyFixups(
  pair: SpecifierPair,
  context: FixupContext,
  settings: FixupSettings,
): SpecifierPair {
  const of = (when: Fixup["when"]) => context.registry.fixups.filter((rule) => rule.when === when);
  for (const rule of of("before")) pair = rule.apply(pair, context);
  pair = shareSingletons(pair, context, settings);
  pair = shareWriters(pair, context, settings);
  refuseManyReusers(pair);
  refuseTwoPrograms(pair);
  warnOfRightListener(pair, context, settings);
  if (settings.lines) pair = insertLines(pair, context);
  for (const rule of of("after")) pair = rule.apply(pair, context);
  return pair;
}

/** Standard input and output exist once. */
function shareSingletons(
  { left, right }: SpecifierPair,
  { registry }: FixupContext,
  { oneshot }: FixupSettings,
): SpecifierPair {
  const single = trait(left, "singleton");
  if (single !== undefined && single === trait(right, "singleton")) {
    if (left.overlays.length > 0 || right.overlays.length > 0) {
      throw usageError(
        "both sides are the terminal",
        "write mirror: for one of them to get an echo",
      );
    }
    const mirror = registry.find("mirror");
    if (mirror?.kind === "endpoint") {
      return { left, right: { overlays: [], endpoint: mirror, argument: "" } };
    }
  }
  if (listens(left) && !oneshot && trait(right, "singleton") && !trait(right, "reuser")) {
    return { left, right: withOverlay(right, registry.overlay("broadcast")) };
  }
  return { left, right };
}

/** A file that is written anew for each client would lose what the one before wrote. */
function shareWriters(
  { left, right }: SpecifierPair,
  { registry }: FixupContext,
  { oneshot }: FixupSettings,
): SpecifierPair {
  if (!listens(left) || oneshot || !trait(right, "sharedWriter") || trait(right, "reuser")) {
    return { left, right };
  }
  const overlays = [...right.overlays, registry.overlay("reuse-raw")];
  return { left, right: { ...right, overlays } };
}

function refuseManyReusers({ left, right }: SpecifierPair): void {
  const reusers = [...left.overlays, ...right.overlays].filter((overlay) => overlay.reuser);
  if (reusers.length > 1) {
    const names = reusers.map((overlay) => `${overlay.names[0]}:`).join(" and ");
    throw usageError(`${names} cannot be combined`, "share one side only");
  }
}

function refuseTwoPrograms({ left, right }: SpecifierPair): void {
  if (left.endpoint.names[0] === "exec" && right.endpoint.names[0] === "exec") {
    throw usageError(
      "exec: on both sides would get the same --exec-args",
      "write cmd:'PROGRAM ARGUMENTS' for one of them",
    );
  }
}

function warnOfRightListener(
  { left, right }: SpecifierPair,
  { warn }: FixupContext,
  { oneshot }: FixupSettings,
): void {
  if (listens(right) && !listens(left) && !oneshot) {
    warn(
      "a listener on the right side serves one client only",
      "put it on the left side to serve many, or add --oneshot if one is enough",
    );
  }
}

/** Where one side has messages and the other bytes, a line is a message. */
function insertLines({ left, right }: SpecifierPair, { registry }: FixupContext): SpecifierPair {
  const ofLeft = orientation(left);
  const ofRight = orientation(right);
  if (ofLeft === ofRight) return { left, right };
  const overlayFor = (side: "bytes" | "messages") =>
    registry.overlay(side === "bytes" ? "line2msg" : "msg2line");
  return {
    left: insertAboveOriented(left, overlayFor(ofLeft)),
    right: insertAboveOriented(right, overlayFor(ofRight)),
  };
}

/** Puts an overlay below those that take the orientation of what they are over. */
function insertAboveOriented(
  specifier: Specifier,
  overlay: Specifier["overlays"][number],
): Specifier {
  const { overlays } = specifier;
  const oriented = overlays.findIndex((overlay) => overlay.orientation !== "inherit");
  const at = oriented < 0 ? overlays.length : oriented;
  return { ...specifier, overlays: [...overlays.slice(0, at), overlay, ...overlays.slice(at)] };
}
