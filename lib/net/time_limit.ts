/**
 * A limit in time for one step that heeds a signal, such as a handshake.
 *
 * @module
 */
import { durationText } from "../core/duration.ts";
import { WirecatError } from "../core/errors.ts";
import { startTimer } from "../core/timer.ts";

/**
 * Runs `step` with a signal that is aborted when `signal` is, or after `seconds` with a
 * `timeout` error that says `message`, or is what `message` returns.
 */
export async function withTimeLimit<T>(
  seconds: number,
  signal: AbortSignal,
  message: string | (() => WirecatError),
  step: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const abort = () => controller.abort(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  const expire = () =>
    controller.abort(
      typeof message === "function" ? message() : new WirecatError(
        "timeout",
        `${message}: no handshake within ${durationText(seconds)}`,
        { hint: "--handshake-timeout sets how long to wait" },
      ),
    );
  const stop = startTimer(seconds * 1000, expire);
  try {
    return await step(controller.signal);
  } finally {
    stop();
    signal.removeEventListener("abort", abort);
  }
}
