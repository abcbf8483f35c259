/**
 * Network addresses as people write them: `HOST:PORT`, `[::1]:PORT`, `:PORT`, `PORT`.
 *
 * @module
 */
import { usageError } from "../core/errors.ts";

/** A host name or IP address (IPv6 without brackets) and a port. `Deno.NetAddr` has this shape. */
export interface HostPort {
  /** A name, an IP address, or {@linkcode ANY} where something listens. */
  readonly hostname: string;
  /** 0 to 65535. */
  readonly port: number;
}

/** The host of a listener on all addresses of this machine. */
export const ANY = "*";

/** The form of an address in which it is read again: IPv6 in brackets. */
export function formatHostPort({ hostname, port }: HostPort): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

/**
 * The address of the other end of a connection, as `IP:PORT`. An IPv4 client of a
 * socket for both families is told by its IPv4 address (RFC 4291, section 2.5.5.2).
 */
export function formatRemote(address: HostPort): string {
  const hostname = address.hostname.replace(/^::ffff:(?=\d+\.)/i, "");
  return formatHostPort({ hostname, port: address.port });
}

/**
 * Where to connect to: `HOST:PORT`; without HOST it is this machine. `specifier` is what
 * errors call it, with its colon. Throws a usage error.
 */
export function parseConnectAddress(text: string, specifier: string): HostPort {
  const { hostname = "localhost", port } = split(text, specifier);
  if (hostname === ANY) {
    throw usageError(
      `${specifier}${text}: * is for listening only`,
      `write ${specifier}HOST:${port}`,
    );
  }
  if (port === 0) {
    throw usageError(`${specifier}${text}: nothing can be reached at port 0`, PORT_RANGE);
  }
  return { hostname, port };
}

/**
 * Where to listen: `HOST:PORT`, `PORT` for 127.0.0.1, `:PORT` or `*:PORT` for all addresses
 * of this machine. Port 0 takes a free one. Throws a usage error.
 */
export function parseListenAddress(text: string, specifier: string): HostPort {
  const { hostname, port } = split(text, specifier);
  if (hostname !== undefined) return { hostname, port };
  return { hostname: text.startsWith(":") ? ANY : "127.0.0.1", port };
}

const PORT_RANGE = "a port is a number from 1 to 65535";

function split(text: string, specifier: string): { hostname?: string; port: number } {
  const fail = (what: string, hint: string) => usageError(`${specifier}${text}: ${what}`, hint);
  const example = `write ${specifier}HOST:PORT, such as ${specifier}127.0.0.1:8080`;
  if (text === "") throw usageError(`${specifier} needs an address after the colon`, example);
  const bare = text.replace(/^([a-z]+:)?\/\//, "").replace(/\/$/, "");
  if (bare !== text) throw fail("this looks like a URL", `write ${specifier}${bare}`);

  let hostname: string | undefined;
  let digits = text;
  const bracketed = /^\[([^[\]]*)\](?::(.*))?$/.exec(text);
  if (bracketed !== null) {
    hostname = bracketed[1];
    if (!/^[\da-f:.]*:[\da-f:.]*(%.+)?$/i.test(hostname)) {
      throw fail("only an IPv6 address goes into brackets", example);
    }
    digits = bracketed[2] ?? "";
  } else if (text.startsWith("[")) {
    throw fail(
      "an IPv6 address and a port are written [ADDRESS]:PORT",
      `write for example ${specifier}[::1]:8080`,
    );
  } else if (!/^\d+$/.test(text)) {
    const colon = text.lastIndexOf(":");
    if (colon < 0) throw fail("the port is missing", `write ${specifier}${text}:PORT`);
    hostname = colon === 0 ? undefined : text.slice(0, colon);
    digits = text.slice(colon + 1);
    if (hostname?.includes(":")) {
      throw fail(
        "an IPv6 address has to be in brackets",
        `write ${specifier}[${hostname}]:${digits}, or ${specifier}[${text}]:PORT`,
      );
    }
    if (hostname !== undefined && /[\s/@?#[\]\\]/.test(hostname)) {
      throw fail(`'${hostname}' is not a host name`, example);
    }
  }
  if (digits === "") throw fail("the port is missing", example);
  if (!/^\d{1,5}$/.test(digits) || Number(digits) > 65535) {
    throw fail(`'${digits}' is not a port`, PORT_RANGE);
  }
  return { hostname, port: Number(digits) };
}
