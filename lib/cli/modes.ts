/**
 * The ways to call the program, by how many addresses it is given.
 *
 * @module
 */
import { usageError } from "../core/errors.ts";
import type { OptionValues } from "../core/option.ts";
import type { Registry } from "../core/registry.ts";
import { namesSpecifier } from "../core/specifier.ts";
import { nearestName } from "./nearest.ts";
import { serverMode } from "./options.ts";

/** Which way: one WebSocket address, one port to serve, or two specifiers. */
export type Mode = "client" | "server" | "pair";

/** Words that may stand first in the place of an address; `commands.ts` has what they do. */
export const COMMANDS: readonly string[] = [
  "probe",
  "curl",
  "config",
  "hash-password",
  "run",
  "help",
  "man",
  "completions",
];

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
 * or looks like a URL, with `-s` a port, and `@NAME` where nothing else is an address.
 */
export function addressTest(
  words: readonly string[],
  registry: Registry,
): (word: string) => boolean {
  const serves = words.some((word) => word === "--server-mode" || /^-[^-]*s/.test(word));
  const plain = (word: string) =>
    namesSpecifier(word, registry) || /^\w+:\/\//.test(word) ||
    (serves && /^(.*:)?\d+$/.test(word));
  // Beside another address, `@name` may just as well be the second value of an option.
  const alone = !words.some(plain);
  return (word) => plain(word) || (alone && word.startsWith("@"));
}

/** What the positional words of a command line ask for. Throws a usage error. */
export function addressesOf(words: readonly string[], options: OptionValues): Addresses {
  if (words.length === 0 && options.get(serverMode)) {
    throw usageError("-s needs a port", SERVE_HINT);
  }
  if (words.length === 0) {
    throw usageError(
      "nothing to connect",
      "wirecat ws://HOST:PORT/ connects, wirecat -s PORT serves; --help tells the rest",
    );
  }
  if (COMMANDS.includes(words[0])) {
    throw usageError(
      `${words[0]} is a command, and has to be the first word`,
      `write wirecat ${words[0]} and then the options`,
    );
  }
  refuseMistyped(words);
  if (words.length > 2) {
    throw usageError(
      `two specifiers can be connected, not ${words.length}: ${words.join(" ")}`,
      "is something to be put in quotes?",
    );
  }
  if (options.get(serverMode)) {
    if (words.length === 2) {
      throw usageError("-s takes one argument: PORT or ADDRESS:PORT", SERVE_HINT);
    }
    if (!/^(.*:)?\d+$/.test(words[0])) {
      throw usageError(`-s takes PORT or ADDRESS:PORT, not ${words[0]}`, SERVE_HINT);
    }
    if (Number(/\d+$/.exec(words[0])![0]) > 65535) {
      throw usageError(`-s takes a port up to 65535, not ${words[0]}`, SERVE_HINT);
    }
    // A certificate says that TLS is to be spoken; its options are the TLS family's.
    const secure = ["pkcs12-der", "tls-cert", "cert", "self-signed"].some((long) =>
      options.given({ long })
    );
    const scheme = secure ? "wss-l" : "ws-l";
    return { mode: "server", left: `${scheme}:${words[0]}`, right: "-" };
  }
  if (words.length === 2) return { mode: "pair", left: words[0], right: words[1] };
  if (/^wss?:\/\//i.test(words[0])) {
    return { mode: "client", left: "-", right: words[0].replace(/^wss?/i, (s) => s.toLowerCase()) };
  }
  if (/^\d+$/.test(words[0])) {
    throw usageError(
      `one number is no address`,
      `-s ${words[0]} serves there, ws://127.0.0.1:${words[0]}/ connects to who does`,
    );
  }
  if (words[0] === "-") {
    throw usageError("- is one side only", "as in wirecat - ws://HOST:PORT/");
  }
  if (/^[\w-]+$/.test(words[0])) {
    throw usageError(
      `${words[0]} is no address`,
      `did you mean ws://${words[0]}, or the specifier ${words[0]}: with another one?`,
    );
  }
  throw usageError(`one specifier is not enough: ${words[0]}`, hintFor(words[0]));
}

/** What other programs have as their first word, and what does the same here. */
const OTHER_WORDS: Readonly<Record<string, string>> = {
  serve: "-s PORT serves: wirecat -s 8080",
  server: "-s PORT serves: wirecat -s 8080",
  listen: "-s PORT serves: wirecat -s 8080",
  client: "the address needs no word before it: wirecat ws://HOST:PORT/",
  connect: "the address needs no word before it: wirecat ws://HOST:PORT/",
  version: "write wirecat --version",
};

/** Throws for what is nearly a command, or one of another program, or a host beside its port. */
function refuseMistyped(words: readonly string[]): void {
  const [first, second] = words;
  if (words.length === 2 && HOST.test(first) && /^\d+$/.test(second)) {
    throw usageError(
      `${first} ${second} are two words, and so two specifiers`,
      `write ws://${first}:${second}/ for a WebSocket, - tcp:${first}:${second} for TCP`,
    );
  }
  if (!/^[a-z][a-z-]+$/.test(first)) return;
  const other = Object.hasOwn(OTHER_WORDS, first) ? OTHER_WORDS[first] : undefined;
  const near = nearestName(first, [...COMMANDS, "websockify"]);
  const hint = other ?? (near === undefined ? undefined : `did you mean wirecat ${near}?`);
  if (hint !== undefined) throw usageError(`${first} is neither a command nor an address`, hint);
}

/** `localhost`, an address in brackets, or a name with dots; perhaps a port and a path. */
const HOST = /^(localhost|\[[\da-f:.]+\]|[\w-]+(\.[\w-]+)+)(:\d+)?(\/.*)?$/i;

const SERVE_HINT = "as in -s 8080, or -s 0.0.0.0:8080 for all addresses of this machine";

/** The name of a listener, perhaps below overlays: many clients are served on the left side only. */
const LISTENER = /(^|[:-])(l|listen)(-[a-z]+)*:/;

/** A WebSocket's address whose colon or slashes are not as they should be. */
const SLIP = /^(wss?)(?::\/?|;\/\/|\/\/)(?=[^/:;])(.+)$/i;

function hintFor(word: string): string {
  const slip = SLIP.exec(word);
  if (slip !== null) return `did you mean ${slip[1].toLowerCase()}://${slip[2]}?`;
  if (word === "@") return "the name of a profile comes behind the @: wirecat @NAME";
  if (/^[.~]?\//.test(word)) {
    return `as in ws://HOST:PORT${word.replace(/^[.~]/, "")}, or readfile:${word} for a file`;
  }
  if (/^https?:\/\//i.test(word)) return `did you mean ${word.replace(/^http/i, "ws")}?`;
  if (/^wss?:/i.test(word)) return "write ws://HOST:PORT/PATH, or wss:// for TLS";
  if (/^\w+:\/\//.test(word)) {
    return `a WebSocket's address begins with ws:// or wss://: ${word.replace(/^\w+/, "wss")}`;
  }
  if (HOST.test(word)) return `did you mean ws://${word}?`;
  return `connect it to the terminal with: ${LISTENER.test(word) ? `${word} -` : `- ${word}`}`;
}
