/**
 * A terminal in memory, as far as the prompt uses one: rows, a cursor, and what moves it.
 *
 * @module
 */
import { columnsOf, graphemes } from "../../lib/terminal/cells.ts";

/** What only other programs switch on, which have the terminal for a while. */
const MODES: Record<string, string> = {
  "1": "cursor keys",
  "47": "screen",
  "1047": "screen",
  "1049": "screen",
  "1000": "mouse",
  "1002": "mouse moves",
  "1003": "mouse anywhere",
};

export class VirtualScreen {
  columns: number;
  rows: number;
  /** What scrolled off the top, then what is on the screen. */
  #lines: string[][] = [[]];
  #row = 0;
  #column = 0;
  #rest = "";
  /** How often the bell rang. */
  bells = 0;
  /** Whether it counts the columns of each code point, as many terminals do. */
  addsUp = false;
  pasteBrackets = false;
  wraps = true;
  cursorShown = true;
  /** What another program has switched on, in words. */
  readonly modes = new Set<string>();

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
  }

  /** All lines, without blanks and empty lines at the end. */
  get lines(): string[] {
    const lines = this.#lines.map((cells) =>
      Array.from(cells, (cell) => cell ?? " ").join("").trimEnd()
    );
    while (lines.at(-1) === "") lines.pop();
    return lines;
  }

  /** The line that the cursor is in, with `|` before it. */
  get atCursor(): string {
    const cells = Array.from(this.#lines[this.#row] ?? [], (cell) => cell ?? " ");
    while (cells.length < this.#column) cells.push(" ");
    return `${cells.slice(0, this.#column).join("")}|${cells.slice(this.#column).join("")}`;
  }

  /** Where the cursor is: column and row. */
  get cursor(): [number, number] {
    return [this.#column, this.#row];
  }

  /** Becomes so wide, and cuts off what does not fit any more. */
  cut(columns: number): void {
    this.columns = columns;
    for (const line of this.#lines) line.length = Math.min(line.length, columns);
    this.#column = Math.min(this.#column, columns - 1);
  }

  get #top(): number {
    return Math.max(0, this.#lines.length - this.rows);
  }

  write(text: string): void {
    text = this.#rest + text;
    this.#rest = "";
    const pattern =
      // deno-lint-ignore no-control-regex -- that is what terminals are sent
      /\x1b\[([?>]?)([\d;]*)([A-Za-z])|\x1b[=>]|\x1b(?:\[[\d;?]*)?$|[\x00-\x1f]|[^\x00-\x1f]+/g;
    for (const [part, mark, numbers, final] of text.matchAll(pattern)) {
      if (final !== undefined) this.#sequence(mark, numbers, final);
      else if (part === "\x1b=") this.modes.add("keypad");
      else if (part === "\x1b>") this.modes.delete("keypad");
      else if (part.startsWith("\x1b")) this.#rest = part;
      else if (part === "\r") this.#column = 0;
      else if (part === "\n") this.#down();
      else if (part === "\x07") this.bells++;
      else if (part < " ") throw new Error(`a control character: ${JSON.stringify(part)}`);
      else for (const character of this.addsUp ? part : graphemes(part)) this.#put(character);
    }
  }

  #down(): void {
    this.#row++;
    while (this.#lines.length <= this.#row) this.#lines.push([]);
  }

  #put(character: string): void {
    const wide = columnsOf(character);
    if (wide === 0) return;
    if (this.#column + wide > this.columns) {
      if (!this.wraps) return;
      this.#column = 0;
      this.#down();
    }
    this.#lines[this.#row][this.#column] = character;
    for (let i = 1; i < wide; i++) this.#lines[this.#row][this.#column + i] = "";
    this.#column += wide;
  }

  #sequence(mark: string, numbers: string, final: string): void {
    const count = Number(numbers.split(";")[0] || 1);
    if (mark === "?") {
      if (numbers === "2004") this.pasteBrackets = final === "h";
      else if (numbers === "25") this.cursorShown = final === "h";
      else if (numbers === "7") this.wraps = final === "h";
      else if (MODES[numbers] === undefined) throw new Error(`an unknown mode: ${numbers}`);
      else if (final === "h") this.modes.add(MODES[numbers]);
      else this.modes.delete(MODES[numbers]);
      return;
    }
    switch (final) {
      case "A":
        this.#row = Math.max(this.#top, this.#row - count);
        break;
      case "C":
        this.#column = Math.min(this.columns - 1, this.#column + count);
        break;
      case "H":
        this.#row = this.#top;
        this.#column = 0;
        break;
      case "J":
        if (numbers === "2") {
          for (let i = this.#top; i < this.#lines.length; i++) this.#lines[i] = [];
        } else {
          this.#lines.length = this.#row + 1;
          this.#lines[this.#row].length = Math.min(this.#lines[this.#row].length, this.#column);
        }
        break;
      case "K":
        this.#lines[this.#row].length = Math.min(this.#lines[this.#row].length, this.#column);
        break;
      case "m":
        break;
      default:
        throw new Error(`an unknown sequence: ${final}`);
    }
  }
}
