#!/usr/bin/env -S deno run -A
/**
 * wirecat: netcat, socat and curl for WebSockets.
 *
 * @module
 */
import { run } from "./lib/cli/run.ts";
import { registry } from "./specs/mod.ts";
import { isCalledWebsockify } from "./lib/websockify/invoked_as.ts";

/** Another personality has another command line: `wirecat websockify …`, or a link of that name. */
async function start(words: readonly string[]): Promise<number> {
  const named = isCalledWebsockify();
  if (!named && words[0] !== "websockify") return await run(words, registry);
  const { runWebsockify } = await import("./lib/websockify/main.ts");
  return await runWebsockify(named ? words : words.slice(1));
}

// A read of standard input may still be waiting, so the end is said rather than awaited.
if (import.meta.main) Deno.exit(await start(Deno.args));
