/**
 * `--retry`: opening a connection again when that failed in a way that may pass.
 *
 * @module
 */
import { usageError, WirecatError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { Opener, OpenRequest } from "../core/opener.ts";
import type { OptionValues } from "../core/option.ts";
import { sleep } from "../core/sleep.ts";
import { Trace } from "../core/trace.ts";
import { endedInHandshake } from "../tls/failure.ts";
import { MeasuredTrace } from "./measure.ts";
import { retry, retryAllErrors, retryDelay, retryMaxTime } from "./script_options.ts";

/** When to try again. */
export interface RetryPolicy {
  /** How often; Infinity for as often as the time allows. */
  readonly most: number;
  /** The pause in milliseconds; absent: a second, then twice as long each time. */
  readonly delay?: number;
  /** No try begins later than so many milliseconds after the first one. */
  readonly maxTime: number;
  /** Whether to try again whatever has happened. */
  readonly all: boolean;
}

/** The longest pause that nobody asked for, in milliseconds. */
const LONGEST_PAUSE = 60_000;

/** The policy of a command line, if it wants any. Throws a usage error. */
export function retryPolicy(options: OptionValues): RetryPolicy | undefined {
  const times = options.get(retry);
  const most = times ?? (options.given(retryMaxTime) ? Infinity : undefined);
  if (most === undefined) {
    for (const option of [retryDelay, retryAllErrors]) {
      if (!options.asked(option)) continue;
      throw usageError(
        `--${option.long} says how to try again, and nothing says to`,
        "add --retry N, or --retry-max-time SECONDS",
      );
    }
    return undefined;
  }
  const delay = options.get(retryDelay);
  return {
    most,
    delay: delay === undefined ? undefined : delay * 1000,
    maxTime: (options.get(retryMaxTime) ?? Infinity) * 1000,
    all: options.get(retryAllErrors),
  };
}

/** Whether a failure to connect may pass by itself. */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof WirecatError)) return false;
  switch (error.kind) {
    case "resolution":
    case "connection":
    case "timeout":
    case "abnormal": // It ended before the answer, as while a server is being started.
      return true;
    case "tls":
      return endedInHandshake(error);
    case "upgrade": {
      const status = statusOf(error);
      return status === 408 || status === 429 || (status !== undefined && status >= 500);
    }
    default:
      return false;
  }
}

/** The status of an answer that was no upgrade. */
function statusOf(error: unknown): number | undefined {
  const { status } = error as { status?: unknown };
  return typeof status === "number" ? status : undefined;
}

/** How long a server asks to be left alone (RFC 9110, section 10.2.3), in milliseconds. */
export function retryAfter(
  trace: Pick<Trace, "response"> | undefined,
  now: number = Date.now(),
): number | undefined {
  const said = trace?.response?.headers.find(([name]) => name.toLowerCase() === "retry-after")?.[1];
  if (said === undefined) return undefined;
  if (/^\d+$/.test(said)) return Number(said) * 1000;
  const date = Date.parse(said);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/**
 * An opener that opens what `inner` does, again if need be. Each try has a trace of its own.
 * A listener stays as it is.
 */
export function retrying(inner: Opener, policy: RetryPolicy, log: Log): Opener {
  if (inner.listen !== undefined) return inner;
  const open = async (request: OpenRequest) => {
    const since = performance.now();
    let trace = request.trace ?? new Trace(false);
    for (let failures = 1;; failures++, trace = trace.another()) {
      try {
        return await inner.open({ ...request, trace });
      } catch (error) {
        if (request.signal.aborted || !(policy.all ? isTold(error) : mayPass(error))) throw error;
        const asked = retryAfter(trace);
        const pause = pauseAfter(failures, policy, asked);
        const spent = performance.now() - since;
        if (failures > policy.most || spent + pause > policy.maxTime) {
          const tooLong = failures <= policy.most && asked !== undefined ? pause : undefined;
          throw gaveUp(error, failures, spent, tooLong);
        }
        tell(log, error, pause, policy.most - failures);
        const tally = trace instanceof MeasuredTrace ? trace.tally : undefined;
        if (tally !== undefined) tally.pausing = true;
        await sleep(pause, request.signal);
        if (tally !== undefined) {
          tally.pausing = false;
          tally.retries++;
        }
      }
    }
  };
  return { ...inner, open };
}

/** A wrong command line stays wrong, and a slip of the program's own is to be seen. */
function isTold(error: unknown): boolean {
  return error instanceof WirecatError && error.kind !== "usage";
}

/** How long to wait after so many failures in a row, in milliseconds. */
export function pauseAfter(failures: number, { delay }: RetryPolicy, asked = 0): number {
  const ours = delay ?? Math.min(LONGEST_PAUSE, 1000 * 2 ** (failures - 1));
  return Math.max(ours, asked);
}

function messageOf(error: unknown): string {
  return (error as Error).message;
}

function tell(log: Log, error: unknown, pause: number, left: number): void {
  const tries = left === Infinity
    ? ""
    : left === 0
    ? ", for the last time"
    : `, ${left + 1} tries left`;
  log.warn(`${messageOf(error)}; trying again in ${inSeconds(pause)}${tries}`);
}

/** The error to end with; `tooLong` is the pause that the server asks for and the time forbids. */
function gaveUp(error: unknown, tries: number, spent: number, tooLong?: number): unknown {
  if (tries === 1 && tooLong === undefined) return error;
  const { kind } = error as WirecatError;
  const hint = tooLong === undefined
    ? (error as WirecatError).hint?.replace(/, or with --retry$/, "")
    : `the server asks for a pause of ${inSeconds(tooLong)}, which is beyond --retry-max-time`;
  const gave = tries === 1 ? "" : `gave up after ${tries} tries in ${inSeconds(spent)}: `;
  return new WirecatError(kind, gave + messageOf(error), { hint, cause: error });
}

/** A time in seconds, with as many digits as say something. */
function inSeconds(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  return `${seconds < 10 ? Number(seconds.toPrecision(2)) : Math.round(seconds)} s`;
}
