/**
 * Reading a specifier: `( overlay ":" )* endpoint ":" [argument]`.
 *
 * @module
 */
import { usageError } from "./errors.ts";
import type { Env, Opener } from "./opener.ts";
import type { EndpointType, Orientation, OverlayType, Registry, Traits } from "./registry.ts";

/** A specifier that was read: overlays, outermost first, over one endpoint. */
export interface Specifier {
  /** The overlays, outermost first. */
  readonly overlays: readonly OverlayType[];
  /** What they are over. */
  readonly endpoint: EndpointType;
  /** What was written after the endpoint's colon. */
  readonly argument: string;
}

/** How many aliases and overlays one specifier may name. */
const MAX_DEPTH = 64;

/** Reads a specifier. Throws a usage error that names the nearest known one. */
export function parseSpecifier(text: string, registry: Registry): Specifier {
  const overlays: OverlayType[] = [];
  let rest = text;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const { name, argument } = split(rest);
    const type = registry.find(name);
    if (type === undefined) throw unknown(rest, name, text, registry);
    if (type.kind === "alias") {
      rest = type.expand(argument, registry);
    } else if (type.kind === "overlay") {
      overlays.push(type);
      if (argument === "") {
        throw usageError(
          `${name}: needs a specifier after the colon`,
          `as in ${name}:tcp:127.0.0.1:8080`,
        );
      }
      rest = argument;
    } else {
      if (argument !== "" && type.argument === undefined) {
        throw usageError(
          `${name === "-" ? name : name + ":"} takes no argument, '${argument}' is too much`,
        );
      }
      return { overlays, endpoint: type, argument };
    }
  }
  throw usageError(`the specifier ${text} has too many parts`);
}

/** Whether a text begins with the name of a specifier that `registry` knows. */
export function namesSpecifier(text: string, registry: Registry): boolean {
  return registry.find(split(text).name) !== undefined;
}

function split(text: string): { name: string; argument: string } {
  const colon = text.indexOf(":");
  if (colon < 0) return { name: text, argument: "" };
  return { name: text.slice(0, colon), argument: text.slice(colon + 1) };
}

function unknown(part: string, name: string, text: string, registry: Registry): Error {
  const where = part === text ? "" : ` in ${text}`;
  if (name === "") return usageError(`an empty specifier${where}`, "see --help for the list");
  if (name === "open") {
    return usageError(
      `there is no open:${where}`,
      "write readfile:, writefile: or appendfile: for a file, open-async: for a device or a pipe",
    );
  }
  if (/^\d+$/.test(name) || /^\[|^[\d.]+$/.test(name)) {
    return usageError(
      `${part} is an address, not a specifier`,
      `write tcp:${part} to connect, tcp-l:${part} to listen, or -s ${part} for a WebSocket server`,
    );
  }
  if (/[./]/.test(name)) {
    return usageError(
      `there is no specifier ${part}${where}`,
      "write ws://HOST:PORT/ or tcp:HOST:PORT for an address, readfile:PATH or writefile:PATH for a file",
    );
  }
  const nearest = registry.nearest(name);
  const colon = (name: string) => name === "-" ? name : `${name}:`;
  return usageError(
    `there is no specifier ${colon(name)}${where}`,
    nearest === undefined ? "see --help=long for the list" : `did you mean ${colon(nearest)}?`,
  );
}

/** Whether the specifier keeps message bounds. */
export function orientation(specifier: Specifier): Orientation {
  for (const overlay of specifier.overlays) {
    if (overlay.orientation !== "inherit") return overlay.orientation;
  }
  return specifier.endpoint.orientation;
}

/** Whether the specifier yields a peer for each of many clients. */
export function listens(specifier: Specifier): boolean {
  return specifier.endpoint.listens === true && !specifier.overlays.some((o) => o.single);
}

/** Whether a part of the specifier has a trait, and which. */
export function trait<K extends keyof Traits>(specifier: Specifier, key: K): Traits[K] {
  for (const overlay of specifier.overlays) if (overlay[key]) return overlay[key];
  return specifier.endpoint[key];
}

/** The specifier with one more overlay outermost. */
export function withOverlay(specifier: Specifier, overlay: OverlayType): Specifier {
  return { ...specifier, overlays: [overlay, ...specifier.overlays] };
}

const LINES = ["line2msg", "msg2line"];

/** The specifier with `overlay` right below what turns messages into lines or back; without such, outermost. */
export function withOverlayBelowLines(specifier: Specifier, overlay: OverlayType): Specifier {
  return insert(specifier, overlay, lineOverlay(specifier) + 1);
}

/** The specifier with `overlay` right above what turns lines into messages; without such, outermost. */
export function withOverlayAboveLines(specifier: Specifier, overlay: OverlayType): Specifier {
  return insert(specifier, overlay, Math.max(0, lineOverlay(specifier)));
}

function lineOverlay({ overlays }: Specifier): number {
  return overlays.findIndex((overlay) => LINES.includes(overlay.names[0]));
}

function insert(specifier: Specifier, overlay: OverlayType, at: number): Specifier {
  const { overlays } = specifier;
  return { ...specifier, overlays: [...overlays.slice(0, at), overlay, ...overlays.slice(at)] };
}

/** Prepares to open what the specifier says. */
export function opener(specifier: Specifier, env: Env): Opener {
  specifier.endpoint.check?.(specifier.argument, env.options);
  let built = specifier.endpoint.opener(specifier.argument, env);
  for (const overlay of specifier.overlays.toReversed()) built = overlay.opener(built, env);
  return built;
}

/**
 * The specifier in the canonical notation of `--dump-spec`: canonical names, overlays
 * with their colon, the argument last.
 */
export function formatSpecifier(specifier: Specifier): string {
  const overlays = specifier.overlays.map((overlay) => `${overlay.names[0]}:`).join("");
  const name = specifier.endpoint.names[0];
  return overlays + (name === "-" ? name : `${name}:${specifier.argument}`);
}
