/**
 * Addresses and credentials as the options for SOCKS proxies write them.
 *
 * @module
 */
import { usageError } from "../core/errors.ts";
import type { HostPort } from "../net/address.ts";

/** With what a client logs in. */
export interface Credentials {
  /** The name. */
  readonly user: string;
  /** The password in clear. */
  readonly password: string;
}

/**
 * Reads `HOST:PORT`: `192.0.2.1:80`, `[2001:db8::1]:80`, `example.org:80`; also
 * `2001:db8::1:80`, whose last part is the port. `option` is named in the usage error.
 */
export function parseDestination(text: string, option: string): HostPort {
  const match = /^(?:\[([^\]]+)\]|(.+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65535) {
    throw usageError(
      `${option}: '${text}' is not HOST:PORT`,
      "as in example.org:80, 192.0.2.1:80 or [2001:db8::1]:80",
    );
  }
  return { hostname: match[1] ?? match[2], port };
}

/** Reads `USER:PASSWORD`, split at the first colon. RFC 1929 allows 1 to 255 bytes for each. */
export function parseCredentials(text: string, option: string): Credentials {
  const colon = text.indexOf(":");
  if (colon < 0) throw usageError(`${option}: there is no colon in it`, "write USER:PASSWORD");
  const credentials = { user: text.slice(0, colon), password: text.slice(colon + 1) };
  for (const part of [credentials.user, credentials.password]) {
    const { length } = new TextEncoder().encode(part);
    if (length < 1 || length > 255) {
      throw usageError(`${option}: name and password have to be 1 to 255 bytes long each`);
    }
  }
  return credentials;
}
