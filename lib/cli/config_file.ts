/**
 * The file of defaults and profiles: `{"defaults": {…}, "profiles": {"name": {…}}}`.
 * docs/configuration.md describes it, `config_schema.ts` in a form for editors.
 *
 * @module
 */
import { usageError, WirecatError } from "../core/errors.ts";
import type { Option } from "../core/option.ts";
import type { ConfigText } from "./config.ts";
import { linesOf, pointerStep } from "./json_lines.ts";
import { nearestName } from "./nearest.ts";
import { conflictsWithAny, type Fallback, withWeaker } from "./parse.ts";

// deno-lint-ignore no-explicit-any -- a table of options of all types
type AnyOption = Option<any>;

/** What a file or a profile says of options, by long name. */
type Settings = Map<string, readonly string[] | false>;

/** A profile, together with those that it extends. */
export interface Profile {
  /** What stands in the place of `@NAME`: no, one or two addresses. */
  readonly addresses: readonly string[];
  /** Its options. */
  readonly settings: Fallback;
}

/** A command line's addresses and what stands in for its options. */
export interface Configured {
  /** The addresses, profiles replaced by theirs. */
  readonly positional: readonly string[];
  /** What stands in for options, the strongest first. */
  readonly fallbacks: readonly Fallback[];
}

/** A file that was understood. */
export interface Config {
  /** What stands in for options in every run. */
  readonly defaults: Fallback;
  /** The profiles by name. */
  readonly profiles: ReadonlyMap<string, Profile>;
  /** What it makes of a command line's addresses. Throws a usage error. */
  apply(positional: readonly string[]): Configured;
}

/** The options that a file cannot set: those that print something and end. */
export function isSettable(row: AnyOption): boolean {
  return (row.group !== "mode" || row.long === "server-mode") && !row.rest;
}

/** Reads a file. Throws a usage error that names the file, the line and the key. */
export function understandConfig(file: ConfigText, table: readonly AnyOption[]): Config {
  const text = file.text.replace(/^\ufeff/, ""); // A byte order mark, as editors on Windows write it.
  return new Reader({ ...file, text }, table).read();
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const PROFILE_KEYS = ["url", "addresses", "options", "headers", "extends", "description"];

class Reader {
  readonly #file: ConfigText;
  readonly #rows: ReadonlyMap<string, AnyOption>;

  constructor(file: ConfigText, table: readonly AnyOption[]) {
    this.#file = file;
    this.#rows = new Map(table.map((row) => [row.long, row]));
  }

  read(): Config {
    const whole = this.#object(this.#parse(), "");
    this.#keys(whole, "", ["$schema", "defaults", "profiles"]);
    const defaults = this.#settings(whole.defaults ?? {}, "/defaults");
    const given = this.#object(whole.profiles ?? {}, "/profiles");
    const profiles = new Map<string, Profile>();
    for (const name of Object.keys(given)) this.#profile(name, given, profiles, []);
    return {
      defaults,
      profiles,
      apply: (positional) => this.#apply(positional, defaults, profiles),
    };
  }

  #parse(): Json {
    try {
      return JSON.parse(this.#file.text);
    } catch (error) {
      const said = (error as Error).message;
      const line = /line (\d+)/.exec(said)?.[1] ?? this.#lineOfOffset(said);
      // Not more of what the parser says: it quotes the file, which may hold secrets.
      throw usageError(
        `${this.#file.path}${line === undefined ? "" : `:${line}`}: this is not JSON`,
        "a comma too many, a missing quote, or a comment?",
      );
    }
  }

  #lineOfOffset(said: string): number | undefined {
    const offset = /position (\d+)/.exec(said)?.[1];
    if (offset === undefined) return undefined;
    return this.#file.text.slice(0, Number(offset)).split("\n").length;
  }

  #wrong(pointer: string, what: string, hint?: string): WirecatError {
    const line = linesOf(this.#file.text).get(pointer);
    const place = line === undefined ? "" : `:${line}`;
    const key = pointer === "" ? "" : ` ${pointer}:`;
    return usageError(`${this.#file.path}${place}:${key} ${what}`, hint);
  }

  #object(value: Json, pointer: string): Record<string, Json> {
    if (value !== null && typeof value === "object" && !Array.isArray(value)) return value;
    throw this.#wrong(pointer, `this has to be an object, not ${kindOf(value)}`);
  }

  #keys(object: Record<string, Json>, pointer: string, known: readonly string[]): void {
    for (const key of Object.keys(object)) {
      if (known.includes(key)) continue;
      const nearest = nearestName(key, known);
      throw this.#wrong(
        pointer + pointerStep(key),
        `there is no key '${key}' here`,
        nearest === undefined ? `there may be ${known.join(", ")}` : `did you mean ${nearest}?`,
      );
    }
  }

  #settings(value: Json, pointer: string): Settings {
    const settings: Settings = new Map();
    for (const [key, setting] of Object.entries(this.#object(value, pointer))) {
      const at = pointer + pointerStep(key);
      const row = this.#rows.get(key);
      if (row === undefined) throw this.#unknownOption(key, at);
      if (!isSettable(row)) {
        throw this.#wrong(at, `--${key} can be given on the command line only`);
      }
      const words = this.#words(row, setting, at);
      if (words !== false) this.#check(row, words, at);
      settings.set(key, words);
    }
    this.#refuseConflicts(settings, pointer);
    return settings;
  }

  #refuseConflicts(settings: Settings, pointer: string): void {
    for (const name of settings.keys()) {
      const other = this.#rows.get(name)!.conflicts?.find((other) => settings.get(other));
      if (!settings.get(name) || other === undefined) continue;
      throw this.#wrong(
        pointer + pointerStep(name),
        `--${name} and --${other} cannot be given together`,
        "leave one out",
      );
    }
  }

  #unknownOption(key: string, pointer: string): WirecatError {
    const alias = [...this.#rows.values()].find((row) =>
      row.short === key || row.aliases?.includes(key)
    );
    const bare = key.replace(/^--?/, "");
    const nearest = alias?.long ?? (this.#rows.has(bare) ? bare : undefined) ??
      nearestName(bare, this.#rows.keys());
    return this.#wrong(
      pointer,
      `there is no option --${bare}`,
      nearest === undefined ? "see --help=long for the list" : `did you mean "${nearest}"?`,
    );
  }

  /** The words that would stand on a command line. */
  #words(row: AnyOption, value: Json, pointer: string): readonly string[] | false {
    const wrong = (wanted: string) =>
      this.#wrong(pointer, `this has to be ${wanted}, not ${kindOf(value)}`);
    if (value === false) return false;
    if (row.value === undefined && row.many) {
      if (value === true) return [""];
      if (typeof value !== "number" || !Number.isInteger(value) || value < 0) {
        throw wrong("how often it is given, a whole number");
      }
      return value === 0 ? false : Array(value).fill("");
    }
    if (row.value === undefined) {
      if (value === true) return [""];
      throw wrong("true or false");
    }
    if (value === true && row.valueOptional) return [""];
    if (typeof value === "string" || typeof value === "number") return [String(value)];
    if (!row.many) throw wrong("a string or a number");
    if (!Array.isArray(value)) throw wrong("a string or a list of strings");
    return value.map((item, index) => {
      if (typeof item === "string" || typeof item === "number") return String(item);
      throw this.#wrong(`${pointer}/${index}`, `this has to be a string, not ${kindOf(item)}`);
    });
  }

  /** Has the option itself judge its words. */
  #check(row: AnyOption, words: readonly string[], pointer: string): void {
    try {
      row.parse(words);
    } catch (error) {
      if (!(error instanceof WirecatError)) throw error;
      if (row.secret) throw this.#wrong(pointer, "this is no value for it");
      throw this.#wrong(pointer, error.message.replace(`--${row.long}: `, ""), error.hint);
    }
  }

  #profile(
    name: string,
    given: Record<string, Json>,
    profiles: Map<string, Profile>,
    within: readonly string[],
  ): Profile {
    const known = profiles.get(name);
    if (known !== undefined) return known;
    const pointer = "/profiles" + pointerStep(name);
    if (!/^[\w.-]+$/.test(name)) {
      throw this.#wrong(pointer, "a profile's name is letters, digits, '_', '-' and '.'");
    }
    const object = this.#object(given[name], pointer);
    this.#keys(object, pointer, PROFILE_KEYS);
    const settings = this.#settings(object.options ?? {}, `${pointer}/options`);
    this.#addHeaders(settings, object.headers ?? {}, `${pointer}/headers`);
    const base = this.#base(object.extends, given, profiles, [...within, name]);
    const profile = {
      addresses: this.#addresses(object, pointer) ?? base?.addresses ?? [],
      settings: base === undefined ? settings : this.#over(settings, base.settings),
    };
    profiles.set(name, profile);
    return profile;
  }

  #base(
    value: Json | undefined,
    given: Record<string, Json>,
    profiles: Map<string, Profile>,
    within: readonly string[],
  ): Profile | undefined {
    if (value === undefined) return undefined;
    const pointer = `/profiles${pointerStep(within.at(-1)!)}/extends`;
    if (typeof value !== "string") {
      throw this.#wrong(pointer, `this has to be a profile's name, not ${kindOf(value)}`);
    }
    if (!Object.hasOwn(given, value)) {
      const nearest = nearestName(value, Object.keys(given));
      const hint = nearest === undefined ? undefined : `did you mean '${nearest}'?`;
      throw this.#wrong(pointer, `there is no profile '${value}'`, hint);
    }
    if (within.includes(value)) {
      throw this.#wrong(
        pointer,
        `a profile cannot extend itself: ${[...within, value].join(" → ")}`,
      );
    }
    return this.#profile(value, given, profiles, within);
  }

  #addresses(object: Record<string, Json>, pointer: string): readonly string[] | undefined {
    const { url, addresses } = object;
    if (url !== undefined && addresses !== undefined) {
      throw this.#wrong(`${pointer}/addresses`, "a profile has url or addresses, not both");
    }
    if (url !== undefined) {
      if (typeof url === "string") return [url];
      throw this.#wrong(`${pointer}/url`, `this has to be a string, not ${kindOf(url)}`);
    }
    if (addresses === undefined) return undefined;
    const list = Array.isArray(addresses) ? addresses : [addresses];
    if (list.length < 1 || list.length > 2 || list.some((item) => typeof item !== "string")) {
      throw this.#wrong(`${pointer}/addresses`, "this has to be a list of one or two strings");
    }
    return list as string[];
  }

  #addHeaders(settings: Settings, value: Json, pointer: string): void {
    const fields: string[] = [];
    for (const [name, given] of Object.entries(this.#object(value, pointer))) {
      const at = pointer + pointerStep(name);
      if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) {
        throw this.#wrong(at, `'${name}' is not the name of a header field`);
      }
      for (const text of Array.isArray(given) ? given : [given]) {
        if (typeof text !== "string" && typeof text !== "number") {
          throw this.#wrong(at, `this has to be a string, not ${kindOf(text)}`);
        }
        fields.push(`${name}: ${text}`);
      }
    }
    if (fields.length > 0) settings.set("header", [...settings.get("header") || [], ...fields]);
  }

  /**
   * The settings, and those of a weaker one that they do not have and that do not conflict with
   * them. Header fields add up.
   */
  #over(settings: Settings, base: Fallback): Settings {
    const given = new Set([...settings].flatMap(([name, words]) => words ? [name] : []));
    const all: Settings = new Map(base);
    for (const name of base.keys()) {
      if (conflictsWithAny(this.#rows.get(name)!, given, this.#rows.values())) all.delete(name);
    }
    for (const [name, words] of settings) {
      const row = this.#rows.get(name);
      const below = base.get(name);
      all.set(name, row?.oneWord && words && below ? withWeaker(row, words, below) : words);
    }
    return all;
  }

  #apply(
    positional: readonly string[],
    defaults: Fallback,
    profiles: ReadonlyMap<string, Profile>,
  ): Configured {
    const names = positional.filter((word) => /^@[\w.-]+$/.test(word));
    if (names.length === 0) return { positional, fallbacks: [defaults] };
    if (names.length > 1) {
      throw usageError(
        `only one profile can be used at a time, not ${names.join(" and ")}`,
        `let one extend the other in ${this.#file.path}`,
      );
    }
    const profile = profiles.get(names[0].slice(1));
    if (profile === undefined) throw this.#noProfile(names[0].slice(1), profiles);
    if (profile.addresses.length === 0 && positional.length === 1) {
      throw usageError(
        `the profile ${names[0]} has no address, and none is given beside it`,
        `give it a "url" in ${this.#file.path}`,
      );
    }
    return {
      positional: positional.flatMap((word) => word === names[0] ? profile.addresses : [word]),
      fallbacks: [profile.settings, defaults],
    };
  }

  #noProfile(name: string, profiles: ReadonlyMap<string, Profile>): WirecatError {
    const known = [...profiles.keys()];
    const hint = known.length === 0
      ? "it has none"
      : `it has ${known.map((other) => `@${other}`).join(", ")}`;
    return usageError(`there is no profile @${name} in ${this.#file.path}`, hint);
  }
}

function kindOf(value: Json): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  return `a ${typeof value}`;
}
