/**
 * Reading the files that options name.
 *
 * @module
 */
import { reasonOf, usageError } from "../core/errors.ts";

/**
 * The text of a file, for `option`. Throws a usage error for one that cannot be read, and for one
 * that is not UTF-8: with a mark in the place of what is unknown, two passwords could be the same.
 */
export async function readText(path: string, option: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch (cause) {
    throw usageError(`${option}: cannot read ${path}: ${reasonOf(cause)}`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw usageError(`${option}: ${path} is not UTF-8`, "save it as UTF-8");
  }
}
