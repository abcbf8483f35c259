/**
 * Bytes as people read them: offset, hexadecimal, characters.
 *
 * @module
 */
import type { Palette } from "./palette.ts";

/** How many bytes a line may have, the usual number first. */
const WIDTHS: readonly number[] = [16, 8, 4];

/** How many bytes a line can have where there are so many columns. */
export function bytesPerLine(columns: number): number {
  // The offset, two digits and a blank for each byte, a gap in the middle, and the characters.
  return WIDTHS.find((bytes) => 4 * bytes + 14 <= columns) ?? WIDTHS[WIDTHS.length - 1];
}

/** The lines of a dump as hexdump(1) makes it with `-C`; `most` lines of `perLine` bytes. */
export function hexDump(
  bytes: Uint8Array,
  palette: Palette,
  most: number,
  perLine: number = WIDTHS[0],
): string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length && lines.length < most; at += perLine) {
    const row = bytes.subarray(at, at + perLine);
    let hex = "";
    let shown = "";
    for (let i = 0; i < perLine; i++) {
      if (i === perLine / 2) hex += " ";
      hex += i < row.length ? ` ${row[i].toString(16).padStart(2, "0")}` : "   ";
      if (i >= row.length) continue;
      shown += row[i] >= 0x20 && row[i] < 0x7f ? String.fromCharCode(row[i]) : ".";
    }
    const offset = at.toString(16).padStart(8, "0");
    lines.push(`${palette.faint(offset)} ${hex}  |${palette.string(shown)}|`);
  }
  return lines;
}

/** The bytes that hexadecimal digits stand for, blanks and colons between them left out. */
export function fromHex(text: string): Uint8Array<ArrayBuffer> | undefined {
  const digits = text.replace(/0x(?=[\da-f])|[\s:,]/gi, "");
  if (digits.length % 2 !== 0 || /[^\da-f]/i.test(digits)) return undefined;
  return Uint8Array.fromHex(digits);
}
