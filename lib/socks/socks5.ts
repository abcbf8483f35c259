/**
 * The messages of SOCKS version 5 as bytes (RFC 1928), with login by name and
 * password (RFC 1929). What is wrong with an answer is told without a subject: the proxy, by its name.
 *
 * @module
 */
import { usageError, WirecatError } from "../core/errors.ts";
import type { HostPort } from "../net/address.ts";
import { formatIpv6, parseIpv4, parseIpv6 } from "../net/ip.ts";
import type { Credentials } from "./destination.ts";

const VERSION = 5;
const LOGIN_VERSION = 1;

const IS_IT_ONE = "is it a SOCKS5 proxy that listens there?";

/** "No authentication required". */
const NO_LOGIN = 0;
/** "Username/password". */
export const PASSWORD_LOGIN = 2;
/** "No acceptable methods". */
const NO_METHOD = 0xff;

/** What a proxy is asked for. */
export type Command = "connect" | "bind";

const COMMANDS: Record<Command, number> = { connect: 1, bind: 2 };

const IPV4 = 1;
const NAME = 3;
const IPV6 = 4;

/** The first message: the ways to log in that the client has. RFC 1928, section 3. */
export function formatGreeting(withPassword: boolean): Uint8Array<ArrayBuffer> {
  return withPassword
    ? Uint8Array.of(VERSION, 2, NO_LOGIN, PASSWORD_LOGIN)
    : Uint8Array.of(VERSION, 1, NO_LOGIN);
}

/** The way to log in that the proxy chose, from its two bytes. */
export function parseMethod(bytes: Uint8Array, withPassword: boolean): number {
  checkVersion(bytes[0]);
  const method = bytes[1];
  if (method === NO_LOGIN || (withPassword && method === PASSWORD_LOGIN)) return method;
  if (method === NO_METHOD || method === PASSWORD_LOGIN) {
    throw new WirecatError(
      "connection",
      withPassword ? "takes no login by name and password" : "wants a login",
      {
        hint: withPassword
          ? "leave out name and password, or ask its owner which login it takes"
          : "give --proxy-user USER:PASSWORD, or --socks5-user-pass with --socks5",
      },
    );
  }
  throw new WirecatError("protocol", `chose login method ${method}, which was not offered`, {
    hint: IS_IT_ONE,
  });
}

/** Name and password. RFC 1929, section 2. */
export function formatLogin({ user, password }: Credentials): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const name = encoder.encode(user);
  const secret = encoder.encode(password);
  return Uint8Array.of(LOGIN_VERSION, name.length, ...name, secret.length, ...secret);
}

/** Checks the two bytes that answer a login. */
export function checkLogin(bytes: Uint8Array): void {
  // Some proxies put their SOCKS version where the login's belongs.
  if (bytes[0] !== LOGIN_VERSION && bytes[0] !== VERSION) {
    throw new WirecatError("protocol", "answered the login with other bytes", { hint: IS_IT_ONE });
  }
  if (bytes[1] !== 0) {
    throw new WirecatError("connection", "refused name and password", {
      hint: "check --proxy-user, or --socks5-user-pass",
    });
  }
}

/** A request. A name is sent as it is, for the proxy to look up. RFC 1928, section 4. */
export function formatRequest(
  command: Command,
  { hostname, port }: HostPort,
): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(
    VERSION,
    COMMANDS[command],
    0,
    ...formatAddress(hostname),
    port >> 8,
    port & 0xff,
  );
}

function formatAddress(host: string): number[] {
  const v4 = parseIpv4(host);
  if (v4 !== undefined) return [IPV4, ...v4];
  if (host.includes(":")) {
    const v6 = parseIpv6(host);
    if (v6 === undefined) throw usageError(`'${host}' is not an IPv6 address`);
    return [IPV6, ...v6];
  }
  const name = new TextEncoder().encode(host);
  if (name.length < 1 || name.length > 255) {
    throw usageError("a SOCKS5 proxy takes names of 1 to 255 bytes", `'${host}' is none`);
  }
  return [NAME, name.length, ...name];
}

/** The least number of bytes from which {@linkcode replyLength} can tell the rest. */
export const REPLY_START = 5;

/** How many bytes a reply has, from its first {@linkcode REPLY_START}. */
export function replyLength(bytes: Uint8Array): number {
  checkVersion(bytes[0]);
  switch (bytes[3]) {
    case IPV4:
      return 10;
    case IPV6:
      return 22;
    case NAME:
      return 7 + bytes[4];
    default:
      // A refusal may come without an address; it says what is wrong all the same.
      if (bytes[1] !== 0) throw refusal(bytes[1]);
      throw new WirecatError("protocol", `sent an address of the unknown type ${bytes[3]}`, {
        hint: IS_IT_ONE,
      });
  }
}

/** The address in a whole reply that grants the request; throws for one that does not. RFC 1928, section 6. */
export function parseReply(bytes: Uint8Array): HostPort {
  if (bytes[1] !== 0) throw refusal(bytes[1]);
  const port = bytes[bytes.length - 2] << 8 | bytes[bytes.length - 1];
  const address = bytes.subarray(4, bytes.length - 2);
  if (bytes[3] === IPV4) return { hostname: address.join("."), port };
  if (bytes[3] === NAME) return { hostname: new TextDecoder().decode(address.subarray(1)), port };
  return { hostname: formatIpv6(address), port };
}

const ITS_LOG = "the proxy's own log may say more";

/** What each reply code says, and what to do. */
const REFUSALS: Readonly<Record<number, readonly [text: string, hint?: string]>> = {
  1: ["general failure", ITS_LOG],
  2: [
    "its rules do not allow the connection",
    "are host and port right? its own log names the rule",
  ],
  3: ["the network cannot be reached", "try the other version of IP, or another host"],
  4: ["the host cannot be reached", "does the name exist, seen from the proxy?"],
  5: ["connection refused", "is a server listening there?"],
  6: ["the time to live ran out", ITS_LOG],
  7: ["it does not know this command", "not every proxy can bind"],
  8: ["it does not know this type of address", "try a name or the other version of IP"],
};

/** The error for a request that a proxy did not grant. */
function refusal(code: number): WirecatError {
  const [text, hint] = REFUSALS[code] ?? [`unknown code ${code}`, ITS_LOG];
  return new WirecatError("connection", `refused: ${text}`, { hint });
}

function checkVersion(version: number): void {
  if (version === VERSION) return;
  const text = version === 4 || version === 0 ? "speaks SOCKS4" : "does not speak SOCKS5";
  throw new WirecatError("protocol", text, {
    hint: version === 0x48
      ? "it looks like an HTTP server: such a proxy is written --proxy http://HOST:PORT"
      : IS_IT_ONE,
  });
}
