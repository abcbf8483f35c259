#!/usr/bin/env -S deno run -A
/**
 * wirecat: netcat, socat and curl for WebSockets.
 *
 * @module
 */
import { run } from "./lib/cli/run.ts";
import { registry } from "./specs/mod.ts";

// A read of standard input may still be waiting, so the end is said rather than awaited.
if (import.meta.main) Deno.exit(await run(Deno.args, registry));
