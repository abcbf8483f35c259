/**
 * Process numbers as programs write them.
 *
 * @module
 */
import { assertMatch } from "@std/assert";

/**
 * The number of a process that a program has written. Anything else throws: 0, which no text and
 * an empty one would be, stands for the process group, and a signal to that ends the whole test run.
 */
export function processNumber(text: string | undefined): number {
  const written = (text ?? "").trim();
  assertMatch(written, /^[1-9]\d*$/);
  return Number(written);
}
