/**
 * A place in a text that is being read, and what a wrong text is told: where, what was read,
 * what is allowed.
 *
 * @module
 */
import { closestString } from "@std/text/closest-string";
import { WirecatError } from "../core/errors.ts";
import { parseSeconds } from "../core/option.ts";

/** A text to read, and what it is called in messages. */
export interface Source {
  /** The file's name, or the option that it is the value of. */
  readonly name: string;
  /** All of it. */
  readonly text: string;
  /** Whether it is a word of the command line, where lines mean nothing. */
  readonly inline?: boolean;
}

/** A place in a source, to be told to people; both numbers begin with 1. */
export interface Position {
  /** The file, or the option. */
  readonly file: string;
  /** The line. */
  readonly line: number;
  /** The column, in characters. */
  readonly column: number;
  /** Whether it is a word of the command line. */
  readonly inline?: boolean;
}

/** `chat.conv:3:7`, or `--expect, column 7`. */
export function formatPosition({ file, line, column, inline }: Position): string {
  return inline ? `${file}, column ${column}` : `${file}:${line}:${column}`;
}

/** The error for a wrong text. */
export function sourceError(position: Position, message: string, hint?: string): WirecatError {
  return new WirecatError("usage", `${formatPosition(position)}: ${message}`, { hint });
}

/** How much of a line is quoted in a message, in characters. */
const SHOWN = 30;

/** Reads a source from its beginning on. */
export class Scanner {
  /** What is read. */
  readonly source: Source;
  /** All of it. */
  readonly text: string;
  /** How far it has been read. */
  at = 0;
  #lineStarts?: readonly number[];

  /** A scanner at the beginning. */
  constructor(source: Source) {
    this.source = source;
    this.text = source.text;
  }

  /** Where `at` is. */
  position(at: number = this.at): Position {
    const { name: file, inline } = this.source;
    const starts = this.#lineStarts ??= lineStarts(this.text);
    let line = 0;
    for (let above = starts.length; line + 1 < above;) {
      const middle = (line + above) >> 1;
      if (starts[middle] <= at) line = middle;
      else above = middle;
    }
    return { file, line: line + 1, column: at - starts[line] + 1, inline };
  }

  /** Throws; the message begins with the place. */
  fail(message: string, hint?: string, at: number = this.at): never {
    throw sourceError(this.position(at), message, hint);
  }

  /** Throws that something else was expected, quoting what is there. */
  expected(what: string, hint?: string): never {
    this.fail(`expected ${what}, found ${this.quoteNext()}`, hint);
  }

  /** What comes next, to be quoted in a message. */
  quoteNext(): string {
    if (this.atLineEnd()) return this.at >= this.text.length ? "the end" : "the end of the line";
    const rest = this.restOfLine(false).trimEnd();
    return `'${rest.length > SHOWN ? `${rest.slice(0, SHOWN)}…` : rest}'`;
  }

  /** The next character; empty at the end. */
  peek(): string {
    return this.text[this.at] ?? "";
  }

  /** Whether nothing is left of the line. */
  atLineEnd(): boolean {
    return this.at >= this.text.length || this.peek() === "\n" ||
      this.text.startsWith("\r\n", this.at);
  }

  /** Whether nothing is left. */
  atEnd(): boolean {
    return this.at >= this.text.length;
  }

  /** Passes spaces and tabs. */
  skipSpaces(): void {
    while (this.peek() === " " || this.peek() === "\t") this.at++;
  }

  /** Passes spaces, line ends and comments between steps. */
  skipLines(): void {
    for (;;) {
      while (/\s/.test(this.peek())) this.at++;
      if (this.peek() !== "#") return;
      this.restOfLine();
    }
  }

  /** Passes the end of a line, and a comment before it. Throws if something else is there. */
  endOfLine(allowed?: string): void {
    this.skipSpaces();
    if (this.peek() === "#") this.restOfLine();
    if (!this.atLineEnd()) {
      this.fail(
        `${this.quoteNext()} is too much here`,
        allowed === undefined ? undefined : `allowed here: ${allowed}`,
      );
    }
  }

  /** The rest of the line without its end. */
  restOfLine(take = true): string {
    let end = this.text.indexOf("\n", this.at);
    if (end < 0) end = this.text.length;
    let rest = this.text.slice(this.at, end);
    if (rest.endsWith("\r")) rest = rest.slice(0, -1);
    if (take) this.at += rest.length;
    return rest;
  }

  /** What matches here; nothing if it does not. */
  match(pattern: RegExp): string | undefined {
    const sticky = stickyOf(pattern);
    sticky.lastIndex = this.at;
    const found = sticky.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  /** A word of letters; empty if there is none. */
  word(): string {
    return this.match(/[A-Za-z][\w-]*/) ?? "";
  }

  /** Takes `word` if it is the next word. */
  takeWord(word: string): boolean {
    const at = this.at;
    if (this.word() === word) return true;
    this.at = at;
    return false;
  }

  /** A variable's name. */
  name(): string {
    return this.match(/[A-Za-z_]\w*/) ?? this.expected("a name, of letters, digits and _");
  }

  /** A whole number. */
  integer(what: string): number {
    const digits = this.match(/\d+(?![\w.])/);
    if (digits === undefined) this.expected(what);
    return Number(digits);
  }

  /** A length of time, in seconds. */
  duration(): number {
    const at = this.at;
    const word = this.match(/[^\s#]+/) ?? "";
    const seconds = parseSeconds(word);
    if (word !== "" && !Number.isNaN(seconds)) return seconds;
    this.at = at;
    return this.expected("a length of time, such as 2s, 500ms, 1m or forever");
  }

  /** A text in double quotes, written as in JSON. */
  quoted(): string {
    const start = this.at;
    const literal = this.match(/"(?:[^"\\\n]|\\.)*"/);
    if (literal === undefined) {
      if (this.peek() !== '"') this.expected('a text in quotes, such as "hello"');
      this.fail("this text has no closing quote", 'within quotes, a quote is written \\"', start);
    }
    try {
      return JSON.parse(literal.replaceAll("\t", "\\t"));
    } catch {
      return this.fail(
        `${literal} is not written as in JSON`,
        'allowed after a backslash: " \\ / b f n r t and u with four digits',
        start,
      );
    }
  }

  /** A regular expression between slashes: its source, its flags, and where it began. */
  regex(): { source: string; flags: string; start: number } {
    const start = this.at;
    const literal = this.match(/\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\//);
    if (literal === undefined) {
      this.fail("this regular expression has no closing slash", "a slash in it is written \\/");
    }
    const flags = this.match(/[a-z]*/) ?? "";
    return { source: literal.slice(1, -1), flags, start };
  }
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let i = text.indexOf("\n"); i >= 0; i = text.indexOf("\n", i + 1)) starts.push(i + 1);
  return starts;
}

/** The patterns of {@linkcode Scanner.match}, which are few, as they are matched at a place. */
const STICKY = new Map<string, RegExp>();

function stickyOf({ source }: RegExp): RegExp {
  let sticky = STICKY.get(source);
  if (sticky === undefined) STICKY.set(source, sticky = new RegExp(source, "y"));
  return sticky;
}

/** `did you mean X?` where one of the words is near, else the list of all. */
export function didYouMean(word: string, words: readonly string[]): string {
  const nearest = word === "" ? undefined : closestString(word, [...words]);
  const near = nearest !== undefined && isNear(word, nearest);
  const list = `allowed: ${words.join(", ")}`;
  return near ? `did you mean '${nearest}'? ${list}` : list;
}

/** Whether two words have most letters in common at their ends. */
function isNear(typed: string, known: string): boolean {
  if (typed.length < 2) return false;
  const letters = [...typed.toLowerCase()].sort().join("");
  const others = [...known.toLowerCase()].sort().join("");
  if (letters === others) return true;
  let head = 0;
  while (head < typed.length && typed[head] === known[head]) head++;
  let tail = 0;
  while (tail < typed.length - head && typed.at(-1 - tail) === known.at(-1 - tail)) tail++;
  return head + tail >= Math.max(typed.length, known.length) / 2;
}
