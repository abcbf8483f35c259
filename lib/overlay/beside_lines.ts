/**
 * Where an overlay goes that is put in by itself and wants to see messages.
 *
 * @module
 */
import type { OverlayType } from "../core/registry.ts";
import type { Specifier } from "../core/specifier.ts";

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
