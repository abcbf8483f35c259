/**
 * What a message looks like on the screen.
 *
 * @module
 */
import { bytesPerLine, hexDump } from "./hex_dump.ts";
import { sizeText } from "./input_cells.ts";
import { indentJson, isJsonContainer, maybeContainer } from "./json_text.ts";
import type { Palette } from "./palette.ts";
import { printable } from "./printable.ts";

/** How messages are shown. */
export interface MessageStyle {
  /** The colours. */
  readonly palette: Palette;
  /** Whether JSON is indented and coloured. */
  readonly json: boolean;
}

/** A message to be shown. */
export interface ShownMessage {
  /** What it is. */
  readonly kind: "text" | "binary";
  /** Its bytes; those of a text are UTF-8. */
  readonly bytes: Uint8Array;
  /** What stands before it: `<`, or `2<` for a client of many. */
  readonly mark: string;
  /** Colours the mark. */
  readonly paint: (text: string) => string;
  /** What stands before the mark: a time and a blank, or nothing. */
  readonly stamp: string;
  /** Whether all of it is to be shown, however long it is. */
  readonly whole?: boolean;
  /** What to do about one that is too long to be shown whole. */
  readonly hint?: string;
}

/** How much of a message is shown. */
interface Room {
  readonly characters: number;
  readonly lines: number;
  readonly dumped: number;
}

const SOME: Room = { characters: 16 * 1024, lines: 400, dumped: 512 };
const ALL: Room = { characters: Infinity, lines: Infinity, dumped: Infinity };

/** Larger ones are not looked at as JSON, in bytes. */
const LARGEST_JSON = 4 * 1024 * 1024;

/**
 * The lines of a message for a terminal with so many columns. All but the first are indented, so
 * that none passes for another one.
 */
export function messageLines(
  message: ShownMessage,
  style: MessageStyle,
  columns: number = Infinity,
): string[] {
  const { mark, bytes, paint, stamp } = message;
  const { palette } = style;
  const room = message.whole ? ALL : SOME;
  const head = `${palette.faint(stamp)}${paint(mark)} `;
  const indent = " ".repeat(stamp.length + mark.length + 1);
  if (bytes.length === 0) return [head + palette.faint(`(empty ${message.kind} message)`)];
  const { lines, cut, first } = message.kind === "binary"
    ? dumped(bytes, palette, room, bytesPerLine(columns - indent.length))
    : { ...written(bytes, style, room), first: undefined };
  const shown = first === undefined
    ? [head + lines[0], ...lines.slice(1).map((line) => indent + line)]
    : [head + first, ...lines.map((line) => indent + line)];
  if (cut) {
    const hint = message.hint === undefined ? "" : `: ${message.hint}`;
    shown.push(indent + palette.faint(`… ${sizeText(bytes.length)} in all${hint}`));
  }
  return shown;
}

function dumped(bytes: Uint8Array, palette: Palette, room: Room, perLine: number) {
  const lines = hexDump(bytes, palette, room.dumped / perLine, perLine);
  const cut = bytes.length > room.dumped;
  return { first: palette.faint(`binary, ${sizeText(bytes.length)}`), lines, cut };
}

function written(
  bytes: Uint8Array,
  { palette, json }: MessageStyle,
  room: Room,
): { lines: readonly string[]; cut: boolean } {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  if (json && bytes.length <= LARGEST_JSON && maybeContainer(bytes)) {
    const text = decoder.decode(bytes);
    if (isJsonContainer(text)) {
      return indentJson(text, palette, room);
    }
  }
  const cut = bytes.length > room.characters;
  // A character at the edge is left out rather than cut in two.
  const text = decoder.decode(bytes.subarray(0, room.characters), { stream: cut });
  // The newline that ends a message, as those of a line-based program do, takes no line of its own.
  const ends = !cut && text.endsWith("\n");
  const lines = (ends ? text.slice(0, -1) : text).split("\n")
    .map((line) => printable(line, palette.escape));
  if (ends) lines[lines.length - 1] += palette.escape("\\n");
  if (lines.length <= room.lines) return { lines, cut };
  return { lines: lines.slice(0, room.lines), cut: true };
}

/** The time of day: `13:05:09.042`. */
export function timeText(time: Date): string {
  const two = (number: number) => String(number).padStart(2, "0");
  const milliseconds = String(time.getMilliseconds()).padStart(3, "0");
  return `${two(time.getHours())}:${two(time.getMinutes())}:${
    two(time.getSeconds())
  }.${milliseconds}`;
}

/** The time since the line before, in seconds, as wide as most need it: `  +0.042`. */
export function deltaText(milliseconds: number): string {
  return `+${(Math.max(0, milliseconds) / 1000).toFixed(3)}`.padStart(8);
}
