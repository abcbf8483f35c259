/**
 * What a request is for: the target of its first line, and the Host field.
 *
 * @module
 */
import { usageError } from "../core/errors.ts";

/** Parts of a request that come from a URI. */
export interface RequestTarget {
  /** What the request line says: path and query, mostly. */
  readonly target: string;
  /** The value of the Host field; empty where the URI has no authority (RFC 9112, section 3.2). */
  readonly host: string;
  /** The whole URI, where it has an authority and is no tunnel's. */
  readonly url?: URL;
  /** The name and password in the URI, decoded: `USER:PASSWORD`. */
  readonly userInfo?: string;
}

/**
 * Reads the URI of a request: `http://HOST/PATH`, `/PATH`, `*`, or `HOST:PORT` for the
 * method CONNECT. A fragment is left out, and what a URI cannot hold is percent-encoded.
 * `option` is named in the usage error.
 */
export function parseRequestTarget(uri: string, method: string, option: string): RequestTarget {
  if (method === "CONNECT") {
    if (!/^(\[[^\]]+\]|[^:/\s]+):\d{1,5}$/.test(uri)) {
      throw usageError(`${option}: CONNECT needs HOST:PORT, which '${uri}' is not`);
    }
    return { target: uri, host: uri };
  }
  if (uri === "*") return { target: uri, host: "" };
  const absolute = /^(https?|wss?):\/\//i.test(uri);
  const url = URL.parse(absolute ? uri : `http://host${uri}`);
  if (url === null || !(absolute || uri.startsWith("/"))) {
    throw usageError(
      `${option}: '${uri}' is not a URI to ask for`,
      "write /PATH or http://HOST/PATH",
    );
  }
  const target = url.pathname + url.search;
  return absolute ? { target, host: url.host, url, ...userInfo(url) } : { target, host: "" };
}

function userInfo(url: URL): { userInfo?: string } {
  if (url.username === "" && url.password === "") return {};
  return { userInfo: `${decode(url.username)}:${decode(url.password)}` };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
