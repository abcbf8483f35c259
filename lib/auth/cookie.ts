/**
 * One cookie: reading Set-Cookie, and which requests it goes with (RFC 6265, section 5). No I/O.
 *
 * @module
 */
import { isAddress } from "../net/cidr.ts";
import { LOOPBACK } from "../net/loopback.ts";
import { parseCookieDate } from "./cookie_date.ts";

/** A cookie as it is kept. */
export interface Cookie {
  /** Its name. */
  readonly name: string;
  /** Its value. */
  readonly value: string;
  /** The host that it goes to, in lower case, without a dot before it. */
  readonly domain: string;
  /** Whether it goes to that host only, and not to those below it. */
  readonly hostOnly: boolean;
  /** The path below which it is sent. */
  readonly path: string;
  /** Whether it goes over TLS only. */
  readonly secure: boolean;
  /** Whether it is kept from scripts of web pages. */
  readonly httpOnly: boolean;
  /** When it is over, in seconds since 1970; absent for one that has no date. */
  readonly expires?: number;
}

/** The longest cookie that is kept: its name and value, in bytes (RFC 6265bis, section 5.7). */
const LONGEST = 4096;

/** The latest date that is kept, in seconds since 1970: 400 days from now (RFC 6265bis, section 5.5). */
const LONGEST_LIFE = 400 * 24 * 3600;

/**
 * Reads the value of a Set-Cookie field that came from `url` at `now` (milliseconds since 1970).
 * Nothing if it has to be ignored: it is malformed, too long, for another host, or claims by its
 * name or `Secure` what the connection is not.
 */
export function parseSetCookie(field: string, url: URL, now: number): Cookie | undefined {
  // deno-lint-ignore no-control-regex -- these are the ones that are refused
  if (/[\x00-\x08\x0a-\x1f\x7f]/.test(field)) return undefined;
  const [pair, ...attributes] = field.split(";");
  const equals = pair.indexOf("=");
  if (equals < 0) return undefined;
  const name = pair.slice(0, equals).trim();
  const value = pair.slice(equals + 1).trim();
  // The file that keeps it has tabs between its fields.
  if (name === "" || (name + value).includes("\t")) return undefined;
  if (new TextEncoder().encode(name + value).length > LONGEST) return undefined;
  const given = attributesOf(attributes);
  const host = cookieHost(url);
  const wanted = (given.get("domain") ?? "").replace(/^\./, "").toLowerCase();
  const hostOnly = wanted === "" || isAddress(host);
  if (wanted !== "" && !(isAddress(host) ? wanted === host : mayBeFor(host, wanted))) {
    return undefined;
  }
  const path = given.get("path");
  const cookie: Cookie = {
    name,
    value,
    domain: hostOnly ? host : wanted,
    hostOnly,
    path: path?.startsWith("/") && !path.includes("\t") ? path : defaultPath(url),
    secure: given.has("secure"),
    httpOnly: given.has("httponly"),
    expires: expiry(given, now),
  };
  return keepsItsWord(cookie, given, url) ? cookie : undefined;
}

/** Attributes by name in lower case; of one that is there twice the last counts. */
function attributesOf(parts: readonly string[]): Map<string, string> {
  const given = new Map<string, string>();
  for (const part of parts) {
    const equals = part.indexOf("=");
    const name = (equals < 0 ? part : part.slice(0, equals)).trim().toLowerCase();
    given.set(name, equals < 0 ? "" : part.slice(equals + 1).trim());
  }
  return given;
}

/** Max-Age goes before Expires; a time that has passed stays, for it deletes a cookie. */
function expiry(given: ReadonlyMap<string, string>, now: number): number | undefined {
  const seconds = Math.floor(now / 1000);
  const age = given.get("max-age");
  let expires: number | undefined;
  if (age !== undefined && /^-?\d+$/.test(age)) {
    expires = Number(age) <= 0 ? 1 : seconds + Number(age);
  } else {
    const date = parseCookieDate(given.get("expires") ?? "");
    if (date !== undefined) expires = Math.max(1, Math.floor(date / 1000));
  }
  return expires === undefined ? undefined : Math.min(expires, seconds + LONGEST_LIFE);
}

/** What `Secure` and the prefixes of names promise (RFC 6265bis, section 4.1.3). */
function keepsItsWord(
  cookie: Cookie,
  given: ReadonlyMap<string, string>,
  url: URL,
): boolean {
  if (cookie.secure && !isSecure(url)) return false;
  const name = cookie.name.toLowerCase();
  if (name.startsWith("__secure-")) return cookie.secure;
  if (name.startsWith("__host-")) {
    return cookie.secure && !given.get("domain") && given.get("path") === "/";
  }
  return true;
}

/** A host without the brackets of IPv6, in lower case, without a dot at its end. */
function cookieHost(url: URL): string {
  return url.hostname.toLowerCase().replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
}

/** Whether `host` is `domain` or below it (section 5.1.3). */
function domainMatches(host: string, domain: string): boolean {
  return host === domain || (!isAddress(host) && host.endsWith(`.${domain}`));
}

/** Without a list of public suffixes: a name without a dot, such as `com`, is for itself only. */
function mayBeFor(host: string, domain: string): boolean {
  return domainMatches(host, domain) && (host === domain || domain.includes("."));
}

/** Section 5.1.4. */
function pathMatches(path: string, prefix: string): boolean {
  return path === prefix ||
    (path.startsWith(prefix) && (prefix.endsWith("/") || path[prefix.length] === "/"));
}

function defaultPath({ pathname }: URL): string {
  const slash = pathname.lastIndexOf("/");
  return slash <= 0 ? "/" : pathname.slice(0, slash);
}

/**
 * Whether a cookie that has come without TLS would take the place of one that goes over TLS only
 * (RFC 6265bis, section 5.7, step 16): somebody in between may have sent it.
 */
export function overlays(cookie: Cookie, url: URL, kept: Cookie): boolean {
  return kept.secure && !isSecure(url) && cookie.name === kept.name &&
    (domainMatches(cookie.domain, kept.domain) || domainMatches(kept.domain, cookie.domain)) &&
    pathMatches(cookie.path, kept.path);
}

/** Whether nobody in between can read along: TLS, or this machine. */
function isSecure(url: URL): boolean {
  if (url.protocol === "wss:" || url.protocol === "https:") return true;
  const host = cookieHost(url);
  return LOOPBACK.test(host) || host === "::1" ||
    /^127(\.\d+){3}$/.test(host);
}

/** Whether a cookie goes with a request for `url` at `now` (milliseconds since 1970). */
export function goesWith(cookie: Cookie, url: URL, now: number): boolean {
  const host = cookieHost(url);
  return !isOver(cookie, now) &&
    (cookie.hostOnly ? host === cookie.domain : domainMatches(host, cookie.domain)) &&
    pathMatches(url.pathname || "/", cookie.path) && (!cookie.secure || isSecure(url));
}

/** Whether a cookie's time has passed. */
export function isOver({ expires }: Cookie, now: number): boolean {
  return expires !== undefined && expires * 1000 <= now;
}
