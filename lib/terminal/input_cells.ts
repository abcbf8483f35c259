/**
 * What is being typed as characters with their looks: each a character as people see it, or a
 * paste that is too big to be shown.
 *
 * @module
 */
import { columnsOf, graphemes, isUnsure, shownAs } from "./cells.ts";

/** One thing that the cursor steps over at once. */
export interface InputCell {
  /** What is sent of it. */
  readonly text: string;
  /** What is shown of it. */
  readonly shown: string;
  /** How many columns that takes. */
  readonly columns: number;
  /** Whether it stands for a big paste. */
  readonly folded?: boolean;
  /** Whether the terminal may take another number of columns for it. */
  readonly unsure?: boolean;
}

/** Pasted text over one of these is folded. */
const MOST_CHARACTERS = 4096;
const MOST_LINES = 24;

const ASCII = new Map<string, InputCell>();

function cellOf(text: string): InputCell {
  let cell = ASCII.get(text);
  if (cell !== undefined) return cell;
  const shown = text === "\n" ? "" : shownAs(text);
  cell = { text, shown, columns: columnsOf(shown), unsure: isUnsure(shown) };
  if (text.length === 1 && text < "\x80") ASCII.set(text, cell);
  return cell;
}

/** The text of cells. */
export function textOf(cells: readonly InputCell[]): string {
  let text = "";
  for (const cell of cells) text += cell.text;
  return text;
}

/** A text as cells, each character one. */
export function cellsOf(text: string): InputCell[] {
  return graphemes(text.replace(/\r\n?/g, "\n")).map(cellOf);
}

/** A text as cells; one that is too long for the screen is one cell that tells its size. */
export function foldedCellsOf(text: string): InputCell[] {
  if (text.length <= MOST_CHARACTERS) {
    let lines = 1;
    for (const character of text) if (character === "\n") lines++;
    if (lines <= MOST_LINES) return cellsOf(text);
  }
  return [foldedCell(text)];
}

function foldedCell(text: string): InputCell {
  let lines = text.endsWith("\n") ? 0 : 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines++;
  const bytes = sizeText(new TextEncoder().encode(text).length);
  const shown = `[${lines === 1 ? "1 line" : `${lines} lines`}, ${bytes}]`;
  return { text, shown, columns: shown.length, folded: true };
}

/** A number of bytes for people: `17 bytes`, `1.5 kB`, `64.0 MB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return bytes === 1 ? "1 byte" : `${bytes} bytes`;
  if (bytes < 999_950) return `${(bytes / 1000).toFixed(1)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
