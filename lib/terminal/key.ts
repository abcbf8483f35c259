/**
 * Keys from the bytes that a terminal in raw mode sends: UTF-8, the escape sequences of xterm and
 * those who follow it, and bracketed paste.
 *
 * @module
 */

/** What was pressed. */
export type Key =
  /** A character, or several that came at once. */
  | { readonly type: "text"; readonly text: string }
  /** Any other key by name, such as `up`, `ctrl-a`, `alt-b`, `ctrl-left`, `enter`, `alt-enter`. */
  | { readonly type: "key"; readonly name: string }
  /** What was pasted, with `\n` for ends of lines. */
  | { readonly type: "paste"; readonly text: string }
  /** Something was pasted that is longer than what is allowed; it is gone. */
  | { readonly type: "too-long"; readonly bytes: number };

const ESC = 0x1b;
const CTRL_C = 0x03;
const CTRL_V = 0x16;
const PASTE_BEGIN = new TextEncoder().encode("\x1b[200~");
const PASTE_END = new TextEncoder().encode("\x1b[201~");

/** The longest escape sequence that is waited for; a longer one is none. */
const LONGEST_SEQUENCE = 64;

const CONTROL: Record<number, string> = {
  0x00: "ctrl-space",
  0x08: "backspace",
  0x09: "tab",
  0x0a: "enter",
  0x0d: "enter",
  0x1b: "escape",
  0x1c: "ctrl-\\",
  0x1d: "ctrl-]",
  0x1e: "ctrl-^",
  0x1f: "ctrl-_",
  0x7f: "backspace",
};

/** The names of `CSI … letter` and `SS3 letter`. */
const LETTERS: Record<string, string> = {
  A: "up",
  B: "down",
  C: "right",
  D: "left",
  F: "end",
  H: "home",
  M: "enter",
  Z: "shift-tab",
};

/** The names of `CSI number ~`. */
const NUMBERS: Record<number, string> = {
  1: "home",
  2: "insert",
  3: "delete",
  4: "end",
  5: "pageup",
  6: "pagedown",
  7: "home",
  8: "end",
};

/** Reads keys. Pure: bytes in, keys out. */
export class KeyDecoder {
  readonly #longestPaste: number;
  #rest: number[] = [];
  #utf8 = new TextDecoder();
  #paste?: { parts: Uint8Array[]; length: number; matched: number };
  /** Whether Ctrl-V was pressed: the next byte is meant as it is. */
  #literal = false;

  /** `longestPaste` is in bytes. */
  constructor(longestPaste: number = 64 * 1024 * 1024) {
    this.#longestPaste = longestPaste;
  }

  /** Whether an escape sequence has begun, or somebody pressed Escape: time will tell. */
  get pending(): boolean {
    return this.#rest.length > 0;
  }

  /** The keys that these bytes make, with those that came before. */
  push(bytes: Uint8Array): Key[] {
    const keys: Key[] = [];
    for (let at = 0; at < bytes.length;) {
      if (this.#paste !== undefined) at = this.#pasted(bytes, at, keys);
      else if (this.#literal) at = this.#quoted(bytes, at, keys);
      else at = this.#typed(bytes, at, keys);
    }
    return keys;
  }

  /** Nothing more came for a while: what was begun was meant as it is. */
  flush(): Key[] {
    const rest = this.#rest;
    this.#rest = [];
    if (rest.length === 0) return [];
    if (rest.length === 1) return [{ type: "key", name: "escape" }];
    return []; // A sequence that nobody finished.
  }

  /** A control character behind Ctrl-V is text; Enter is a newline. Whoever pastes then pastes. */
  #quoted(bytes: Uint8Array, at: number, keys: Key[]): number {
    this.#literal = false;
    const byte = bytes[at];
    const isControl = byte < 0x20 || byte === 0x7f;
    if (!isControl || PASTE_BEGIN.every((it, i) => it === bytes[at + i])) return at;
    keys.push({ type: "text", text: String.fromCharCode(byte).replace("\r", "\n") });
    return at + 1;
  }

  #typed(bytes: Uint8Array, at: number, keys: Key[]): number {
    const byte = bytes[at];
    if (this.#rest.length === 1 && byte >= 0x80) {
      this.#rest = []; // Alt with a letter that is not ASCII: nothing else has that meaning.
    } else if (this.#rest.length > 0) {
      this.#sequence(byte, keys);
      return at + 1;
    }
    if (byte === ESC) {
      this.#rest.push(byte);
      return at + 1;
    }
    if (byte === CTRL_V) {
      this.#literal = true;
      return at + 1;
    }
    if (byte < 0x20 || byte === 0x7f) {
      keys.push({ type: "key", name: controlName(byte) });
      return at + 1;
    }
    let end = at + 1;
    while (end < bytes.length && bytes[end] >= 0x20 && bytes[end] !== 0x7f) end++;
    const text = this.#utf8.decode(bytes.subarray(at, end), { stream: true });
    if (text !== "") keys.push({ type: "text", text });
    return end;
  }

  /** One more byte behind an ESC. */
  #sequence(byte: number, keys: Key[]): void {
    const rest = this.#rest;
    rest.push(byte);
    const second = rest[1];
    const introduced = second === 0x5b || second === 0x4f; // CSI or SS3
    if (rest.length === 2) {
      if (introduced) return;
      if (byte === ESC) { // Escape was pressed, then another sequence begins.
        this.#rest = [ESC];
        keys.push({ type: "key", name: "escape" });
        return;
      }
      this.#rest = [];
      const isControl = byte < 0x20 || byte === 0x7f;
      const key = isControl ? controlName(byte) : String.fromCharCode(byte);
      keys.push({ type: "key", name: `alt-${key}` });
      return;
    }
    const isFinal = byte >= 0x40 && byte <= 0x7e && !(rest.length === 3 && byte === 0x5b) ||
      byte === 0x24 && rest.slice(2, -1).every(isDigit); // rxvt with shift
    if (!isFinal && rest.length < LONGEST_SEQUENCE) return;
    this.#rest = [];
    if (!isFinal) return;
    const name = sequenceName(String.fromCharCode(...rest.slice(2)));
    if (name === "paste") this.#paste = { parts: [], length: 0, matched: 0 };
    else if (name !== undefined) keys.push({ type: "key", name });
  }

  /** What is between the brackets of a paste. */
  #pasted(bytes: Uint8Array, from: number, keys: Key[]): number {
    const paste = this.#paste!;
    if (bytes.length === 1 && bytes[0] === CTRL_C) { // Somebody waits in vain for the end of it.
      this.#paste = undefined;
      return this.#typed(bytes, from, keys);
    }
    for (let at = from; at < bytes.length; at++) {
      if (bytes[at] === PASTE_END[paste.matched]) paste.matched++;
      else paste.matched = bytes[at] === PASTE_END[0] ? 1 : 0;
      if (paste.matched < PASTE_END.length) continue;
      this.#keep(bytes, from, at + 1);
      this.#paste = undefined;
      const length = paste.length - PASTE_END.length;
      if (length > this.#longestPaste) keys.push({ type: "too-long", bytes: length });
      else keys.push({ type: "paste", text: pastedText(paste.parts, length) });
      return at + 1;
    }
    this.#keep(bytes, from, bytes.length);
    return bytes.length;
  }

  #keep(bytes: Uint8Array, from: number, to: number): void {
    const paste = this.#paste!;
    paste.length += to - from;
    if (paste.length > this.#longestPaste + PASTE_END.length) paste.parts = [];
    else paste.parts.push(bytes.slice(from, to));
  }
}

function controlName(byte: number): string {
  return CONTROL[byte] ?? `ctrl-${String.fromCharCode(byte + 0x60)}`;
}

/** Text with the ends of lines that a message has: terminals paste a carriage return. */
function pastedText(parts: readonly Uint8Array[], length: number): string {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let left = length;
  let text = "";
  for (const part of parts) {
    const piece = part.subarray(0, Math.min(left, part.length));
    left -= piece.length;
    text += decoder.decode(piece, { stream: true });
  }
  text += decoder.decode();
  return text.replace(/\r\n?/g, "\n");
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** What rxvt ends `CSI number` with instead of `~`, with the number that xterm has for it. */
const RXVT_MODIFIERS: Record<string, number> = { "$": 2, "^": 5, "@": 6 };

/** The modifiers of xterm: a number one above the sum of shift 1, alt 2, ctrl 4. */
function withModifiers(name: string, modifiers: number): string {
  const bits = modifiers - 1;
  const words = [bits & 4 && "ctrl", bits & 2 && "alt", bits & 1 && "shift"].filter(Boolean);
  return [...words, name].join("-");
}

/** What `CSI` and these characters mean; nothing for what is not known. */
function sequenceName(sequence: string): string | undefined {
  if (/^[[?>=<]/.test(sequence)) return undefined; // An answer, or a function key of Linux.
  const final = sequence.at(-1)!;
  const [first = 1, second = 1, third] = sequence.slice(0, -1).split(";")
    .map((word) => Number.parseInt(word) || 1);
  if (final === "~") {
    if (first === 200) return "paste";
    // xterm's modifyOtherKeys: CSI 27 ; modifiers ; code ~
    if (first === 27 && third !== undefined) return otherKey(third, second);
    const name = NUMBERS[first];
    return name && withModifiers(name, second);
  }
  const rxvt = RXVT_MODIFIERS[final];
  if (rxvt !== undefined) return NUMBERS[first] && withModifiers(NUMBERS[first], rxvt);
  if (final === "u") return otherKey(first, second); // kitty and others: CSI code ; modifiers u
  if (final === "a" || final === "b" || final === "c" || final === "d") { // rxvt, with shift or ctrl
    return `ctrl-${LETTERS[final.toUpperCase()]}`;
  }
  const name = LETTERS[final];
  return name && withModifiers(name, second);
}

/** A key by its code point, with modifiers. */
function otherKey(code: number, modifiers: number): string | undefined {
  if (code < 0x20 || code === 0x7f) return withModifiers(controlName(code), modifiers);
  if (code > 0x10ffff) return undefined;
  return withModifiers(String.fromCodePoint(code).toLowerCase(), modifiers);
}
