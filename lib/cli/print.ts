/**
 * Text on standard output, where it is what the program was asked for.
 *
 * @module
 */
import { isGone, outputFailure } from "../core/errors.ts";

/** Writes all of it; nothing more when nobody reads on. */
export async function print(text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += await Deno.stdout.write(bytes.subarray(at));
  } catch (error) {
    if (!isGone(error)) throw outputFailure(error); // `| head` has seen enough.
  }
}
