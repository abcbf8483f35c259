/**
 * A curl command, such as a browser's "Copy as cURL", as a command line of ours.
 *
 * @module
 */
import { usageError } from "../core/errors.ts";
import type { Option } from "../core/option.ts";
import { type CurlOption, curlOptions } from "./options.ts";
import { commandWords } from "./shell_words.ts";

// deno-lint-ignore no-explicit-any -- a table of options of all types
type AnyOption = Option<any>;

/** What a curl command was understood as. */
export interface Converted {
  /** The words of a command line of ours: options, then the address. */
  readonly words: readonly string[];
  /** Options that have no meaning here, as they were written. */
  readonly ignored: readonly string[];
}

/** Header fields that are the handshake's own. */
const OWN_FIELDS: ReadonlySet<string> = new Set([
  "connection",
  "upgrade",
  "sec-websocket-key",
  "sec-websocket-version",
  "sec-websocket-extensions",
  "content-length",
]);

/** What does nearly the same here as some options that are refused. */
const INSTEAD: Readonly<Record<string, string>> = {
  config: "write out what is in that file; WIRECAT_CONFIG names a file of wirecat's own",
  "unix-socket": "write wirecat --ws-c-uri ws://HOST/PATH - ws-c:unix:PATH",
  "abstract-unix-socket": "write wirecat --ws-c-uri ws://HOST/PATH - ws-c:abstract:NAME",
  pinnedpubkey:
    "--pin takes the fingerprint of the certificate; without it one is trusted by its issuer",
  interface: "leave it out: the system chooses the interface by the address",
  "doh-url": "leave it out, or say the address: --resolve HOST:PORT:ADDRESS",
  digest: "wirecat knows --user (Basic), --oauth2-bearer and cookies",
  ntlm: "wirecat knows --user (Basic), --oauth2-bearer and cookies",
  negotiate: "wirecat knows --user (Basic), --oauth2-bearer and cookies",
};

/** What a shell leaves that knows neither the quotes nor the ends of lines of another one's. */
const LEFT_OVER = /^([\\^`]$|['^])|['^]$/;

const OTHER_SHELL = "it was copied for another shell than this one: choose the other Copy as " +
  "cURL, or keep all on one line with the quotes that this shell knows";

/** A word in an error. */
function shown(word: string): string {
  return word.length > 80 ? `${word.slice(0, 80)}…` : word === "" ? '""' : word;
}

const REQUEST_HINT = "a WebSocket is asked for with a GET request without a body: was the " +
  "right line copied? Browsers list WebSockets under WS";

/**
 * Turns the words behind `wirecat curl` into those of a run: `curl` itself may come first, or
 * one word may be the whole command. Options that only we have are handed on. `table`
 * has the options that there are. Throws a usage error for what would be another request.
 */
export function convertCurl(words: readonly string[], table: readonly AnyOption[]): Converted {
  refuseOthers(words[0] ?? "");
  const alone = words.length === 1 && /[\s^]/.test(words[0].trim());
  const all = alone ? splitCommand(words[0]) : words.flatMap((word) => {
    return /^\s*(\$\s+)?curl(\.exe)?[\s^]/i.test(word) ? splitCommand(word) : [word];
  });
  return new Conversion(withoutName(all), table).convert();
}

/** What browsers copy beside cURL. */
const OTHERS: readonly (readonly [RegExp, string])[] = [
  [/^\s*(\$session\b|Invoke-WebRequest\b|Invoke-RestMethod\b)/i, "a command of PowerShell's own"],
  [/^\s*(await )?fetch\(/, "JavaScript"],
];

function refuseOthers(first: string): void {
  const what = OTHERS.find(([pattern]) => pattern.test(first))?.[1];
  if (what === undefined) return;
  throw usageError(`this is no curl command but ${what}`, "in the browser choose Copy as cURL");
}

function splitCommand(command: string): string[] {
  return withoutName(commandWords(command));
}

function withoutName(words: string[]): string[] {
  const rest = words[0] === "$" ? words.slice(1) : words;
  return /^curl(\.exe)?$/i.test(rest[0] ?? "") ? rest.slice(1) : rest;
}

class Conversion {
  readonly #words: readonly string[];
  readonly #ours: ReadonlyMap<string, AnyOption>;
  readonly #options: string[] = [];
  readonly #ignored: string[] = [];
  readonly #urls: string[] = [];
  readonly #fields: string[] = [];
  #certificate?: string;
  #certificateType = "PEM";
  #at = 0;

  constructor(words: readonly string[], table: readonly AnyOption[]) {
    this.#words = words;
    this.#ours = new Map(
      table.flatMap((row) => [row.long, ...row.aliases ?? []].map((name) => [name, row])),
    );
  }

  convert(): Converted {
    while (this.#at < this.#words.length) {
      const word = this.#words[this.#at++];
      if (word === "--") continue; // To curl what follows may still be an option.
      if (word.startsWith("--")) this.#long(word);
      else if (word.startsWith("-") && word.length > 1) this.#letters(word);
      else this.#urls.push(word);
    }
    if (this.#urls.length === 0) {
      throw usageError("the curl command has no address", "paste all of it: curl 'wss://…' -H …");
    }
    if (this.#urls.length > 1) {
      throw usageError(
        `the curl command has ${this.#urls.length} addresses: ${this.#urls.map(shown).join(" ")}`,
        this.#urls.some((word) => LEFT_OVER.test(word))
          ? OTHER_SHELL
          : "give one of them; is something to be put in quotes?",
      );
    }
    const url = webSocketAddress(this.#urls[0]);
    this.#addFields(url);
    this.#addCertificate();
    return { words: [...this.#options, url.href], ignored: this.#ignored };
  }

  #long(word: string): void {
    const name = word.slice(2);
    const option = byLong.get(name);
    if (option !== undefined) return this.#take(option, word);
    const positive = byLong.get(name.replace(/^no-/, ""));
    if (name.startsWith("no-") && positive?.value === false) return; // What happens anyway.
    const [ours, inline] = name.split(/=(.*)/s);
    const row = this.#ours.get(ours);
    if (row === undefined) {
      this.#ignored.push(word);
      return;
    }
    this.#options.push(word);
    if (row.value !== undefined && !row.valueOptional && inline === undefined) {
      this.#options.push(this.#value(word));
    }
  }

  #letters(word: string): void {
    for (let i = 1; i < word.length; i++) {
      const option = byShort.get(word[i]);
      if (option === undefined) {
        this.#ignored.push(`-${word[i]}`);
        continue;
      }
      const rest = word.slice(i + 1);
      if (option.value && rest !== "") return this.#take(option, `-${word[i]}`, rest);
      this.#take(option, `-${word[i]}`);
    }
  }

  #value(name: string): string {
    const value = this.#words[this.#at++];
    if (value === undefined) throw usageError(`curl's ${name} needs a value`);
    return value;
  }

  #take(option: CurlOption, written: string, inline?: string): void {
    const value = option.value ? inline ?? this.#value(written) : undefined;
    const { action } = option;
    if (action === "moot") return;
    if (action === "special") return this.#special(option.long, value!, written);
    if (action === "refused") {
      throw usageError(
        `curl's ${written} makes another request than a WebSocket's, or goes elsewhere`,
        INSTEAD[option.long] ?? REQUEST_HINT,
      );
    }
    if (action === "ignored" || !this.#ours.has(action.option)) {
      this.#ignored.push(written);
      return;
    }
    const row = this.#ours.get(action.option)!;
    const given = this.#options.some((word) =>
      word === `--${row.long}` || word.startsWith(`--${row.long}=`)
    );
    if (given && row.value === undefined && !row.many) return; // curl takes it twice.
    this.#options.push(value === undefined ? `--${row.long}` : `--${row.long}=${value}`);
  }

  #special(name: string, value: string, written: string): void {
    switch (name) {
      case "header":
        return this.#field(value, written);
      case "referer":
        return this.#field(`Referer: ${value.replace(/;auto$/, "")}`, written);
      case "url":
        this.#urls.push(value);
        return;
      case "request":
        if (value.toUpperCase() === "GET") return;
        throw usageError(`curl's -X ${value} is no request for a WebSocket`, REQUEST_HINT);
      case "cert":
        this.#certificate = value;
        return;
      case "proxy-cert": {
        const [file, password] = certificateOf(value);
        this.#options.push(`--proxy-cert=${file}`);
        if (password !== undefined) this.#options.push(`--proxy-pass=${password}`);
        return;
      }
      case "cert-type":
        this.#certificateType = value.toUpperCase();
        return;
      case "haproxy-protocol":
        this.#options.push("--send-proxy-protocol=v1");
        return;
      default:
        this.#proxy(name, value, written);
    }
  }

  #proxy(kind: string, address: string, written: string): void {
    const scheme = kind === "socks5-hostname" ? "socks5h" : kind;
    if (this.#ours.has("proxy")) this.#options.push(`--proxy=${scheme}://${address}`);
    else this.#ignored.push(written);
  }

  #field(field: string, written: string): void {
    if (field.startsWith("@")) {
      throw usageError(
        `curl's ${written} ${field} reads header fields from a file`,
        "write them out: -H 'NAME: VALUE'",
      );
    }
    const empty = /^([^:;]+);$/.exec(field); // curl's way to send a field without a value.
    if (empty !== null) this.#fields.push(`${empty[1]}:`);
    else if (/^[^:]+:\s*\S/.test(field)) this.#fields.push(field);
    // Else `Name:`, which takes a field of curl's own away, or no field at all.
  }

  #addFields(url: URL): void {
    for (const field of this.#fields) {
      const colon = field.indexOf(":");
      const name = field.slice(0, colon).trim().toLowerCase();
      const value = field.slice(colon + 1).trim();
      if (OWN_FIELDS.has(name) || (name === "host" && value === url.host)) continue;
      if (name === "sec-websocket-protocol") this.#options.push(`--protocol=${value}`);
      else this.#options.push(`--header=${field}`);
    }
  }

  #addCertificate(): void {
    if (this.#certificate === undefined) return;
    const [file, password] = certificateOf(this.#certificate);
    const archive = this.#certificateType === "P12" || /\.(p12|pfx)$/i.test(file);
    const option = archive ? "client-pkcs12-der" : "client-cert";
    this.#options.push(`--${option}=${file}`);
    if (password !== undefined) this.#options.push(`--client-pkcs12-passwd=${password}`);
  }
}

/** The parts of `FILE[:PASSWORD]`, where a backslash takes its meaning from a colon. */
function certificateOf(value: string): [file: string, password?: string] {
  const [, file, password] = /^((?:[a-z]:(?=[\\/]))?(?:\\.|[^:\\])*)(?::(.*))?$/is.exec(value) ??
    [, value];
  return [file.replace(/\\([:\\])/g, "$1"), password];
}

const byLong = new Map(curlOptions.map((option) => [option.long, option]));
const byShort = new Map(
  curlOptions.flatMap((option) => option.short === undefined ? [] : [[option.short, option]]),
);

/** `https://` is `wss://` here, `http://` and no scheme are `ws://`. */
function webSocketAddress(address: string): URL {
  const plain = /^[^\s"<>'^`][^\s"<>]*$/.test(address);
  const withScheme = /^[a-z][a-z\d+.-]*:\/\//i.test(address) ? address : `ws://${address}`;
  const url = !plain ? null : URL.parse(withScheme.replace(/^http/i, "ws"));
  if (url === null || !/^wss?:$/.test(url.protocol)) {
    throw usageError(
      `${shown(address)} is not the address of a WebSocket`,
      LEFT_OVER.test(address)
        ? OTHER_SHELL
        : "it has to begin with ws://, wss://, http:// or https://",
    );
  }
  return url;
}
