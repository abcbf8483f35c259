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

const REQUEST_HINT = "a WebSocket is asked for with a GET request without a body: was the " +
  "right line copied? Browsers list WebSockets under WS";

/**
 * Turns the words behind `wirecat curl` into those of a run: `curl` itself may come first, or
 * one word may be the whole command. Options that only we have are handed on. `table`
 * has the options that there are. Throws a usage error for what would be another request.
 */
export function convertCurl(words: readonly string[], table: readonly AnyOption[]): Converted {
  const alone = words.length === 1 && /[\s^]/.test(words[0].trim());
  const all = alone ? splitCommand(words[0]) : words.flatMap((word) => {
    return /^\s*(\$\s+)?curl(\.exe)?[\s^]/i.test(word) ? splitCommand(word) : [word];
  });
  return new Conversion(withoutName(all), table).convert();
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
        `the curl command has ${this.#urls.length} addresses: ${this.#urls.join(" ")}`,
        "give one of them; is something to be put in quotes?",
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
        REQUEST_HINT,
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
    const [, file, password] = /^((?:[a-z]:(?=[\\/]))?(?:\\.|[^:\\])*)(?::(.*))?$/is
      .exec(this.#certificate) ?? [, this.#certificate];
    const archive = this.#certificateType === "P12" || /\.(p12|pfx)$/i.test(file);
    const option = archive ? "client-pkcs12-der" : "client-cert";
    this.#options.push(`--${option}=${file.replace(/\\([:\\])/g, "$1")}`);
    if (password !== undefined) this.#options.push(`--client-pkcs12-passwd=${password}`);
  }
}

const byLong = new Map(curlOptions.map((option) => [option.long, option]));
const byShort = new Map(
  curlOptions.flatMap((option) => option.short === undefined ? [] : [[option.short, option]]),
);

/** `https://` is `wss://` here, `http://` and no scheme are `ws://`. */
function webSocketAddress(address: string): URL {
  const withScheme = /^[a-z][a-z\d+.-]*:\/\//i.test(address) ? address : `ws://${address}`;
  const url = URL.parse(withScheme.replace(/^http/i, "ws"));
  if (url === null || !/^wss?:$/.test(url.protocol)) {
    throw usageError(
      `${address} is not the address of a WebSocket`,
      "it has to begin with ws://, wss://, http:// or https://",
    );
  }
  return url;
}
