/**
 * A prompt at a terminal: a line is typed at the bottom while text appears above it.
 *
 * @module
 */
import type { History } from "./history.ts";
import type { InputCell } from "./input_cells.ts";
import { type Key, KeyDecoder } from "./key.ts";
import { type Completer, type EditorAction, LineEditor } from "./line_editor.ts";
import type { Palette } from "./palette.ts";
import type { Terminal } from "./raw_terminal.ts";
import { Screen } from "./screen.ts";

/** What a console is made of. */
export interface ConsoleOptions {
  /** The terminal. */
  readonly terminal: Terminal;
  /** The colours. */
  readonly palette: Palette;
  /** What was typed before. */
  readonly history: History;
  /** The longest paste, in bytes. */
  readonly longestPaste: number;
  /** How a line may go on, for the Tab key. */
  readonly complete?: Completer;
}

/** What a person does at a console. */
export type ConsoleInput =
  /** A line was typed. */
  | { readonly type: "line"; readonly text: string; readonly cells: readonly InputCell[] }
  /** Ctrl-D, or the terminal is gone. */
  | { readonly type: "end" }
  /** Ctrl-C on an empty line. */
  | { readonly type: "interrupt" };

/** The pause between two drawings when much comes, in milliseconds. */
const FRAME = 16;
/** How long the rest of an escape sequence may take, in milliseconds. */
const ESCAPE_TIME = 50;
/** Who prints more than so many characters at once has to wait. */
const MOST_WAITING = 64 * 1024;

const PROMPT = "> ";

/** A console that is in use from its making until {@linkcode Console.close}. */
export class Console {
  readonly #options: ConsoleOptions;
  readonly #screen: Screen;
  readonly #editor: LineEditor;
  readonly #decoder: KeyDecoder;
  readonly #input: (input: ConsoleInput) => void;
  #closed = false;
  #suspended = false;
  #dirty = false;
  #drawing?: Promise<void>;
  #timer?: ReturnType<typeof setTimeout>;
  #escapeTimer?: ReturnType<typeof setTimeout>;
  #drawnAt = -Infinity;
  #bell = "";
  #waiters: (() => void)[] = [];

  /** Takes the terminal over and begins to read; `input` is called with what is typed. */
  constructor(options: ConsoleOptions, input: (input: ConsoleInput) => void) {
    const { terminal, palette, history, complete, longestPaste } = options;
    this.#options = options;
    this.#input = input;
    this.#screen = new Screen(palette, terminal.size());
    this.#editor = new LineEditor(history, complete);
    this.#decoder = new KeyDecoder(longestPaste);
    terminal.enter((resumed) => {
      if (resumed) {
        this.#suspended = false;
        this.#screen.forget();
      }
      this.#draw(true);
    });
    this.#draw(true);
    this.#read();
  }

  /** How wide the terminal is at present. */
  get columns(): number {
    return this.#options.terminal.size().columns;
  }

  /** Has lines appear above what is being typed. They must be harmless, colours apart. */
  print(lines: readonly string[]): void {
    this.#screen.print(lines);
    this.#draw(false);
  }

  /** Resolves when what was printed is not too much any more. */
  drained(): Promise<void> {
    if (this.#closed || this.#screen.waiting < MOST_WAITING) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** Shows what is still to be shown, and gives the terminal back without the line. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#escapeTimer);
    this.#editor.leave();
    const { terminal } = this.#options;
    await this.#drawing;
    await terminal.write(this.#screen.end(terminal.size())).catch(() => {});
    terminal.leave();
    this.#wake();
  }

  async #read(): Promise<void> {
    const { terminal } = this.#options;
    const buffer = new Uint8Array(64 * 1024);
    while (!this.#closed) {
      let length: number | null;
      try {
        length = await terminal.read(buffer);
      } catch (error) {
        if (error instanceof Deno.errors.WouldBlock) {
          await new Promise((resolve) => setTimeout(resolve, 5)); // Somebody made it non-blocking.
          continue;
        }
        length = null; // The terminal is gone.
      }
      if (this.#closed) return;
      clearTimeout(this.#escapeTimer);
      if (length === null) return this.#input({ type: "end" });
      this.#press(this.#decoder.push(buffer.subarray(0, length)));
      if (this.#decoder.pending) {
        this.#escapeTimer = setTimeout(() => this.#press(this.#decoder.flush()), ESCAPE_TIME);
      }
    }
  }

  #press(keys: readonly Key[]): void {
    for (const key of keys) {
      const action = this.#editor.press(key);
      if (action !== undefined) this.#act(action);
      if (this.#closed) return;
    }
    if (keys.length > 0) this.#draw(true);
  }

  #act(action: EditorAction): void {
    const { terminal, palette } = this.#options;
    switch (action.type) {
      case "submit":
        this.#input({ type: "line", text: action.text, cells: action.cells });
        break;
      case "end":
      case "interrupt":
        this.#input(action);
        break;
      case "suspend":
        this.#suspend(terminal);
        break;
      case "redraw":
        this.#bell += this.#screen.clear();
        break;
      case "choices":
        this.#screen.print([palette.faint(action.choices.join("  "))]);
        break;
      case "note":
        this.#screen.print([palette.error(action.text)]);
        break;
      case "bell":
        this.#bell += "\x07";
    }
  }

  /** The line is taken off the screen first; it comes back with the program. */
  async #suspend(terminal: Terminal): Promise<void> {
    this.#suspended = true;
    await this.#drawing;
    if (this.#closed) return;
    await terminal.write(this.#screen.end(terminal.size()));
    if (terminal.suspend()) return;
    this.#suspended = false;
    this.#bell += "\x07";
    this.#draw(true);
  }

  /** Has the screen brought up to date: at once for what was typed, else at most so often. */
  #draw(now: boolean): void {
    this.#dirty = true;
    if (this.#drawing !== undefined || this.#suspended || this.#closed) return;
    const pause = now ? 0 : this.#drawnAt + FRAME - performance.now();
    if (pause <= 0) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      // Later in this turn, so that all that is printed in it is drawn at once.
      this.#drawing = Promise.resolve().then(() => this.#write());
    } else {
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        this.#draw(true);
      }, pause);
    }
  }

  async #write(): Promise<void> {
    const { terminal } = this.#options;
    this.#dirty = false;
    const bell = this.#bell;
    this.#bell = "";
    const frame = bell + this.#screen.frame(this.#editor.view(), PROMPT, terminal.size());
    this.#wake();
    try {
      await terminal.write(frame);
    } catch {
      this.#input({ type: "end" }); // The terminal is gone.
      return;
    } finally {
      this.#drawnAt = performance.now();
      this.#drawing = undefined;
    }
    if (this.#dirty) this.#draw(false);
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter();
  }
}
