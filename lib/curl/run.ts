/**
 * `wirecat curl …`: runs what a curl command says.
 *
 * @module
 */
import { coreOptions } from "../cli/options.ts";
import { run } from "../cli/run.ts";
import { usageError } from "../core/errors.ts";
import { Log } from "../core/log.ts";
import type { Option } from "../core/option.ts";
import type { Registry } from "../core/registry.ts";
import { convertCurl } from "./command.ts";

// deno-lint-ignore no-explicit-any -- a table of options of all types
type AnyOption = Option<any>;

/** Runs it with the words after `curl`; resolves to the exit status. Throws a usage error. */
export async function runCurl(words: readonly string[], registry: Registry): Promise<number> {
  if (words.length === 0) {
    throw usageError(
      "wirecat curl takes the words of a curl command",
      "in the browser's tools choose Copy as cURL, and put wirecat before what you paste",
    );
  }
  const table = [...coreOptions, ...registry.options];
  const converted = convertCurl(words, table);
  const { ignored } = converted;
  if (ignored.length > 0 && !converted.words.includes("--quiet")) {
    const [what, does] = ignored.length === 1 ? ["option", "does"] : ["options", "do"];
    new Log().warn(
      `curl's ${what} ${ignored.join(", ")} ${does} nothing here`,
      ownNames(ignored, table),
    );
  }
  return await run(converted.words, registry);
}

/** The names of options of ours that have one of these letters, which are curl's in such a command. */
function ownNames(ignored: readonly string[], table: readonly AnyOption[]): string | undefined {
  const names = ignored.flatMap((word) => {
    const row = table.find(({ short }) => word === `-${short}`);
    return row === undefined ? [] : [`--${row.long}`];
  });
  return names.length === 0 ? undefined : `if wirecat's own are meant, write ${names.join(", ")}`;
}
