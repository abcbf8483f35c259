/**
 * The client's part of SOCKS4 and SOCKS4a, which have no specification but the pages by which they
 * were made known: a request, and a reply of eight bytes. What is wrong with a
 * reply is told without a subject: the proxy, by its name.
 *
 * @module
 */
import { usageError, WirecatError } from "../core/errors.ts";
import type { HostPort } from "../net/address.ts";
import { parseIpv4 } from "../net/ip.ts";

const VERSION = 4;
const CONNECT = 1;

/** How many bytes a reply has. */
export const REPLY_LENGTH = 8;

/** What says that a name follows: an address that there is none of (SOCKS4a). */
const NAME_FOLLOWS = [0, 0, 0, 1];

/**
 * A request to connect. A name is sent as it is, for the proxy to look up, which SOCKS4a can and
 * SOCKS4 cannot. `user` says who asks; nothing proves it. Throws a usage error for what cannot be
 * said in it, such as an IPv6 address.
 */
export function formatRequest({ hostname, port }: HostPort, user = ""): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const address = parseIpv4(hostname);
  if (address === undefined && hostname.includes(":")) {
    throw usageError(
      `a SOCKS4 proxy knows no IPv6 addresses such as ${hostname}`,
      "a SOCKS5 proxy does: socks5h://HOST:PORT",
    );
  }
  // A zero byte ends a name or a user, so that something else would be asked for.
  if (hostname.includes("\0") || user.includes("\0")) {
    throw usageError("a SOCKS4 proxy takes no names with a zero byte in them");
  }
  if (/^0\.0\.0\.[1-9]/.test(hostname)) {
    throw usageError(
      `a SOCKS4 proxy cannot be asked for ${hostname}, which says that a name follows`,
    );
  }
  const name = encoder.encode(hostname);
  if (address === undefined && (name.length < 1 || name.length > 255)) {
    throw usageError("a SOCKS4 proxy takes names of 1 to 255 bytes", `'${hostname}' is none`);
  }
  return Uint8Array.of(
    VERSION,
    CONNECT,
    port >> 8,
    port & 0xff,
    ...address ?? NAME_FOLLOWS,
    ...encoder.encode(user),
    0,
    ...address === undefined ? [...name, 0] : [],
  );
}

/** What each refusal says, and what to do. */
const REFUSALS: Readonly<Record<number, readonly [text: string, hint?: string]>> = {
  91: [
    "request rejected or failed",
    "is a server listening there? the proxy's own log may say more",
  ],
  92: [
    "it cannot ask this machine's identd who connects",
    "run an identd here, or use a SOCKS5 proxy: socks5h://HOST:PORT",
  ],
  93: ["identd names another user", "give the user of this machine: socks4://USER@HOST:PORT"],
};

/** Checks a whole reply; throws a `WirecatError` for one that does not grant the request. */
export function checkReply(bytes: Uint8Array): void {
  const [version, code] = bytes;
  if (version !== 0) {
    throw new WirecatError("protocol", "does not speak SOCKS4", {
      hint: hintFor(version),
    });
  }
  if (code === 90) return;
  const [text, hint] = REFUSALS[code] ??
    [`unknown code ${code}`, "the proxy's own log may say more"];
  throw new WirecatError("connection", `refused: ${text}`, { hint });
}

function hintFor(version: number): string {
  if (version === 0x48) {
    return "it looks like an HTTP server: such a proxy is written --proxy http://HOST:PORT";
  }
  return version === 5
    ? "it speaks SOCKS5: write socks5h://HOST:PORT"
    : "is it a SOCKS4 proxy that listens there?";
}
