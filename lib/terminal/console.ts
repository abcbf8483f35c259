/**
 * A prompt at a terminal: a line is typed at the bottom while text appears above it.
 *
 * @module
 */
import { reasonOf } from "../core/errors.ts";
import { inColumns } from "./choices.ts";
import type { History } from "./history.ts";
import type { InputCell } from "./input_cells.ts";
import { type Key, KeyDecoder } from "./key.ts";
import type { Completer } from "./completion.ts";
import { type EditorAction, LineEditor } from "./line_editor.ts";
import type { Palette } from "./palette.ts";
import { printable } from "./printable.ts";
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
  /** Has a text changed by another program, which has the terminal meanwhile. */
  readonly edit?: (text: string) => Promise<string>;
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
/**
 * How long the rest of an escape sequence may take, in milliseconds: a network may hold it up, and
 * Escape alone means little here.
 */
const ESCAPE_TIME = 500;
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
  /** Whether nothing is to appear above the line: Ctrl-S. */
  #held = false;
  /** Settles when the terminal is back that another program has. */
  #lent?: Promise<void>;
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
    this.#screen = new Screen(palette, terminal.size(), terminal.reflows);
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

  /** Rings the bell. */
  ring(): void {
    this.#bell = "\x07";
    this.#draw(false);
  }

  /**
   * Resolves when what was printed is not too much any more, and is not overdue: whoever prints
   * without a pause would let neither the screen nor the keys have their turn.
   */
  drained(): Promise<void> {
    const { waiting } = this.#screen;
    const shows = !this.#held && !this.#suspended;
    const overdue = shows && waiting > 0 && performance.now() - this.#drawnAt >= FRAME;
    if (this.#closed || (waiting < MOST_WAITING && !overdue)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiters.push(resolve);
      this.#draw(false);
    });
  }

  /**
   * Leaves the terminal to another program until `use` has settled, and throws what that throws.
   * It may only be called from within `input`: no key is read for the line then.
   */
  lend(use: () => Promise<void>): Promise<void> {
    const used = this.#lend(use);
    this.#lent = used.catch(() => {});
    return used;
  }

  async #lend(use: () => Promise<void>): Promise<void> {
    const { terminal } = this.#options;
    this.#suspended = true;
    await this.#drawing;
    await terminal.write(this.#screen.end(terminal.size())).catch(() => {});
    terminal.lend();
    try {
      await use();
    } finally {
      this.#lent = undefined;
      this.#suspended = false;
      terminal.takeBack();
      this.#screen.forget();
      this.#bell += this.#screen.newLine(terminal.size());
      this.#draw(true);
    }
  }

  /** Shows what is still to be shown, and gives the terminal back without the line. */
  async close(): Promise<void> {
    while (this.#lent !== undefined) await this.#lent; // Nobody's editor is taken the screen away.
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
      await this.#press(this.#decoder.push(buffer.subarray(0, length)));
      if (this.#decoder.pending) {
        this.#escapeTimer = setTimeout(() => this.#press(this.#decoder.flush()), ESCAPE_TIME);
      }
    }
  }

  /** Resolves at once, unless another program gets the terminal: keys behind that wait for its end. */
  async #press(keys: readonly Key[]): Promise<void> {
    for (const key of keys) {
      const action = this.#editor.press(key);
      if (action !== undefined) this.#act(action);
      if (this.#lent !== undefined) await this.#lent;
      if (this.#closed) return;
    }
    if (keys.length > 0) this.#draw(true);
  }

  #act(action: EditorAction): void {
    const { terminal, palette } = this.#options;
    switch (action.type) {
      case "submit":
        this.#held = false; // Who sends wants to see the answer.
        this.#input({ type: "line", text: action.text, cells: action.cells });
        break;
      case "end":
      case "interrupt":
        this.#held = false;
        this.#input(action);
        break;
      case "hold":
      case "go-on":
        this.#held = action.type === "hold";
        break;
      case "edit":
        this.#edit(action.text);
        break;
      case "suspend":
        this.#suspend(terminal);
        break;
      case "redraw":
        this.#bell += this.#screen.clear();
        break;
      case "choices":
        this.#screen.print(inColumns(action.choices, terminal.size().columns).map(palette.faint));
        break;
      case "note":
        this.#screen.print([palette.error(action.text)]);
        break;
      case "bell":
        this.#bell += "\x07";
    }
  }

  #edit(text: string): void {
    const { edit, palette } = this.#options;
    if (edit === undefined) {
      this.#bell += "\x07";
      return;
    }
    this.lend(async () => this.#editor.replace(await edit(text))).catch((error) => {
      this.print([palette.error(`! ${printable(reasonOf(error))}`)]);
    });
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
    // Somebody who waits would be as slow as the pauses are long.
    const atOnce = now || (!this.#held && this.#waiters.length > 0);
    const pause = atOnce ? 0 : this.#drawnAt + FRAME - performance.now();
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
    const view = this.#editor.view();
    const frame = bell + this.#screen.frame(view, PROMPT, terminal.size(), this.#held);
    this.#drawnAt = performance.now();
    if (!this.#held) this.#wake();
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
