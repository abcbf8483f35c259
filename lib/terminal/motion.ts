/**
 * Where keys lead the cursor in a line, as readline and Emacs have it.
 *
 * @module
 */
import type { InputCell } from "./input_cells.ts";

/** Where the cursor comes from `at`; both are numbers of cells. */
export type Motion = (cells: readonly InputCell[], at: number) => number;

function isWord(cell: InputCell): boolean {
  return cell.folded === true || /^[\p{L}\p{N}\p{M}_]/u.test(cell.text);
}

function wordLeft(cells: readonly InputCell[], at: number): number {
  while (at > 0 && !isWord(cells[at - 1])) at--;
  while (at > 0 && isWord(cells[at - 1])) at--;
  return at;
}

/** The end of the word that the cursor is in or before. */
export function wordRight(cells: readonly InputCell[], at: number): number {
  while (at < cells.length && !isWord(cells[at])) at++;
  while (at < cells.length && isWord(cells[at])) at++;
  return at;
}

/** The beginning of what has no blank in it, as Ctrl-W of a shell goes. */
function blankLeft(cells: readonly InputCell[], at: number): number {
  while (at > 0 && /^\s/.test(cells[at - 1].text)) at--;
  while (at > 0 && !/^\s/.test(cells[at - 1].text)) at--;
  return at;
}

/** The beginning of the line that the cursor is in. */
export function lineStart(cells: readonly InputCell[], at: number): number {
  while (at > 0 && cells[at - 1].text !== "\n") at--;
  return at;
}

/** The end of that line. */
export function lineEnd(cells: readonly InputCell[], at: number): number {
  while (at < cells.length && cells[at].text !== "\n") at++;
  return at;
}

/** Which keys move the cursor. */
export const MOTIONS: Record<string, Motion> = {
  "left": (_, at) => Math.max(0, at - 1),
  "ctrl-b": (_, at) => Math.max(0, at - 1),
  "right": (cells, at) => Math.min(cells.length, at + 1),
  "ctrl-f": (cells, at) => Math.min(cells.length, at + 1),
  "home": lineStart,
  "ctrl-a": lineStart,
  "end": lineEnd,
  "ctrl-e": lineEnd,
  "ctrl-home": () => 0,
  "ctrl-end": (cells) => cells.length,
  "alt-<": () => 0,
  "alt->": (cells) => cells.length,
  "alt-b": wordLeft,
  "ctrl-left": wordLeft,
  "alt-left": wordLeft,
  "alt-f": wordRight,
  "ctrl-right": wordRight,
  "alt-right": wordRight,
};

/** Which keys cut out what is between the cursor and somewhere else. */
export const KILLS: Record<string, Motion> = {
  // At the end of a line, the newline is what goes.
  "ctrl-k": (cells, at) => cells[at]?.text === "\n" ? at + 1 : lineEnd(cells, at),
  "ctrl-u": (cells, at) => {
    const start = lineStart(cells, at);
    return start === at && at > 0 ? at - 1 : start;
  },
  "ctrl-w": blankLeft,
  "alt-backspace": wordLeft,
  "ctrl-backspace": wordLeft,
  "alt-d": wordRight,
  "ctrl-delete": wordRight,
};
