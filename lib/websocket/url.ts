/**
 * The address of a WebSocket (RFC 6455, section 3).
 *
 * @module
 */
import { usageError, type WirecatError } from "../core/errors.ts";

/** Reads a `ws:` or `wss:` URL; its fragment is dropped. Throws a usage error. */
export function parseWebSocketUrl(text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw wrongPart(text);
  }
  if (url.protocol !== "ws:" && url.protocol !== "wss:") {
    throw usageError(
      `'${text}' is not a WebSocket address`,
      "it has to begin with ws:// or wss://",
    );
  }
  // The URL standard would take what follows the slashes for the host.
  if (/^wss?:\/\/\//i.test(text)) {
    throw usageError(`'${text}' names no host`, "write ws://HOST:PORT/PATH");
  }
  if (url.port === "0") throw wrongPart(text);
  if (url.hostname === "") throw usageError(`'${text}' names no host`, "write ws://HOST:PORT/PATH");
  url.hash = "";
  return url;
}

/** Says which part of an address cannot be, without the login in it. */
function wrongPart(text: string): WirecatError {
  const form = "write ws://HOST:PORT/PATH";
  if (/^wss?:\/\/[^@/?#]*:[^@/?#]*[/?#][^@]*@/i.test(text)) {
    return usageError(
      "this address has a / ? or # before an @",
      "in a password they are written %2F, %3F and %23",
    );
  }
  const [, authority] = /^wss?:\/\/([^/?#]*)/i.exec(text) ?? [];
  if (authority === undefined) return usageError(`'${text}' is not an address`, form);
  const [, host, port] = /^(?:.*@)?(\[.*\]|\[.*|.*?)(?::([^:]*))?$/.exec(authority)!;
  const shown = text.replace(/^(wss?:\/\/)[^/?#]*@/i, "$1");
  if (host === "") return usageError(`'${shown}' names no host`, form);
  if (
    port !== undefined &&
    !(port === "" || (/^\d+$/.test(port) && Number(port) >= 1 && Number(port) <= 65535))
  ) {
    return usageError(`${shown}: '${port}' is not a port`, "a port is a number from 1 to 65535");
  }
  const hint = host.includes(":")
    ? "an IPv6 address has to be in brackets: ws://[::1]:8080/"
    : "it has to be a name or an IP address";
  return usageError(`${shown}: '${host}' is not a host`, hint);
}

/** The host without the brackets of an IPv6 address. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, "$1");
}

/** The port, be it the scheme's own. */
export function portOf(url: URL): number {
  if (url.port !== "") return Number(url.port);
  return url.protocol === "wss:" ? 443 : 80;
}

/** The login in the URL, `USER:PASSWORD`, where there is one. */
export function loginOf(url: URL): string | undefined {
  if (url.username === "" && url.password === "") return undefined;
  return `${decoded(url.username)}:${decoded(url.password)}`;
}

/** A lone percent sign stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
