/**
 * Origins that are let in (RFC 6454; RFC 6455, section 10.2).
 *
 * @module
 */
import { usageError } from "../core/errors.ts";

/** Tells whether an origin is meant. */
type OriginTest = (origin: string) => boolean;

const DEFAULT_PORTS: Record<string, string> = { http: "80", https: "443" };

/** An origin in its parts. A pattern may have `*.` before the host, and `*` for the port. */
interface Parts {
  readonly scheme: string;
  readonly host: string;
  readonly port: string;
}

/** `scheme://host[:port]`, in lower case; the port of http and https may be left out. */
function partsOf(text: string): Parts | undefined {
  const match = /^([a-z][a-z0-9+.-]*):\/\/(\[[0-9a-f:.]+\]|[^:/?#@\s[\]]+)(?::(\d{1,5}|\*))?$/
    .exec(text.toLowerCase());
  if (match === null) return undefined;
  const [, scheme, host, port = DEFAULT_PORTS[scheme] ?? ""] = match;
  return { scheme, host, port };
}

/** Reads the value of `--allow-origin`. Throws a usage error that says what to write. */
export function parseOrigin(text: string): OriginTest {
  if (text === "*") return () => true;
  if (text === "null") return (origin) => origin === "null";
  const wanted = partsOf(text);
  if (wanted === undefined) {
    const bare = /^[^:/\s]+(:(\d+|\*))?\/?$/.test(text);
    throw usageError(
      `--allow-origin: '${text}' is not an origin`,
      bare && text !== ""
        ? `write https://${text.replace(/\/$/, "")}`
        : "an origin is a scheme, a host and perhaps a port, without a path: https://example.org:8443",
    );
  }
  const { scheme, port } = wanted;
  const isBelow = wanted.host.startsWith("*.");
  const name = isBelow ? wanted.host.slice(2) : wanted.host;
  if (name.includes("*") || name === "") {
    throw usageError(
      `--allow-origin: '${text}' has a * where none can be`,
      "it stands for subdomains (https://*.example.org), for the port (http://localhost:*), or alone for all",
    );
  }
  const host = asciiHost(name);
  return (origin) => {
    const given = partsOf(origin);
    return given !== undefined && given.scheme === scheme &&
      (port === "*" || given.port === port) &&
      (isBelow ? given.host.endsWith(`.${host}`) : given.host === host);
  };
}

/** The host as browsers send it: names beyond ASCII in Punycode. */
function asciiHost(host: string): string {
  return URL.parse(`http://${host}/`)?.hostname ?? host;
}

/** Which origins are let in. */
export class OriginRules {
  readonly #tests: readonly OriginTest[];
  readonly #required: boolean;

  /** `patterns` are as after `--allow-origin`; `required` refuses clients without an origin. */
  constructor(patterns: readonly string[], required: boolean) {
    this.#tests = patterns.map(parseOrigin);
    this.#required = required;
  }

  /** Whether a client with this Origin field, or none, is let in. */
  allow(origin: string | null): boolean {
    if (origin === null) return !this.#required;
    const text = origin.trim();
    return this.#tests.some((test) => test(text));
  }
}
