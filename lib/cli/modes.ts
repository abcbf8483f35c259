/**
 * The ways to call the program, by how many addresses it is given.
 *
 * @module
 */
import { usageError } from "../core/errors.ts";
import type { OptionValues } from "../core/option.ts";
import type { Registry } from "../core/registry.ts";
import { namesSpecifier } from "../core/specifier.ts";
import { serverMode } from "./options.ts";

/** Which way: one WebSocket address, one port to serve, or two specifiers. */
export type Mode = "client" | "server" | "pair";

/** The two specifiers of a run. */
export interface Addresses {
  /** How the program was called. */
  readonly mode: Mode;
  /** The first specifier. */
  readonly left: string;
  /** The second specifier. */
  readonly right: string;
}

/**
 * Tells the addresses of a command line from values: what begins with the name of a specifier
 * or looks like a URL, and with `-s` a port.
 */
export function addressTest(
  words: readonly string[],
  registry: Registry,
): (word: string) => boolean {
  const serves = words.some((word) => word === "--server-mode" || /^-[^-]*s/.test(word));
  return (word) =>
    namesSpecifier(word, registry) || /^\w+:\/\//.test(word) ||
    (serves && /^(.*:)?\d+$/.test(word));
}

/** What the positional words of a command line ask for. Throws a usage error. */
export function addressesOf(words: readonly string[], options: OptionValues): Addresses {
  if (words.length === 0) {
    throw usageError(
      "nothing to connect",
      "give a ws:// address, -s PORT, or two specifiers; see --help",
    );
  }
  if (words.length > 2) {
    throw usageError(
      `two specifiers can be connected, not ${words.length}: ${words.join(" ")}`,
      "is something to be put in quotes?",
    );
  }
  if (options.get(serverMode)) {
    if (words.length === 2) throw usageError("-s takes one argument: PORT or ADDRESS:PORT");
    if (!/^(.*:)?\d+$/.test(words[0])) {
      throw usageError(`-s takes PORT or ADDRESS:PORT, not ${words[0]}`);
    }
    // A certificate says that TLS is to be spoken; its options are the TLS family's.
    const secure = [{ long: "pkcs12-der" }, { long: "tls-cert" }].some((row) => options.given(row));
    const scheme = secure ? "wss-l" : "ws-l";
    return { mode: "server", left: `${scheme}:${words[0]}`, right: "-" };
  }
  if (words.length === 2) return { mode: "pair", left: words[0], right: words[1] };
  if (/^wss?:\/\//i.test(words[0])) {
    return { mode: "client", left: "-", right: words[0].replace(/^wss?/i, (s) => s.toLowerCase()) };
  }
  if (/^\d+$/.test(words[0])) {
    throw usageError(`one number is no address`, `did you mean -s ${words[0]}, to serve there?`);
  }
  throw usageError(`one specifier is not enough: ${words[0]}`, hintFor(words[0]));
}

/** `localhost`, an address in brackets, or a name with dots; perhaps a port and a path. */
const HOST = /^(localhost|\[[\da-f:.]+\]|[\w-]+(\.[\w-]+)+)(:\d+)?(\/.*)?$/i;

function hintFor(word: string): string {
  if (/^https?:\/\//i.test(word)) return `did you mean ${word.replace(/^http/i, "ws")}?`;
  if (/^wss?:/i.test(word)) return "write ws://HOST:PORT/PATH, or wss:// for TLS";
  if (/^\w+:\/\//.test(word)) {
    return `a WebSocket's address begins with ws:// or wss://: ${word.replace(/^\w+/, "wss")}`;
  }
  if (HOST.test(word)) return `did you mean ws://${word}?`;
  return `connect it to the terminal with: - ${word}`;
}
