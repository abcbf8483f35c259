/**
 * Help, made from the option table and the registry.
 *
 * @module
 */
import type { Registry } from "../core/registry.ts";
export function helpText(_depth: string, _registry: Registry): string {
  return "";
}
