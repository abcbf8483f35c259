/**
 * What is said at a prompt: messages, what happened to the connection, answers to commands.
 *
 * @module
 */
import type { InputCell } from "./input_cells.ts";
import { deltaText, messageLines, type MessageStyle, timeText } from "./message_view.ts";
import type { Palette } from "./palette.ts";
import { printable } from "./printable.ts";

/** A message that came, as its event has it. */
export interface ReceivedMessage {
  /** What it is. */
  readonly kind: "text" | "binary";
  /** Its bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
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

/** What stands before each line: nothing, the time of day, or the time since the line before. */
export type Timestamps = "off" | "clock" | "delta";

/** Lines in one style, to one console. */
export class Transcript {
  /** What stands before each line. */
  timestamps: Timestamps;
  readonly #printer: Printer;
  readonly #style: MessageStyle;
  readonly #quiet: boolean;
  #lastTime?: number;

  /** `quiet`: only what was asked for is shown. */
  constructor(
    printer: Printer,
    style: MessageStyle,
    timestamps: Timestamps = "off",
    quiet: boolean = false,
  ) {
    this.#printer = printer;
    this.#style = style;
    this.timestamps = timestamps;
    this.#quiet = quiet;
  }

  get #palette(): Palette {
    return this.#style.palette;
  }

  /** What stands before a line; all stamps of a mode are of one length. */
  #stamp(time: Date = new Date()): string {
    const since = this.#lastTime ?? time.getTime();
    this.#lastTime = time.getTime();
    switch (this.timestamps) {
      case "off":
        return "";
      case "clock":
        return `${timeText(time)} `;
      case "delta":
        return `${deltaText(time.getTime() - since)} `;
    }
  }

  /** A message that came; `from` names one client of many, `number` the message. */
  received(message: ReceivedMessage, from: string = "", number?: number): void {
    const hint = number === undefined
      ? undefined
      : `/show #${number} shows it, /save #${number} FILE keeps it`;
    this.#received(message, from, { hint });
  }

  /** A message that came, all of it, however long it is. */
  receivedWhole(message: ReceivedMessage, from: string = ""): void {
    this.#received(message, from, { whole: true });
  }

  #received(message: ReceivedMessage, from: string, how: { hint?: string; whole?: boolean }): void {
    const stamp = this.#stamp(message.time);
    const paint = this.#palette.received;
    const shown = { ...message, mark: `${from}<`, paint, stamp, ...how };
    this.#printer.print(messageLines(shown, this.#style, this.#printer.columns));
  }

  /** The lines of a whole message, for another program to show. */
  whole(message: ReceivedMessage, from: string = ""): string[] {
    const paint = this.#palette.received;
    const shown = { ...message, mark: `${from}<`, paint, stamp: "", whole: true };
    return messageLines(shown, this.#style, this.#printer.columns);
  }

  /** A message that was sent; `to` names one client of many. */
  sent(kind: "text" | "binary", bytes: Uint8Array, to: string = ""): void {
    const { sent } = this.#palette;
    const message = { kind, bytes, mark: `${to}>`, paint: sent, stamp: this.#stamp() };
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
    const stamp = this.#stamp();
    const head = `${this.#palette.faint(stamp)}${sent(`${to}>`)} `;
    const indent = " ".repeat(stamp.length + to.length + 2);
    this.#printer.print(lines.map((line, i) => (i === 0 ? head : indent) + line));
  }

  /** A command that was typed. */
  command(text: string): void {
    this.#printer.print([this.#palette.faint(printable(text))]);
  }

  /** What happened to the connection. */
  status(text: string): void {
    if (this.#quiet) return;
    const stamp = this.#palette.faint(this.#stamp());
    this.#printer.print([`${stamp}${this.#palette.status(`* ${printable(text)}`)}`]);
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
