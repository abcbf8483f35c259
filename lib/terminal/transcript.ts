/**
 * What is said at a prompt: messages, what happened to the connection, answers to commands.
 *
 * @module
 */
import type { InputCell } from "./input_cells.ts";
import { messageLines, type MessageStyle, timeText } from "./message_view.ts";
import type { Palette } from "./palette.ts";
import { printable } from "./printable.ts";

/** A message that came, as its event has it. */
export interface ReceivedMessage {
  /** What it is. */
  readonly kind: "text" | "binary";
  /** Its bytes. */
  readonly bytes: Uint8Array;
  /** When. */
  readonly time: Date;
}

/** Where lines are shown. */
export interface Printer {
  /** How wide it is. */
  readonly columns: number;
  /** Has lines appear above what is being typed. */
  print(lines: readonly string[]): void;
}

const SAVE_HINT = "/save FILE keeps it";

/** Lines in one style, to one console. */
export class Transcript {
  readonly #printer: Printer;
  readonly #style: MessageStyle;
  readonly #quiet: boolean;

  /** `quiet`: only what was asked for is shown. */
  constructor(printer: Printer, style: MessageStyle, quiet: boolean = false) {
    this.#printer = printer;
    this.#style = style;
    this.#quiet = quiet;
  }

  get #palette(): Palette {
    return this.#style.palette;
  }

  #stamp(time: Date = new Date()): string {
    return this.#style.timestamps ? `${this.#palette.faint(timeText(time))} ` : "";
  }

  /** A message that came; `from` names one client of many. */
  received(message: ReceivedMessage, from: string = ""): void {
    const shown = {
      ...message,
      mark: `${from}<`,
      paint: this.#palette.received,
      hint: SAVE_HINT,
    };
    this.#printer.print(messageLines(shown, this.#style, this.#printer.columns));
  }

  /** A message that was sent; `to` names one client of many. */
  sent(kind: "text" | "binary", bytes: Uint8Array, to: string = ""): void {
    const { sent } = this.#palette;
    const message = { kind, bytes, mark: `${to}>`, paint: sent, time: new Date() };
    const style = { ...this.#style, json: false };
    this.#printer.print(messageLines(message, style, this.#printer.columns));
  }

  /** A line that was typed, as it stood there. */
  typed(cells: readonly InputCell[], to: string = ""): void {
    const { sent, escape } = this.#palette;
    const lines = [""];
    for (const { text, shown, folded } of cells) {
      if (text === "\n") lines.push("");
      else {lines[lines.length - 1] += folded || (shown !== text && text !== "\t")
          ? escape(shown)
          : shown;}
    }
    const head = `${this.#stamp()}${sent(`${to}>`)} `;
    const indent = " ".repeat((this.#style.timestamps ? 13 : 0) + to.length + 2);
    this.#printer.print(lines.map((line, i) => (i === 0 ? head : indent) + line));
  }

  /** A command that was typed. */
  command(text: string): void {
    this.#printer.print([this.#palette.faint(printable(text))]);
  }

  /** What happened to the connection. */
  status(text: string): void {
    if (this.#quiet) return;
    this.#printer.print([`${this.#stamp()}${this.#palette.status(`* ${printable(text)}`)}`]);
  }

  /** What was asked for. */
  answer(lines: readonly string[]): void {
    this.#printer.print(lines.map((line) => this.#palette.faint("* ") + printable(line)));
  }

  /** What went wrong, and what to do. */
  error(text: string, hint?: string): void {
    const lines = [this.#palette.error(`! ${printable(text)}`)];
    if (hint !== undefined) lines.push(this.#palette.faint(`  ${printable(hint)}`));
    this.#printer.print(lines);
  }
}
