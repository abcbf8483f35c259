/**
 * Messages and differences as a person is shown them.
 *
 * @module
 */
import { formatHex } from "./hex_pattern.ts";
import type { Lookup } from "./variables.ts";

/** A message that came or went. */
export interface Message {
  /** What it is. */
  readonly kind: "text" | "binary";
  /** Its bytes; UTF-8 of a text. */
  readonly bytes: Uint8Array;
}

/** The text of a message. */
export function messageText({ bytes }: Message): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

/** A text that does nothing to a terminal: control characters are written as in JSON. */
export function printable(text: string): string {
  // deno-lint-ignore no-control-regex -- these are what it is about
  return text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, (control) => {
    const escaped = JSON.stringify(control).slice(1, -1);
    if (escaped !== control) return escaped;
    return `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** How much of a message is shown, in characters. */
const SHOWN = 200;

/** A message on one line: a text as it is, binary as digits; without the secrets of `variables`. */
export function showMessage(message: Message, variables?: Pick<Lookup, "redact">): string {
  if (message.kind === "binary") return `binary ${formatHex(message.bytes)}`.trimEnd();
  const whole = messageText(message);
  const text = variables?.redact(whole) ?? whole; // Of a secret that is cut, a part would be left.
  if (text === "") return '"" (an empty text)';
  const shown = printable(text.slice(0, SHOWN));
  return text.length > SHOWN ? `${shown}… (${message.bytes.length} bytes)` : shown;
}

/** How much is shown around a difference, in characters. */
const AROUND = 24;

/** Where two texts differ first, in words. */
export function textDifference(expected: string, came: string): string {
  let at = 0;
  while (at < expected.length && at < came.length && expected[at] === came[at]) at++;
  const before = expected.slice(0, at);
  const line = before.split("\n").length;
  const column = at - before.lastIndexOf("\n");
  const place = expected.includes("\n")
    ? `line ${line}, character ${column}`
    : `character ${column}`;
  const part = (text: string) => {
    if (at >= text.length) return "the end";
    const more = text.length > at + AROUND ? "…" : "";
    return `${JSON.stringify(text.slice(at, at + AROUND))}${more}`;
  };
  return `they differ from ${place} on: expected ${part(expected)}, came ${part(came)}`;
}

/** `1.234 s`, `12 ms`, `forever`. */
export function formatSeconds(seconds: number): string {
  if (seconds === Infinity) return "forever";
  return seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${Number(seconds.toFixed(3))} s`;
}
