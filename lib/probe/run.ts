/**
 * `wirecat probe URL`: looks at how a WebSocket opens, step by step, and says what is wrong.
 *
 * @module
 */
import { readCommandLine } from "../cli/config.ts";
import { handshakeTimeout, quiet, verbose } from "../cli/options.ts";
import { print } from "../cli/print.ts";
import { json, maxTime } from "../cli/script_options.ts";
import { pingInterval, pingTimeout } from "../cli/websocket_options.ts";
import { usageError, WirecatError } from "../core/errors.ts";
import { Log, type Verbosity } from "../core/log.ts";
import type { Env } from "../core/opener.ts";
import { integer, type Option, type OptionValues } from "../core/option.ts";
import type { Registry } from "../core/registry.ts";
import { startTimer } from "../core/timer.ts";
import { parseWebSocketUrl } from "../websocket/url.ts";
import { measure } from "./measure.ts";
import { Progress } from "./progress.ts";
import { reportOn } from "./summary.ts";
import { reportText } from "./text.ts";

/** `--pings`, of `wirecat probe` only. */
export const pings: Option<number> = integer<number>({
  long: "pings",
  value: "N",
  initial: 3,
  max: 10_000,
  group: "websocket",
  help: "Send N Pings, one after the other, and measure how long their answers take.",
});

/**
 * How many seconds a Pong, the answer to a Close frame, or a second attempt may take, unless
 * `--ping-timeout` says so.
 */
const PATIENCE = 5;

/** How many seconds a handshake may take unless the options say so: who probes waits for it. */
const HANDSHAKE = 10;

/** Runs it with the words after `probe`; resolves to the exit status. Throws a usage error. */
export async function runProbe(words: readonly string[], registry: Registry): Promise<number> {
  const { options, positional } = await readCommandLine(words, registry, [pings]);
  if (positional.length !== 1) {
    throw usageError(
      `wirecat probe takes one address, not ${positional.length}`,
      "as in wirecat probe wss://host/path",
    );
  }
  const written = positional[0];
  const url = webSocketUrl(written);
  const run = new AbortController();
  const limit = options.get(maxTime);
  const stopTimer = startTimer(
    (limit ?? Infinity) * 1000,
    () => run.abort(new WirecatError("timeout", `the ${limit} s of --max-time are over`)),
  );
  const patience = (options.get(pingTimeout) ?? PATIENCE) * 1000;
  const env: Env = {
    options: forProbe(options),
    log: new Log(verbosity(options.get(quiet), options.get(verbose))),
    registry,
    signal: run.signal,
  };
  const progress = !options.get(quiet) && Deno.stderr.isTerminal() ? new Progress() : undefined;
  const onStep = (step: () => string | undefined) => progress?.follow(step);
  try {
    const measured = await measure({ url, env, pings: options.get(pings), patience, onStep });
    progress?.stop();
    const report = reportOn(url, measured, url.href === plainHref(written) ? undefined : written);
    await print(
      options.get(json)
        ? JSON.stringify(report) + "\n"
        : reportText(report, !Deno.noColor && Deno.stdout.isTerminal()),
    );
    return report.exitStatus;
  } finally {
    progress?.stop();
    stopTimer();
    run.abort(new WirecatError("other", "the probe is over"));
  }
}

/** The options that openings get. A connection is not to end by itself while Pings are measured. */
function forProbe(options: OptionValues): OptionValues {
  const limited = options.given(handshakeTimeout)
    ? options
    : options.with(handshakeTimeout, HANDSHAKE);
  return limited.with(pingTimeout, undefined).with(pingInterval, undefined);
}

function verbosity(isQuiet: boolean, count: number): Verbosity {
  return isQuiet ? 0 : Math.min(3, 1 + count) as Verbosity;
}

/** The address of a WebSocket for that of a page, or for a host without a scheme. */
function webSocketUrl(text: string): URL {
  if (/^https?:/i.test(text)) return parseWebSocketUrl(text.replace(/^http/i, "ws"));
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(text)) return parseWebSocketUrl(text);
  if (/^[a-z][\w-]*:(?!\d+(\/|$))/i.test(text)) {
    throw usageError(
      `wirecat probe takes the address of a WebSocket, not ${text}`,
      "as in wirecat probe wss://host/path",
    );
  }
  return parseWebSocketUrl(`ws://${text}`);
}

function plainHref(text: string): string | undefined {
  return /^wss?:/i.test(text) ? URL.parse(text.replace(/#.*/, ""))?.href : undefined;
}
