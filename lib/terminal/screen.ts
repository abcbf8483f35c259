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
  #size: ScreenSize;
  #above: string[] = [];
  #waiting = 0;
  /** What is drawn of the line at present. */
  #drawn?: InputLayout;

  /** An empty screen. */
  constructor(palette: Palette, size: ScreenSize) {
    this.#palette = palette;
    this.#size = size;
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

  /** What brings the screen up to date. */
  frame(view: EditorView, prompt: string, size: ScreenSize = this.#size): string {
    const erase = this.#erase(size);
    this.#size = size;
    const palette = this.#palette;
    const layout = layOut(view.cells, view.cursor, {
      prompt: view.prompt ?? prompt,
      columns: size.columns,
      // Half of the screen stays for what comes, unless that is nearly nothing.
      rows: Math.max(3, Math.floor(size.rows / 2)),
      paintPrompt: view.prompt === undefined ? palette.sent : palette.faint,
      paintFolded: palette.escape,
    });
    this.#drawn = layout;
    const rows = layout.rows.map(({ text }) => text).join("\r\n");
    const up = layout.rows.length - 1 - layout.row;
    return `${CSI}?25l${erase}${this.#taken()}${rows}` +
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

  /** Nothing is known of what is on the screen: others have written there. */
  forget(): void {
    this.#drawn = undefined;
  }

  #taken(): string {
    const text = this.#above.join("");
    this.#above = [];
    this.#waiting = 0;
    return text;
  }

  /**
   * What erases the line that is drawn. A terminal that became narrower has broken its rows:
   * each may take several now.
   */
  #erase({ columns }: ScreenSize): string {
    const drawn = this.#drawn;
    if (drawn === undefined) return "";
    const times = (wide: number) => Math.max(1, Math.ceil(wide / columns));
    let up = Math.floor(Math.min(drawn.column, this.#size.columns - 1) / columns);
    for (let i = 0; i < drawn.row; i++) up += times(drawn.rows[i].columns);
    return (up > 0 ? `${CSI}${up}A` : "") + `\r${CSI}J`;
  }
}
