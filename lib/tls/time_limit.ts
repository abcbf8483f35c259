/**
 * A limit in time for a handshake.
 *
 * @module
 */
import { WirecatError } from "../core/errors.ts";

/** Longer delays would overflow the timer and fire at once. */
const LONGEST = 2 ** 31 - 1;

/**
 * Runs `step` with a signal that is aborted when `signal` is, or after `seconds` with a
 * `timeout` error that says `message`.
 */
export async function withTimeLimit<T>(
  seconds: number,
  signal: AbortSignal,
  message: string,
  step: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const abort = () => controller.abort(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  const expire = () =>
    controller.abort(
      new WirecatError("timeout", `${message}: no handshake within ${seconds} s`, {
        hint: "--handshake-timeout sets how long to wait",
      }),
    );
  const timer = seconds * 1000 <= LONGEST ? setTimeout(expire, seconds * 1000) : undefined;
  try {
    return await step(controller.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}
