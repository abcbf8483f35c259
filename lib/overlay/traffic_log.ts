/**
 * Traffic as lines that a person can read: the logic of `log:`, without I/O.
 *
 * @module
 */
import { type Batch, BINARY, BYTES, CONTINUED, MORE, TEXT } from "../core/batch.ts";
import { HeadMask } from "./masked_head.ts";

/** What {@linkcode trafficLines} shows. */
export interface TrafficFormat {
  /** Show bytes in hexadecimal instead of as escaped text. */
  readonly hex?: boolean;
  /** Show lengths only. */
  readonly omitContent?: boolean;
  /** Show what kind each message is, and which are parts. */
  readonly verbose?: boolean;
}

const NAMED: Record<number, string> = {
  9: "\\t",
  10: "\\n",
  13: "\\r",
  34: '\\"',
  39: "\\'",
  92: "\\\\",
};

const ESCAPES: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) =>
    NAMED[byte] ??
      (byte >= 32 && byte < 127
        ? String.fromCharCode(byte)
        : `\\x${byte.toString(16).padStart(2, "0")}`),
);

/** Bytes as text in ASCII: `\t \r \n \' \" \\` and `\xhh` for what cannot be printed. */
export function escapeBytes(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += ESCAPES[bytes[i]];
  return text;
}

/**
 * The messages of a batch as they may be shown: what passes for bytes may be HTTP, as below a
 * WebSocket, with secrets in it. `mask` is that of the direction.
 */
export function shownMessages(batch: Batch, mask: HeadMask): Uint8Array[] {
  return Array.from(
    { length: batch.length },
    (_, i) => batch.kind(i) === BYTES ? mask.mask(batch.message(i)) : batch.message(i),
  );
}

/** One line for each entry: `READ 5 "hello"`. `prefix` is put before each. */
export function trafficLines(
  batch: Batch,
  prefix: string,
  format: TrafficFormat = {},
  messages: readonly Uint8Array[] = shownMessages(batch, new HeadMask()),
): string[] {
  const lines: string[] = [];
  for (const [i, bytes] of messages.entries()) {
    const kind = format.verbose ? ` ${describeKind(batch, i)}` : "";
    const content = format.omitContent
      ? ""
      : format.hex
      ? ` ${bytes.toHex()}`
      : ` "${escapeBytes(bytes)}"`;
    lines.push(`${prefix} ${bytes.length}${kind}${content}`);
  }
  return lines;
}

function describeKind(batch: Batch, i: number): string {
  const kind = batch.kind(i);
  const word = kind === TEXT ? "text" : kind === BINARY ? "binary" : "bytes";
  const flags = batch.flags(i);
  return `${flags & CONTINUED ? "+" : ""}${word}${flags & MORE ? "+" : ""}`;
}

/** A time since the start of the program, in milliseconds, as seconds: `000001.234567`. */
export function formatElapsed(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(6).padStart(13, "0");
}
