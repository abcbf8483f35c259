/**
 * Plugins by name: those of websockify that are built in, and modules of the user's own.
 *
 * @module
 */
import { reasonOf, usageError, WirecatError } from "../core/errors.ts";

/** Whether a plugin's name is the path or address of a module. */
export function isModule(name: string): boolean {
  return /\.[mc]?[jt]s$/.test(name) || /^(file|https?|npm|jsr):/.test(name);
}

/** The short name of a plugin: `TokenFile` for `websockify.token_plugins.TokenFile`. */
export function shortName(name: string): string {
  return name.replace(/^websockify\.(token|auth)_plugins\./, "");
}

/**
 * Makes an instance of the class that a module exports (by default, or the first that has
 * `method`), with `source`. Throws a `WirecatError`.
 */
export async function loadPlugin<T>(
  name: string,
  method: keyof T & string,
  source: string | undefined,
): Promise<T> {
  let module: Record<string, unknown>;
  try {
    module = await import(await addressOf(name));
  } catch (cause) {
    throw new WirecatError("other", `cannot load the plugin ${name}: ${reasonOf(cause)}`, {
      cause,
    });
  }
  const candidates = [module.default, ...Object.values(module)];
  for (const candidate of candidates) {
    if (typeof candidate !== "function") continue;
    if (typeof candidate.prototype?.[method] !== "function") continue;
    return new (candidate as new (source: string | undefined) => T)(source);
  }
  throw usageError(`the plugin ${name} exports no class with the method ${method}()`);
}

async function addressOf(name: string): Promise<string> {
  if (/^[a-z]+:/.test(name) && !/^[A-Za-z]:[\\/]/.test(name)) return name;
  const { resolve, toFileUrl } = await import("@std/path");
  return toFileUrl(resolve(name)).href;
}
