/**
 * Words to choose from, as a shell lists them.
 *
 * @module
 */
import { columnsOf } from "./cells.ts";
import { printable } from "./printable.ts";

/** More are not listed. */
const MOST = 200;

/** The lines for a terminal with so many columns; the words go down first. */
export function inColumns(words: readonly string[], columns: number): string[] {
  const shown = words.slice(0, MOST).map((word) => printable(word));
  const widths = shown.map(columnsOf);
  const width = Math.max(...widths) + 2;
  // The last column needs no gap behind it; one more stays free, so that no row is full.
  const across = Math.max(1, Math.floor((columns + 1) / width));
  const rows = Math.ceil(shown.length / across);
  const lines = Array.from({ length: rows }, (_, row) => {
    let line = "";
    for (let i = row; i < shown.length; i += rows) {
      const isLast = i + rows >= shown.length;
      line += shown[i] + (isLast ? "" : " ".repeat(width - widths[i]));
    }
    return line;
  });
  if (words.length > MOST) lines.push(`… ${words.length - MOST} more`);
  return lines;
}
