/**
 * Options that more than one specifier reads when it speaks HTTP.
 *
 * @module
 */
import { type Option, text, texts } from "../core/option.ts";

/** `--ua`. */
export const userAgent: Option<string | undefined> = text({
  long: "ua",
  value: "TEXT",
  group: "http",
  advanced: true,
  help: "Send this User-Agent header with requests.",
});

/** `--static-dir`. */
export const staticFolder: Option<string | undefined> = text({
  long: "static-dir",
  value: "FOLDER",
  group: "http",
  advanced: true,
  help:
    "Answer requests that are not WebSocket with the files of this folder and of those in it, except hidden ones; for a folder with its index.html, or else with a list.",
});

/** `-F`. */
export const staticFile: Option<readonly string[]> = texts({
  long: "static-file",
  short: "F",
  value: "URI:TYPE:FILE",
  group: "http",
  help:
    "Answer requests for URI that are not WebSocket with this file, as in /index.html:text/html:index.html.",
});
