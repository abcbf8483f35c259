/**
 * Cookies of many servers: keeping them, finding those for a request, and the file that curl and
 * browsers of old know. No I/O.
 *
 * @module
 */
import { usageError } from "../core/errors.ts";
import { type Cookie, goesWith, isOver, overlays, parseSetCookie } from "./cookie.ts";

/** How many cookies are kept, of all servers and of one (RFC 6265, section 6.1, asks for 3000 and 50). */
const MOST = 3000;
const MOST_OF_ONE = 180;

/** Cookies, in the order in which they came. */
export class CookieJar {
  readonly #cookies = new Map<string, Cookie>();

  /** How many there are. */
  get size(): number {
    return this.#cookies.size;
  }

  /** Puts one in; it takes the place of the one with its name, domain and path. */
  put(cookie: Cookie): void {
    const key = JSON.stringify([cookie.name, cookie.domain, cookie.path]);
    if (!this.#cookies.has(key)) this.#makeRoom(cookie.domain);
    this.#cookies.set(key, cookie);
  }

  #makeRoom(domain: string): void {
    const ofOne = [...this.#cookies].filter(([, cookie]) => cookie.domain === domain);
    if (ofOne.length >= MOST_OF_ONE) this.#cookies.delete(ofOne[0][0]);
    else if (this.#cookies.size >= MOST) this.#cookies.delete(this.#cookies.keys().next().value!);
  }

  /**
   * Takes the Set-Cookie fields of a response from `url` at `now` (milliseconds since 1970).
   * Says whether anything has changed.
   */
  store(url: URL, fields: readonly string[], now: number): boolean {
    let changed = false;
    for (const field of fields) {
      const cookie = parseSetCookie(field, url, now);
      if (cookie === undefined) continue;
      if ([...this.#cookies.values()].some((kept) => overlays(cookie, url, kept))) continue;
      this.put(cookie);
      changed = true;
    }
    if (changed) {
      for (const [key, cookie] of this.#cookies) {
        if (isOver(cookie, now)) this.#cookies.delete(key);
      }
    }
    return changed;
  }

  /** The pairs for the Cookie field of a request, longer paths first; empty if there are none. */
  pairsFor(url: URL, now: number): string {
    return [...this.#cookies.values()]
      .filter((cookie) => goesWith(cookie, url, now))
      .sort((one, other) => other.path.length - one.path.length)
      .map(({ name, value }) => `${name}=${value}`)
      .join("; ");
  }

  /** All of them as a file. */
  format(): string {
    return HEADER + [...this.#cookies.values()].map(formatCookie).join("");
  }
}

const HEADER = `# Netscape HTTP Cookie File
# https://curl.se/docs/http-cookies.html
# Written by wirecat. Edit at your own risk.

`;
const HTTP_ONLY = "#HttpOnly_";

function formatCookie(cookie: Cookie): string {
  const { name, value, domain, hostOnly, path, secure, httpOnly, expires = 0 } = cookie;
  const yes = (is: boolean) => is ? "TRUE" : "FALSE";
  const host = `${httpOnly ? HTTP_ONLY : ""}${hostOnly ? "" : "."}${domain}`;
  return [host, yes(!hostOnly), path, yes(secure), expires, name, value].join("\t") + "\n";
}

/**
 * Puts the cookies of a file into a jar. Throws a usage error for a line that is not one of seven
 * fields with tabs between them, so that no file of another kind is ever written over. `option`
 * is named in it.
 */
export function readCookieFile(text: string, path: string, option: string, jar: CookieJar): void {
  for (const [index, raw] of text.replace(/^\ufeff/, "").split(/\r?\n/).entries()) {
    const httpOnly = raw.startsWith(HTTP_ONLY);
    const line = httpOnly ? raw.slice(HTTP_ONLY.length) : raw;
    if (line.trim() === "" || (!httpOnly && line.startsWith("#"))) continue;
    const fields = line.split("\t");
    // curl leaves out the last tab of a cookie without a value.
    const [domain, tail, at, secure, expires, name, value = ""] = fields;
    if (fields.length < 6 || fields.length > 7 || !/^\d{1,15}$/.test(expires) || domain === "") {
      throw usageError(
        `${option}: ${path}, line ${index + 1}, is not a cookie`,
        "it has to be a cookie file of the Netscape format, as curl -c and --cookie-jar write it",
      );
    }
    jar.put({
      name,
      value,
      domain: domain.replace(/^\./, "").toLowerCase(),
      hostOnly: tail.toUpperCase() !== "TRUE",
      path: at.startsWith("/") ? at : "/",
      secure: secure.toUpperCase() === "TRUE",
      httpOnly,
      expires: Number(expires) === 0 ? undefined : Number(expires),
    });
  }
}
