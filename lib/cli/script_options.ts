/**
 * Options for scripts: events as JSON, limits in time, trying again, and what is written where.
 *
 * @module
 */
import { flag, integer, type Option, type OptionValues, seconds, text } from "../core/option.ts";

/** `--json`. */
export const json: Option<boolean> = flag({
  long: "json",
  group: "script",
  help:
    "Print each event as a JSON object on a line, and take such lines from standard input to send.",
});

/** `--connect-timeout`. */
export const connectTimeout: Option<number | undefined> = seconds({
  long: "connect-timeout",
  value: "SECONDS",
  initial: undefined,
  min: 0.001,
  group: "script",
  advanced: true,
  defaultText: "--handshake-timeout for WebSockets, else the system's",
  help:
    "How long finding the address, connecting, a proxy and TLS may take together; --handshake-timeout is for what follows.",
});

/** `--idle-timeout`. */
export const idleTimeout: Option<number | undefined> = seconds({
  long: "idle-timeout",
  value: "SECONDS",
  initial: undefined,
  min: 0.001,
  group: "script",
  advanced: true,
  help: "End a connection, as a failure, over which no data went either way for so long.",
});

/** `--max-time`. */
export const maxTime: Option<number | undefined> = seconds({
  long: "max-time",
  value: "SECONDS",
  initial: undefined,
  min: 0.001,
  group: "script",
  help: "End the program, as a failure, after so long.",
});

/** `--retry`. */
export const retry: Option<number | undefined> = integer({
  long: "retry",
  value: "N",
  initial: undefined,
  group: "script",
  help:
    "Try again up to N times when connecting fails in a way that may pass: no address, no connection, too slow, or an answer of 408, 429 or 5xx.",
});

/** `--retry-delay`. */
export const retryDelay: Option<number | undefined> = seconds({
  long: "retry-delay",
  value: "SECONDS",
  initial: undefined,
  group: "script",
  advanced: true,
  defaultText: "1 second, then twice as long each time, up to a minute",
  help: "How long to wait before trying again; a server's Retry-After may ask for longer.",
});

/** `--retry-max-time`. */
export const retryMaxTime: Option<number | undefined> = seconds({
  long: "retry-max-time",
  value: "SECONDS",
  initial: undefined,
  group: "script",
  advanced: true,
  help: "Begin no further try after so long; without --retry, try as often as fits in.",
});

/** `--retry-all-errors`. */
export const retryAllErrors: Option<boolean> = flag({
  long: "retry-all-errors",
  group: "script",
  advanced: true,
  help: "Try again whatever it was that made connecting fail.",
});

/** `-o`. */
export const output: Option<string | undefined> = text({
  long: "output",
  short: "o",
  value: "FILE",
  group: "script",
  help: "Write to this file what would go to standard output.",
});

/** `-w`. */
export const writeOut: Option<string | undefined> = text({
  long: "write-out",
  short: "w",
  value: "FORMAT",
  group: "script",
  help:
    "Print this when a connection is over, with %{time_connect}, %{close_code} and the like filled in; @FILE reads it from a file.",
});

/** The rows above, in the order of the help. */
// deno-lint-ignore no-explicit-any -- a table of options of all types
export const scriptOptions: readonly Option<any>[] = [
  json,
  connectTimeout,
  idleTimeout,
  maxTime,
  retry,
  retryDelay,
  retryMaxTime,
  retryAllErrors,
  output,
  writeOut,
];

/** Whether one of them is given that a run as a whole has to see to. */
export function wantsScript(options: OptionValues): boolean {
  return scriptOptions.some((row) =>
    row !== connectTimeout && row !== output && options.given(row)
  );
}
