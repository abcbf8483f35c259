/**
 * `.netrc`: logins by host, as ftp(1) has brought them and curl reads them.
 *
 * @module
 */
import { usageError } from "../core/errors.ts";

/** One entry of a netrc file. */
export interface NetrcEntry {
  /** The host; absent for `default`. */
  readonly machine?: string;
  /** The name to log in with. */
  readonly login?: string;
  /** The password. */
  readonly password?: string;
}

interface Token {
  readonly text: string;
  readonly line: number;
  readonly quoted: boolean;
}

const ESCAPES: Record<string, string> = { n: "\n", r: "\r", t: "\t" };

/** Words apart by white space; `"…"` may have spaces, and escapes of a backslash. */
function* tokens(text: string, fail: (line: number, what: string) => Error): Generator<Token> {
  let macro = false;
  for (const [index, raw] of text.replace(/^\ufeff/, "").split(/\r?\n/).entries()) {
    const line = index + 1;
    // A macro ends with an empty line.
    if (macro) {
      macro = raw !== "";
      continue;
    }
    if (/^\s*#/.test(raw)) continue;
    for (let at = 0; at < raw.length;) {
      if (/\s/.test(raw[at])) {
        at++;
        continue;
      }
      const quoted = raw[at] === '"';
      const [whole, inside] = (quoted ? /^"((?:[^"\\]|\\.)*)"/ : /^(\S+)/).exec(raw.slice(at)) ??
        [];
      if (whole === undefined) throw fail(line, "the quotation mark is not closed");
      at += whole.length;
      if (!quoted && whole === "macdef") {
        macro = true;
        break;
      }
      const word = quoted ? inside.replace(/\\(.)/g, (_, c) => ESCAPES[c] ?? c) : whole;
      yield { text: word, line, quoted };
    }
  }
}

/**
 * Reads a netrc file: `machine`, `default`, `login`, `password`, `account` and `macdef`; other
 * words are passed over. Throws a usage error with the number of the line, without its text.
 */
export function parseNetrc(text: string, path: string): NetrcEntry[] {
  const fail = (line: number, what: string) =>
    usageError(`--netrc: ${path}, line ${line}: ${what}`);
  const entries: { -readonly [K in keyof NetrcEntry]: NetrcEntry[K] }[] = [];
  const words = tokens(text, fail);
  for (const { text: word, line, quoted } of words) {
    if (quoted || !["machine", "default", "login", "password", "account"].includes(word)) continue;
    if (word === "default") {
      entries.push({});
      continue;
    }
    const { value, done } = words.next();
    if (done) throw fail(line, `nothing comes after ${word}`);
    if (word === "account") continue;
    if (word === "machine") entries.push({ machine: value.text.toLowerCase() });
    else if (entries.length === 0) throw fail(line, `${word} comes before any machine`);
    else entries.at(-1)![word as "login" | "password"] = value.text;
  }
  return entries;
}

/** The first entry for a host, or for any; with `login` only one that has this name. */
export function findNetrc(
  entries: readonly NetrcEntry[],
  host: string,
  login?: string,
): NetrcEntry | undefined {
  const wanted = host.toLowerCase();
  return entries.find((entry) =>
    (entry.machine === undefined || entry.machine === wanted) &&
    (login === undefined || entry.login === undefined || entry.login === login)
  );
}
