/**
 * A length of time in words.
 *
 * @module
 */

/** A time in seconds as a sentence has it: `1 second`, `2.5 seconds`, `500 ms`, `forever`. */
export function durationText(seconds: number = Infinity): string {
  if (seconds === Infinity) return "forever";
  if (seconds > 0 && seconds < 1) return `${Number((seconds * 1000).toPrecision(3))} ms`;
  const number = Number(seconds.toFixed(3));
  return number === 1 ? "1 second" : `${number} seconds`;
}
