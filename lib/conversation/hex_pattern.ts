/**
 * Bytes as hexadecimal digits, with `??` for any byte and `...` for any more.
 *
 * @module
 */
import type { Scanner } from "./scanner.ts";

/** Bytes, some of them free. */
export interface HexPattern {
  /** The bytes; -1 for one that may be anything. */
  readonly bytes: readonly number[];
  /** Whether more may follow. */
  readonly open: boolean;
}

/** Reads bytes, in pairs of digits with or without spaces. Those that are sent have no wildcards. */
export function parseHex(scanner: Scanner, use: "send" | "expect"): HexPattern {
  const bytes: number[] = [];
  let open = false;
  for (;;) {
    scanner.skipSpaces();
    if (scanner.atLineEnd() || scanner.peek() === "#") break;
    const at = scanner.at;
    if (scanner.match(/\.\.\.|…/) !== undefined) {
      if (use === "send") scanner.fail("'...' cannot be sent", "write all bytes", at);
      open = true;
      break;
    }
    const pair = scanner.match(/[\da-fA-F]{2}|\?\?/);
    if (pair === undefined) {
      if (/[a-z]{3}/.test(scanner.restOfLine(false).slice(0, 3))) break; // `within`, `example`
      scanner.expected(
        use === "send" ? "two hexadecimal digits" : "two hexadecimal digits, ?? or ...",
        'bytes are written such as: 00 ff 1a; @FILE takes them from a file, "…" from a text',
      );
    }
    if (pair === "??" && use === "send") scanner.fail("'??' cannot be sent", "write the byte", at);
    bytes.push(pair === "??" ? -1 : parseInt(pair, 16));
  }
  return { bytes, open };
}

/** The index of the first byte that is not as it should be; nothing if all are. */
export function firstDifference(
  { bytes: expected, open }: HexPattern,
  came: Uint8Array,
): number | undefined {
  const length = Math.min(expected.length, came.length);
  for (let i = 0; i < length; i++) {
    if (expected[i] !== -1 && expected[i] !== came[i]) return i;
  }
  if (came.length < expected.length || (came.length > expected.length && !open)) return length;
  return undefined;
}

/** Bytes as they are written: `00 ff`. */
export function formatHex(bytes: readonly number[] | Uint8Array, most = 64): string {
  const shown = Array.from(
    bytes.slice(0, most),
    (byte) => byte < 0 ? "??" : byte.toString(16).padStart(2, "0"),
  );
  return shown.join(" ") + (bytes.length > most ? ` … (${bytes.length} bytes)` : "");
}
