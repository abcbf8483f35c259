/**
 * Commands as shells read them, and words as they are written for a shell.
 *
 * @module
 */
import { usageError } from "../core/errors.ts";

/**
 * The words of a command that was copied out of a browser, for bash, for Windows' cmd or for
 * PowerShell. Nothing is expanded: such a command has no variables. Throws a usage error for a
 * quote that does not end.
 */
export function commandWords(command: string): string[] {
  if (isForCmd(command)) return cmdWords(command);
  return isForPowerShell(command) ? powerShellWords(command) : bashWords(command);
}

/** Chrome and Firefox quote for cmd with `^"`; a line goes on after a caret at its end. */
function isForCmd(command: string): boolean {
  return /\^"|\^\r?\n/.test(command);
}

/** In PowerShell a line goes on after a backtick at its end, and one escapes a quote. */
function isForPowerShell(command: string): boolean {
  return /[ \t]`\r?\n|`"/.test(command);
}

const BLANK = /[ \t\r\n]/;

/** The words of a command for a POSIX shell, with bash's `$'…'`. */
export function bashWords(command: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let at = 0;
  while (at < command.length) {
    const char = command[at];
    if (BLANK.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      at++;
    } else if (char === "\\") {
      if (command[at + 1] === "\r" && command[at + 2] === "\n") at += 3;
      else if (command[at + 1] === "\n") at += 2;
      else {
        word = (word ?? "") + (command[at + 1] ?? "\\");
        at += 2;
      }
    } else {
      const [text, end] = char === "'"
        ? single(command, at)
        : char === '"'
        ? double(command, at)
        : char === "$" && command[at + 1] === "'"
        ? ansi(command, at)
        : [char, at + 1];
      word = (word ?? "") + text;
      at = end;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

function unended(quote: string): Error {
  return usageError(
    `the command has a ${quote} that does not end`,
    "was all of it copied? In a shell, paste it without quotes around it",
  );
}

function single(command: string, at: number): [string, number] {
  const end = command.indexOf("'", at + 1);
  if (end < 0) throw unended("'");
  return [command.slice(at + 1, end), end + 1];
}

function double(command: string, at: number): [string, number] {
  let text = "";
  for (let i = at + 1; i < command.length; i++) {
    if (command[i] === '"') return [text, i + 1];
    if (command[i] === "\\" && '"\\$`\n'.includes(command[i + 1] ?? " ")) {
      i++;
      if (command[i] !== "\n") text += command[i];
    } else {
      text += command[i];
    }
  }
  throw unended('"');
}

const ESCAPES: Record<string, string> = {
  n: "\n",
  r: "\r",
  t: "\t",
  a: "\x07",
  b: "\b",
  e: "\x1b",
  E: "\x1b",
  f: "\f",
  v: "\v",
};

/** `$'…'`: `\'`, `\n`, `\x41`, `\u0041`, `\101`. */
function ansi(command: string, at: number): [string, number] {
  let text = "";
  for (let i = at + 2; i < command.length; i++) {
    if (command[i] === "'") return [text, i + 1];
    if (command[i] !== "\\") {
      text += command[i];
      continue;
    }
    const rest = command.slice(i + 1, i + 10);
    const code = /^(?:x([\da-f]{1,2})|u([\da-f]{1,4})|U([\da-f]{1,8}))/i.exec(rest);
    const octal = /^[0-7]{1,3}/.exec(rest);
    if (code !== null) {
      text += String.fromCodePoint(parseInt(code[1] ?? code[2] ?? code[3], 16));
      i += code[0].length;
    } else if (octal !== null) {
      text += String.fromCharCode(parseInt(octal[0], 8));
      i += octal[0].length;
    } else {
      text += ESCAPES[rest[0]] ?? rest[0] ?? "";
      i++;
    }
  }
  throw unended("$'");
}

/** The words of a command for Windows' cmd: carets first, then the quotes of its programs. */
export function cmdWords(command: string): string[] {
  const uncareted = command.replace(/\^(\r?\n|[^])/g, (_, next) => /\n$/.test(next) ? "" : next);
  const words: string[] = [];
  let word: string | undefined;
  let quoted = false;
  for (let at = 0; at < uncareted.length; at++) {
    const char = uncareted[at];
    const slashes = /^\\+(?=")/.exec(uncareted.slice(at))?.[0].length ?? 0;
    if (slashes > 0) {
      word = (word ?? "") + "\\".repeat(slashes >> 1);
      if (slashes % 2 === 1) word += '"';
      at += slashes % 2 === 1 ? slashes : slashes - 1;
    } else if (char === '"') {
      word ??= "";
      if (quoted && uncareted[at + 1] === '"') {
        word += '"';
        at++;
      } else {
        quoted = !quoted;
      }
    } else if (!quoted && BLANK.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + char;
    }
  }
  if (quoted) throw unended('"');
  if (word !== undefined) words.push(word);
  return words;
}

const BACKTICKS: Record<string, string> = {
  "0": "\0",
  a: "\x07",
  b: "\b",
  e: "\x1b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** The words of a command for PowerShell: a backtick escapes, a quote within its like is doubled. */
export function powerShellWords(command: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < command.length; at++) {
    const char = command[at];
    if (char === "`" && quote !== "'") {
      const next = /^`(\r?\n|[^])/.exec(command.slice(at))?.[1] ?? "";
      at += next.length;
      if (!next.endsWith("\n")) word = (word ?? "") + (BACKTICKS[next] ?? next);
    } else if (char === quote) {
      if (command[at + 1] === quote) word = (word ?? "") + command[++at];
      else quote = undefined;
    } else if (quote === undefined && (char === "'" || char === '"')) {
      quote = char;
      word ??= "";
    } else if (quote === undefined && BLANK.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + char;
    }
  }
  if (quote !== undefined) throw unended(quote);
  if (word !== undefined) words.push(word);
  return words;
}

/** A word as it is written for a POSIX shell: in single quotes unless it needs none. */
export function quoteWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
