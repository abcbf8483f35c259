/**
 * Rows of the screen from a line that is being typed, and where the cursor is among them.
 *
 * @module
 */
import { columnsOf, graphemes } from "./cells.ts";
import type { InputCell } from "./input_cells.ts";

/** What a line looks like on a screen of some width. */
export interface InputLayout {
  /** The rows. */
  readonly rows: readonly InputRow[];
  /** Which row the cursor is in. */
  readonly row: number;
  /** And in which column, from 0. */
  readonly column: number;
  /** Whether a terminal may take another number of columns for a character of it. */
  readonly unsure: boolean;
}

/** One row. */
export interface InputRow {
  /** What is shown, colours included. */
  readonly text: string;
  /** How many columns that takes. */
  readonly columns: number;
}

/** What {@linkcode layOut} is told beside the line. */
export interface LayoutOptions {
  /** What stands before the first row. */
  readonly prompt: string;
  /** The same for a narrow screen. */
  readonly narrowPrompt?: string;
  /** How many columns there are. */
  readonly columns: number;
  /** How many rows may be used; what is far from the cursor is left out beyond that. */
  readonly rows: number;
  /** Colours the prompt. */
  readonly paintPrompt?: (text: string) => string;
  /** Colours what stands for something else. */
  readonly paintFolded?: (text: string) => string;
}

/** Stands before each further line of what is typed. */
const CONTINUATION = ". ";

/** Screens with fewer columns have no room for a long prompt. */
const NARROW = 60;

/** Lays out a line. A character is never cut in two; wide ones go to the next row whole. */
export function layOut(
  cells: readonly InputCell[],
  cursor: number,
  options: LayoutOptions,
): InputLayout {
  const { columns, paintPrompt = same, paintFolded = same } = options;
  const rows: InputRow[] = [];
  let text = "";
  let used = 0;
  let unsure = false;
  let at: { row: number; column: number } | undefined;
  const endRow = () => {
    rows.push({ text, columns: used });
    text = "";
    used = 0;
  };
  const put = (shown: string, wide: number, paint: (text: string) => string) => {
    if (wide > columns) { // Only something folded, or a character on a very narrow screen.
      for (const character of graphemes(shown)) {
        if (columnsOf(character) <= columns) put(character, columnsOf(character), paint);
      }
      return;
    }
    if (used + wide > columns) endRow();
    text += paint(shown);
    used += wide;
  };
  const { from, to } = nearCursor(cells.length, cursor, columns * options.rows);
  if (from === 0) {
    // A prompt that leaves no room to type would be in the way.
    const isLong = columns < NARROW && columnsOf(options.prompt) * 2 > columns;
    const prompt = isLong ? options.narrowPrompt ?? "> " : options.prompt;
    for (const character of graphemes(prompt)) put(character, columnsOf(character), paintPrompt);
  }
  for (let i = from; i <= to; i++) {
    const cell = cells[i];
    const wide = cell?.columns ?? 1;
    if (i === cursor) {
      // The cursor needs a place of its own: at the end of a full row that is the next row.
      if (used + Math.max(1, Math.min(wide, columns)) > columns && cell?.text !== "\n") endRow();
      else if (used === columns) endRow();
      at = { row: rows.length, column: used };
    }
    if (cell === undefined || i === to) break;
    if (cell.text === "\n") {
      endRow();
      put(CONTINUATION, CONTINUATION.length, paintPrompt);
    } else {
      put(cell.shown, cell.columns, cell.folded || isEscaped(cell) ? paintFolded : same);
      // Wherever the terminal is now, what follows is where it belongs.
      if (cell.unsure && used > 0) {
        text += `\r\x1b[${used}C`;
        unsure = true;
      }
    }
  }
  endRow();
  return windowed({ rows, row: at!.row, column: at!.column, unsure }, Math.max(1, options.rows));
}

/**
 * Which cells are worth laying out, where so many fit the screen: all of them, or of a text that
 * is very long those around the cursor. They begin at one of few places, so that the rows stay as
 * they are while the cursor moves among them.
 */
function nearCursor(length: number, cursor: number, fit: number): { from: number; to: number } {
  if (length <= 4 * fit) return { from: 0, to: length };
  const from = Math.max(0, Math.floor(cursor / fit) - 1) * fit;
  return { from, to: Math.min(length, from + 4 * fit) };
}

function same(text: string): string {
  return text;
}

function isEscaped({ text, shown }: InputCell): boolean {
  return shown !== text && text !== "\t";
}

/** The rows around the cursor, where there are too many. */
function windowed(layout: InputLayout, most: number): InputLayout {
  const { rows, row } = layout;
  if (rows.length <= most) return layout;
  const from = Math.max(0, Math.min(row - Math.floor(most / 2), rows.length - most));
  return { ...layout, rows: rows.slice(from, from + most), row: row - from };
}
