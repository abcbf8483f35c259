/**
 * `deno task try`: an echo server on a free port, and wirecat on this terminal connected to it.
 *
 * @module
 */
import { serveMany } from "../lib/cli/serve.ts";
import { run } from "../lib/cli/run.ts";
import { Log } from "../lib/core/log.ts";
import { BOTH_WAYS, type Env, opener, OptionValues, parseSpecifier } from "../lib/mod.ts";
import { registry } from "../specs/mod.ts";

/** Serves an echo to all who connect, until `signal` is aborted. Resolves to the port. */
function serveEcho(signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const env: Env = {
      options: new OptionValues(),
      log: new Log(0),
      registry,
      signal,
      onListening: (address) => "port" in address && resolve(address.port),
    };
    serveMany({
      left: opener(parseSpecifier("ws-listen:127.0.0.1:0", registry), env),
      right: opener(parseSpecifier("mirror:", registry), env),
      rules: BOTH_WAYS,
      env,
      conncap: Infinity,
    }).catch(reject);
  });
}

const server = new AbortController();
const url = `ws://127.0.0.1:${await serveEcho(server.signal)}/`;
if (Deno.stdin.isTerminal()) {
  console.error(`Type a line: an echo server at ${url} sends it back.`);
}
const status = await run([url, ...Deno.args], registry);
server.abort();
Deno.exit(status);
