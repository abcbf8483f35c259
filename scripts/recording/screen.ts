/**
 * What stands on a terminal: lines of characters with their colours, read from text with SGR escape
 * sequences (ECMA-48, 8.3.117) such as `tmux capture-pane -e` prints.
 *
 * @module
 */

/** How characters look. */
export interface Look {
  /** One of the terminal's 16 colours; its usual one if missing. */
  readonly colour?: number;
  readonly bold?: boolean;
  readonly faint?: boolean;
}

/** Characters of one line that look the same. */
export interface Run extends Look {
  /** The column that it begins in, from 0. */
  readonly column: number;
  readonly text: string;
}

/** The lines of a screen, without the spaces at their ends and the empty lines below. */
export function screenLines(captured: string): Run[][] {
  let look: Look = {};
  const lines = captured.split("\n").map((line) => {
    const runs: Run[] = [];
    let column = 0;
    // deno-lint-ignore no-control-regex -- this is what escape sequences begin with
    for (const [, codes, text] of line.trimEnd().matchAll(/\x1b\[([\d;]*)m|([^\x1b]+)/g)) {
      if (text === undefined) {
        look = changed(look, codes);
      } else {
        runs.push({ ...look, column, text });
        column += [...text].length;
      }
    }
    return runs;
  });
  while (lines.at(-1)?.length === 0) lines.pop();
  return lines;
}

function changed(look: Look, codes: string): Look {
  for (const code of codes.split(";").map(Number)) {
    if (code === 0) look = {};
    else if (code === 1) look = { ...look, bold: true };
    else if (code === 2) look = { ...look, faint: true };
    else if (code === 22) look = { ...look, bold: undefined, faint: undefined };
    else if (code >= 30 && code <= 37) look = { ...look, colour: code - 30 };
    else if (code >= 90 && code <= 97) look = { ...look, colour: code - 82 };
    else if (code === 39) look = { ...look, colour: undefined };
  }
  return look;
}
