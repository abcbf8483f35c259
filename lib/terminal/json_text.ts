/**
 * JSON for people: indented and coloured, with every number and string as it was sent. The text is
 * taken apart, not the values: 1.0, 1e400 and a key that is there twice stay what they are.
 *
 * @module
 */
import type { Palette } from "./palette.ts";
import { replaceControls } from "./printable.ts";

/** How much is made of a JSON text. */
export interface JsonLimits {
  /** At most so many characters, colours not counted. */
  readonly characters: number;
  /** At most so many lines. */
  readonly lines: number;
}

/** What became of a JSON text. */
export interface IndentedJson {
  /** The lines, without control characters. */
  readonly lines: readonly string[];
  /** Whether there is more of it. */
  readonly cut: boolean;
}

/** Longer texts are not looked at, in characters. */
const LONGEST = 4 * 1024 * 1024;

/** Whether the first byte that is no blank begins an object or an array. */
export function maybeContainer(bytes: Uint8Array): boolean {
  for (const byte of bytes) {
    if (byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d) continue;
    return byte === 0x7b || byte === 0x5b;
  }
  return false;
}

/** Whether a text is a JSON object or array (RFC 8259). */
export function isJsonContainer(text: string): boolean {
  if (!/^[ \t\r\n]*[{[]/.test(text) || text.length > LONGEST) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Escapes what is dangerous to a terminal as JSON does it, so that the text means the same. */
function escapeAsJson(text: string): string {
  return replaceControls(text, (control) => {
    const units = Array.from({ length: control.length }, (_, i) => control.charCodeAt(i));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
  });
}

/**
 * The lines of a text that {@linkcode isJsonContainer} has accepted. `escape` makes strings
 * harmless.
 */
export function indentJson(
  text: string,
  palette: Palette,
  limits: JsonLimits,
  escape: (token: string) => string = escapeAsJson,
): IndentedJson {
  const lines: string[] = [];
  let line = "";
  let characters = 0;
  let depth = 0;
  let keyNext = false;
  /** For each open container whether it is an object. */
  const objects: boolean[] = [];
  const put = (token: string, paint: (text: string) => string) => {
    line += paint(token);
    characters += token.length;
  };
  const same = (text: string) => text;
  const newLine = () => {
    lines.push(line);
    line = "  ".repeat(depth);
    characters += line.length;
  };
  for (let at = 0; at < text.length;) {
    if (lines.length >= limits.lines || characters > limits.characters) {
      lines.push(line);
      return { lines, cut: true };
    }
    const character = text[at];
    switch (character) {
      case " ":
      case "\t":
      case "\n":
      case "\r":
        at++;
        break;
      case "{":
      case "[": {
        const close = nextToken(text, at + 1);
        if (text[close] === "}" || text[close] === "]") {
          put(character + text[close], same);
          at = close + 1;
          break;
        }
        put(character, same);
        objects.push(character === "{");
        keyNext = character === "{";
        depth++;
        newLine();
        at++;
        break;
      }
      case "}":
      case "]":
        depth--;
        objects.pop();
        newLine();
        put(character, same);
        at++;
        break;
      case ",":
        put(character, same);
        newLine();
        keyNext = objects.at(-1)!;
        at++;
        break;
      case ":":
        put(": ", same);
        keyNext = false;
        at++;
        break;
      default: {
        const end = character === '"' ? stringEnd(text, at) : wordEnd(text, at);
        const room = limits.characters - characters;
        const cut = end - at > room;
        const token = text.slice(at, cut ? at + Math.max(0, room) : end);
        if (character !== '"') {
          put(token, /^[-\d]/.test(token) ? palette.number : palette.literal);
        } else {
          const paint = keyNext ? palette.key : palette.string;
          put(escape(token), paint);
        }
        if (cut) {
          lines.push(line);
          return { lines, cut };
        }
        at = end;
      }
    }
  }
  lines.push(line);
  return { lines, cut: false };
}

/** Where the next token begins. */
function nextToken(text: string, at: number): number {
  while (at < text.length && " \t\r\n".includes(text[at])) at++;
  return at;
}

/** Behind the quote that ends the string which begins at `at`. */
function stringEnd(text: string, at: number): number {
  for (let i = at + 1;; i++) {
    const character = text.charCodeAt(i);
    if (character === 0x5c) i++;
    else if (character === 0x22 || Number.isNaN(character)) return i + 1;
  }
}

function wordEnd(text: string, at: number): number {
  while (at < text.length && !" \t\r\n,:]}".includes(text[at])) at++;
  return at;
}
