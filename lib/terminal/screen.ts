/**
 * The bottom of a terminal's screen, where a line is being typed while text appears above it. No
 * I/O: it makes the characters that have to be written.
 *
 * @module
 */
import type { EditorView } from "./line_editor.ts";
import { type InputLayout, layOut } from "./input_layout.ts";
import type { Palette } from "./palette.ts";

/** The size of a screen. */
export interface ScreenSize {
  /** Its width. */
  readonly columns: number;
  /** Its height. */
  readonly rows: number;
}

const CSI = "\x1b[";

/** What is on the screen, and what is to come. */
export class Screen {
  readonly #palette: Palette;
  readonly #reflows: boolean;
  #size: ScreenSize;
  #above: string[] = [];
  #waiting = 0;
  /** What is drawn of the line at present. */
  #drawn?: InputLayout;

  /** An empty screen. `reflows`: whether one that becomes narrower wraps what is on it. */
  constructor(palette: Palette, size: ScreenSize, reflows: boolean = true) {
    this.#palette = palette;
    this.#size = size;
    this.#reflows = reflows;
  }

  /** How many characters wait to be written above the line. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Has lines appear above what is being typed. They must be harmless, colours apart. */
  print(lines: readonly string[]): void {
    for (const line of lines) {
      this.#above.push(line, "\r\n");
      this.#waiting += line.length + 2;
    }
  }

  /** What brings the screen up to date; while it is `held`, what was printed goes on waiting. */
  frame(
    view: EditorView,
    prompt: string,
    size: ScreenSize = this.#size,
    held: boolean = false,
  ): string {
    const erase = this.#erase(size);
    this.#size = size;
    const palette = this.#palette;
    const layout = layOut(view.cells, view.cursor, {
      prompt: view.prompt ?? (held ? this.#heldPrompt(prompt) : prompt),
      narrowPrompt: view.narrowPrompt,
      columns: size.columns,
      // Half of the screen stays for what comes, unless that is nearly nothing.
      rows: Math.max(3, Math.floor(size.rows / 2)),
      paintPrompt: view.prompt === undefined && !held ? palette.sent : palette.faint,
      paintFolded: palette.escape,
    });
    this.#drawn = layout;
    const text = layout.rows.map(({ text }) => text).join("\r\n");
    // No row is to be broken by a terminal that takes more columns for a character.
    const rows = layout.unsure ? `${CSI}?7l${text}${CSI}?7h` : text;
    const up = layout.rows.length - 1 - layout.row;
    return `${CSI}?25l${erase}${held ? "" : this.#taken()}${rows}` +
      (up > 0 ? `${CSI}${up}A` : "") + "\r" +
      (layout.column > 0 ? `${CSI}${layout.column}C` : "") + `${CSI}?25h`;
  }

  /** What leaves the screen with the line gone and the cursor where it began. */
  end(size: ScreenSize = this.#size): string {
    const erase = this.#erase(size);
    this.#drawn = undefined;
    return erase + this.#taken();
  }

  /** What empties the screen; the line is drawn with the next frame. */
  clear(): string {
    this.#drawn = undefined;
    return `${CSI}H${CSI}2J`;
  }

  /**
   * What brings the cursor to the beginning of a row, wherever others have left it: so many blanks
   * end in the next row unless it was there.
   */
  newLine({ columns }: ScreenSize): string {
    return `${" ".repeat(columns - 1)}\r${CSI}J`;
  }

  /** Nothing is known of what is on the screen: others have written there. */
  forget(): void {
    this.#drawn = undefined;
  }

  #heldPrompt(prompt: string): string {
    const lines = this.#above.length / 2;
    return `(held, ${lines === 1 ? "1 line waits" : `${lines} lines wait`}, Ctrl-Q) ${prompt}`;
  }

  #taken(): string {
    const text = this.#above.join("");
    this.#above = [];
    this.#waiting = 0;
    return text;
  }

  /**
   * What erases the line that is drawn. A terminal that became narrower may have broken its rows:
   * each takes several then.
   */
  #erase({ columns }: ScreenSize): string {
    const drawn = this.#drawn;
    if (drawn === undefined) return "";
    if (!this.#reflows) return (drawn.row > 0 ? `${CSI}${drawn.row}A` : "") + `\r${CSI}J`;
    const times = (wide: number) => Math.max(1, Math.ceil(wide / columns));
    let up = Math.floor(Math.min(drawn.column, this.#size.columns - 1) / columns);
    for (let i = 0; i < drawn.row; i++) up += times(drawn.rows[i].columns);
    return (up > 0 ? `${CSI}${up}A` : "") + `\r${CSI}J`;
  }
}
