/**
 * The option of static files, which a WebSocket server answers other requests with.
 *
 * @module
 */
import { staticFile } from "../lib/cli/http_options.ts";
import { hasNamed, lint, purpose } from "../lib/core/lints.ts";
import type { SpecFamily } from "../lib/core/registry.ts";
import { staticFiles } from "../lib/http/static_file.ts";

/** `-F`. */
export const family: SpecFamily = {
  specifiers: [],
  options: [staticFile],
  fixups: [
    purpose({
      options: [staticFile],
      isThere: (pair) => hasNamed(pair, "ws-upgrade"),
      what: "a WebSocket server, which answers other requests with files",
      hint: "write ws-l:PORT; clogged: for the other side serves files only",
    }),
    lint((_pair, { options, warn }) => {
      if (!options.given(staticFile)) return;
      for (const warning of staticFiles(options).warnings()) warn(warning);
    }),
  ],
};
