/**
 * What this is, for `--version`.
 *
 * @module
 */

/** The version; a test holds it against deno.json. */
export const WIRECAT_VERSION = "0.1.0";
