/**
 * `wirecat hash-password NAME`: a line for the file of `--require-basic-auth`.
 *
 * @module
 */
import { usageError } from "../core/errors.ts";
import { onSignals } from "../cli/signals.ts";
import { askPassword } from "../terminal/ask_password.ts";
import { hashPassword } from "./password_hash.ts";

/** The longest password that is read from standard input, in bytes. */
const LONGEST = 4096;

/**
 * Asks for the password twice on the terminal; where standard input is something else, its first
 * line is the password. Prints `NAME:HASH`. Throws a usage error.
 */
export async function runHashPassword(words: readonly string[]): Promise<number> {
  const [name] = words;
  if (words.length !== 1 || name === "" || name.startsWith("-")) {
    throw usageError("write wirecat hash-password NAME", "the password is asked for");
  }
  // deno-lint-ignore no-control-regex -- these are the ones that are refused
  if (/[:\x00-\x1f\x7f]/.test(name) || name.startsWith("#")) {
    throw usageError(`'${name}' cannot be a name: it has a colon or begins with #`);
  }
  const password = Deno.stdin.isTerminal() ? await askedTwice(name) : await firstLine();
  if (typeof password === "number") return password;
  if (password === "") throw usageError("the password is empty");
  console.log(`${name}:${await hashPassword(password)}`);
  return 0;
}

/** The password; or the exit status, where a signal has come while it was asked for. */
async function askedTwice(name: string): Promise<string | number> {
  const signals = new AbortController();
  const { signal } = signals;
  let signalled: number | undefined;
  onSignals((status) => {
    signalled = status;
    signals.abort(new Error("interrupted"));
  });
  try {
    const password = await askPassword(`New password of ${name}: `, { signal });
    if (await askPassword("The same again: ", { signal }) !== password) {
      throw usageError("these are two different passwords", "try again");
    }
    return password;
  } catch (error) {
    if (signalled !== undefined) return signalled;
    throw error;
  }
}

async function firstLine(): Promise<string> {
  const bytes = new Uint8Array(LONGEST + 1);
  let length = 0;
  while (length < bytes.length && !bytes.subarray(0, length).includes(10)) {
    const count = await Deno.stdin.read(bytes.subarray(length));
    if (count === null) break;
    length += count;
  }
  const end = bytes.subarray(0, length).indexOf(10);
  const line = bytes.subarray(0, end < 0 ? length : end);
  if (line.length > LONGEST) throw usageError(`the password is longer than ${LONGEST} bytes`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(line).replace(/\r$/, "");
  } catch {
    throw usageError("the password is not UTF-8");
  }
}
