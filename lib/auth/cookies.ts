/**
 * The cookies of a run: what the options say, and the file that they are kept in.
 *
 * @module
 */
import { cookie, cookieJar } from "../cli/auth_options.ts";
import { reasonOf, usageError } from "../core/errors.ts";
import type { Env } from "../core/opener.ts";
import { CookieJar, readCookieFile } from "./cookie_jar.ts";
import { replaceFile } from "./replace_file.ts";

/** The cookies of a run. */
export class Cookies {
  readonly #env: Pick<Env, "log" | "track">;
  /** Pairs of `--cookie`, for the server that the user has named. */
  readonly #pairs: readonly string[];
  readonly #jar: CookieJar;
  readonly #path?: string;
  #writing: Promise<void> = Promise.resolve();

  private constructor(
    env: Pick<Env, "log" | "track">,
    pairs: readonly string[],
    jar: CookieJar,
    path?: string,
  ) {
    this.#env = env;
    this.#pairs = pairs;
    this.#jar = jar;
    this.#path = path;
  }

  /** Reads the files. Throws a usage error for one that cannot be read or is something else. */
  static async open({ options, ...env }: Env): Promise<Cookies> {
    const jar = new CookieJar();
    const pairs: string[] = [];
    for (const word of options.get(cookie)) {
      if (word.includes("=")) pairs.push(checkedPairs(word));
      else await readInto(jar, word, "--cookie");
    }
    const path = options.get(cookieJar);
    if (path !== undefined) await readInto(jar, path, "--cookie-jar");
    return new Cookies(env, pairs, jar, path);
  }

  /**
   * The value of the Cookie field of a request, if there is any. `crossOrigin`: the user has
   * named another server, so that what `--cookie` says is not for this one.
   */
  fieldFor(url: URL, crossOrigin = false): string | undefined {
    const kept = this.#jar.pairsFor(url, Date.now());
    const all = [kept, ...crossOrigin ? [] : this.#pairs].filter((pairs) => pairs !== "");
    return all.length === 0 ? undefined : all.join("; ");
  }

  /** Takes the cookies of a response, and writes them to the file if there is one. */
  receive(url: URL, headers: Headers): void {
    const fields = headers.getSetCookie().map(asSent);
    const changed = this.#jar.store(url, fields, Date.now());
    if (!changed || this.#path === undefined) return;
    const path = this.#path;
    this.#writing = this.#writing.then(async () => {
      try {
        await replaceFile(path, this.#jar.format());
      } catch (error) {
        this.#env.log.warn(`--cookie-jar: cannot write ${path}: ${reasonOf(error)}`);
      }
    });
    this.#env.track?.(this.#writing);
  }
}

/** The text of a field that was read one character a byte, so that it is sent back as it came. */
function asSent(field: string): string {
  try {
    const bytes = Uint8Array.from(field, (character) => character.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return field; // Latin-1.
  }
}

/** Cookies of the command line, without what could not stand in a header field. */
function checkedPairs(word: string): string {
  const pairs = word.replace(/;\s*$/, "").trim();
  // deno-lint-ignore no-control-regex -- these are what it is about
  if (/[\x00-\x1f\x7f]/.test(pairs) || pairs.startsWith("=")) {
    throw usageError("--cookie: this is not NAME=VALUE", "write for example --cookie 'a=1; b=2'");
  }
  return pairs;
}

async function readInto(jar: CookieJar, path: string, option: string): Promise<void> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (cause) {
    // A jar that is not there yet will be made.
    if (cause instanceof Deno.errors.NotFound && option === "--cookie-jar") return;
    throw usageError(
      `${option}: cannot read ${path}: ${reasonOf(cause)}`,
      option === "--cookie"
        ? "cookies are written NAME=VALUE; a word without = is a file"
        : undefined,
    );
  }
  readCookieFile(text, path, option, jar);
}
