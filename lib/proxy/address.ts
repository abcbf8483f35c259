/**
 * The addresses of proxies as `--proxy` and the environment write them.
 *
 * @module
 */
import { splitLogin } from "../auth/login.ts";
import { usageError } from "../core/errors.ts";
import { formatHostPort, type HostPort } from "../net/address.ts";
import type { Credentials } from "../socks/destination.ts";

/**
 * The kinds of proxies: `socks5h` and `socks4a` look up names themselves, for `socks5` and `socks4`
 * they are looked up here.
 */
export type ProxyScheme = typeof SCHEMES[number];

const SCHEMES = ["http", "https", "socks5", "socks5h", "socks4", "socks4a"] as const;

/** Where a proxy is, and how to speak with it. */
export interface ProxyAddress extends HostPort {
  /** What it speaks. */
  readonly scheme: ProxyScheme;
  /** With what to log in, where that is known. */
  readonly credentials?: Credentials;
}

/** `socks` alone is SOCKS4, as for curl. */
function schemeOf(text: string): ProxyScheme | undefined {
  const scheme = text.toLowerCase();
  return scheme === "socks" ? "socks4" : SCHEMES.find((known) => known === scheme);
}

/** The port of a proxy of which none is said, as for curl. */
function defaultPort(scheme: ProxyScheme): number {
  return scheme === "https" ? 443 : 1080;
}

/**
 * Reads `[SCHEME://][USER:PASSWORD@]HOST[:PORT][/]`; without a scheme it is an HTTP proxy.
 * `where` is the option or variable that it comes from, for the usage error, which never
 * shows the password.
 */
export function parseProxy(text: string, where: string): ProxyAddress {
  const [, named = "http", authority] = /^(?:([^:/?#@]*):\/\/)?(.*?)\/*$/s.exec(text)!;
  const shown = (named === "http" ? "" : `${named}://`) + authority.replace(/^.*@/s, "");
  const fail = (what: string, hint = "write http://HOST:PORT or socks5h://HOST:PORT") =>
    usageError(`${where}: ${what}`, hint);
  const scheme = schemeOf(named);
  if (scheme === undefined) {
    throw fail(
      `there is no kind of proxy ${named}://`,
      `it has to be one of ${SCHEMES.map((scheme) => `${scheme}://`).join(", ")}`,
    );
  }
  const at = authority.lastIndexOf("@");
  const match = /^(\[[\da-fA-F:.]+(?:%[^\]]+)?\]|[^:[\]\s/?#\\]+)(?::(\d{1,5}))?$/
    .exec(authority.slice(at + 1));
  if (match === null) {
    throw fail(
      `'${shown}' is not the address of a proxy`,
      /^\[?[\da-f:]*:[\da-f:]*:/i.test(authority.slice(at + 1))
        ? "an IPv6 address has to be in brackets: http://[::1]:3128"
        : /[\s"{]/.test(authority)
        ? "write http://HOST:PORT; to send a message, as wscat's -x does, write --send TEXT"
        : undefined,
    );
  }
  const port = match[2] === undefined ? defaultPort(scheme) : Number(match[2]);
  if (port < 1 || port > 65535) {
    throw fail(`${match[2]} is not a port`, "a port is a number from 1 to 65535");
  }
  return {
    scheme,
    hostname: match[1].replace(/^\[(.*)\]$/, "$1"),
    port,
    credentials: at < 0 ? undefined : checked(credentialsOf(authority.slice(0, at)), scheme, where),
  };
}

/** `USER:PASSWORD` of a URL, both with percent signs. */
function credentialsOf(text: string): Credentials {
  const { user, password } = splitLogin(text);
  return { user: decoded(user), password: decoded(password) };
}

/** A lone percent sign stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What people are told: `the HTTP proxy 127.0.0.1:3128`, without the login. */
export function describeProxy(proxy: ProxyAddress): string {
  const kind = proxy.scheme.toUpperCase().replace(/^(SOCKS\d).$/, "$1");
  return `the ${kind} proxy ${formatHostPort(proxy)}`;
}

/** The proxy as a URL without the login. */
export function formatProxy(proxy: ProxyAddress): string {
  return `${proxy.scheme}://${formatHostPort(proxy)}`;
}

/**
 * Reads the login `USER:PASSWORD` that `option` gives for a proxy of this kind. Throws a usage
 * error without it in it.
 */
export function parseLogin(login: string, scheme: ProxyScheme, option: string): Credentials {
  if (!login.includes(":") && !scheme.startsWith("socks4")) {
    throw usageError(`${option}: there is no colon in it`, "write USER:PASSWORD");
  }
  return checked(splitLogin(login), scheme, option);
}

/** Throws where there is no way to send a login. */
function checked(credentials: Credentials, scheme: string, where: string): Credentials {
  const { user, password } = credentials;
  const fits = (text: string) => {
    const { length } = new TextEncoder().encode(text);
    return length >= 1 && length <= 255; // RFC 1929, section 2.
  };
  if (scheme.startsWith("socks4") && user.includes("\0")) {
    throw usageError(`${where}: a name may not have a zero byte in it`);
  }
  if (scheme.startsWith("socks5") && !(fits(user) && fits(password))) {
    throw usageError(`${where}: name and password have to be 1 to 255 bytes long each`);
  }
  // RFC 7617, section 2.
  if (user.includes(":")) throw usageError(`${where}: a name may not have a colon in it`);
  return credentials;
}
