/**
 * The options of static files, which a WebSocket server answers other requests with.
 *
 * @module
 */
import { staticFile, staticFolder } from "../lib/cli/http_options.ts";
import { reasonOf, usageError } from "../lib/core/errors.ts";
import { hasNamed, lint, purpose } from "../lib/core/lints.ts";
import type { SpecFamily } from "../lib/core/registry.ts";
import { staticFiles } from "../lib/http/static_file.ts";

/** `-F` and `--static-dir`. */
export const family: SpecFamily = {
  specifiers: [],
  options: [staticFile, staticFolder],
  fixups: [
    purpose({
      options: [staticFile, staticFolder],
      isThere: (pair) => hasNamed(pair, "ws-upgrade"),
      what: "a WebSocket server, which answers other requests with files",
      hint: "write ws-l:PORT; clogged: for the other side serves files only",
    }),
    lint((_pair, { options, warn }) => {
      if (!options.given(staticFile)) return;
      for (const warning of staticFiles(options).warnings()) warn(warning);
    }),
    lint((_pair, { options }) => checkFolder(options.get(staticFolder))),
  ],
};

/** Throws a usage error for what is no folder. */
function checkFolder(folder: string | undefined): void {
  if (folder === undefined) return;
  try {
    if (Deno.statSync(folder).isDirectory) return;
  } catch (error) {
    throw usageError(`--static-dir: cannot serve ${folder}: ${reasonOf(error)}`);
  }
  throw usageError(
    `--static-dir: ${folder} is no folder`,
    "-F URI:TYPE:FILE serves a single file",
  );
}
