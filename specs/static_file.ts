/**
 * The option of static files, which a WebSocket server answers other requests with.
 *
 * @module
 */
import { staticFile } from "../lib/cli/http_options.ts";
import type { SpecFamily } from "../lib/core/registry.ts";

/** `-F`. */
export const family: SpecFamily = { specifiers: [], options: [staticFile] };
