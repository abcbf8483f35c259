/**
 * Text as a terminal shows it: characters as people see them, and how many columns each takes.
 *
 * @module
 */
import { printable } from "./printable.ts";

/** Characters that take two columns: East Asian Width W and F (UAX #11), and pictures. */
const WIDE =
  /[\p{Emoji_Presentation}\u1100-\u115f\u2329\u232a\u2630-\u2637\u268a-\u268f\u2e80-\u303e\u3041-\u3247\u3250-\u33ff\u3400-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{18d00}-\u{18dff}\u{1aff0}-\u{1b2fb}\u{1d300}-\u{1d356}\u{1d360}-\u{1d376}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]/u;

/** Characters that take none: they join the one before them, or nobody sees them. */
const ZERO = /[\p{Mn}\p{Me}\p{Cf}\p{Default_Ignorable_Code_Point}\u1160-\u11ff]/u;

let segmenter: Intl.Segmenter | undefined;

/** The characters of a text as people count them: `e` and its accent, a family emoji, are one. */
export function graphemes(text: string): string[] {
  // deno-lint-ignore no-control-regex -- plain ASCII needs no tables
  if (/^[\x00-\x7f]*$/.test(text)) return text.split("");
  segmenter ??= new Intl.Segmenter();
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** What is shown for one character: itself, or its escape; a lone accent stands on a circle. */
export function shownAs(grapheme: string): string {
  if (grapheme === "\t") return "    ";
  const shown = printable(grapheme);
  return /^\p{M}/u.test(shown) ? `\u25cc${shown}` : shown;
}

/** How many columns one character takes. */
function columnsOfOne(grapheme: string): number {
  if (grapheme.length === 1) {
    const code = grapheme.charCodeAt(0);
    if (code >= 0x20 && code < 0x7f) return 1;
  }
  // U+FE0F asks for the picture, and two regional indicators are one flag.
  if (grapheme.includes("\ufe0f") || /^\p{RI}\p{RI}/u.test(grapheme)) return 2;
  let widest = 0;
  for (const character of grapheme) {
    if (WIDE.test(character)) return 2;
    if (!ZERO.test(character)) widest = 1;
  }
  return widest;
}

/**
 * Whether terminals disagree about the columns of a character: of one that is made of several,
 * such as a family, a flag, or a heart that is to be a picture, many add up those of its parts.
 */
export function isUnsure(grapheme: string): boolean {
  if (grapheme.length === 1) return false;
  let sum = 0;
  for (const character of grapheme) {
    if (!ZERO.test(character)) sum += WIDE.test(character) ? 2 : 1;
  }
  return sum !== columnsOf(grapheme);
}

/** How many columns a text takes that has no control characters. */
export function columnsOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let columns = 0;
  for (const grapheme of graphemes(text)) columns += columnsOfOne(grapheme);
  return columns;
}
