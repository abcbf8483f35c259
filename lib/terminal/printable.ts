/**
 * Text of others made harmless: what a server sends may not move the cursor, change colours,
 * turn the direction of writing or hide itself.
 *
 * @module
 */

/**
 * What does something to a terminal instead of being shown: C0 and C1 controls (ESC begins
 * sequences, and so does the one byte CSI), line and paragraph separators, marks that turn the
 * direction of writing, and tags, which nobody sees.
 */
const DANGEROUS =
  // deno-lint-ignore no-control-regex -- these are what it is about
  /[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

const NAMED: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\0": "\\0" };

/** One such character in the notation of a string literal. */
function escaped(control: string): string {
  const named = NAMED[control];
  if (named !== undefined) return named;
  const code = control.codePointAt(0)!;
  const hex = code.toString(16);
  if (code < 0x100) return `\\x${hex.padStart(2, "0")}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\u{${hex}}`;
}

/**
 * One line of `text` that does nothing to a terminal but be shown. A tab stays. `paint` marks
 * what was escaped, so that it is not taken for a backslash that was sent.
 */
export function printable(text: string, paint: (escape: string) => string = (it) => it): string {
  return replaceControls(text, (control) => paint(escaped(control)));
}

/** The text with each character replaced that would do something to a terminal. */
export function replaceControls(text: string, replace: (control: string) => string): string {
  return text.replace(DANGEROUS, replace);
}
