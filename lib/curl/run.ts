/**
 * `wirecat curl …`: runs what a curl command says.
 *
 * @module
 */
import { coreOptions } from "../cli/options.ts";
import { run } from "../cli/run.ts";
import { usageError } from "../core/errors.ts";
import { Log } from "../core/log.ts";
import type { Registry } from "../core/registry.ts";
import { convertCurl } from "./command.ts";

/** Runs it with the words after `curl`; resolves to the exit status. Throws a usage error. */
export async function runCurl(words: readonly string[], registry: Registry): Promise<number> {
  if (words.length === 0) {
    throw usageError(
      "wirecat curl takes the words of a curl command",
      "in the browser's tools choose Copy as cURL, and put wirecat before what you paste",
    );
  }
  const converted = convertCurl(words, [...coreOptions, ...registry.options]);
  const { ignored } = converted;
  if (ignored.length > 0 && !converted.words.includes("--quiet")) {
    const [what, does] = ignored.length === 1 ? ["option", "does"] : ["options", "do"];
    new Log().warn(`curl's ${what} ${ignored.join(", ")} ${does} nothing here`);
  }
  return await run(converted.words, registry);
}
