/**
 * Addresses of UDP sockets.
 *
 * @module
 */
import { unlessAborted } from "../core/abort.ts";
import { reasonOf, usageError, WirecatError } from "../core/errors.ts";
import { formatHostPort, type HostPort } from "./address.ts";

/** Where a datagram comes from or goes to; `ip` is in the canonical notation. */
export interface UdpAddress {
  /** The numeric address, an IPv6 one without brackets. */
  readonly ip: string;
  /** From 0 to 65535; 0 lets the system choose. */
  readonly port: number;
}

/** Reads `HOST:PORT` or `[IPv6]:PORT`. `name` is the specifier, for the usage error it throws. */
export function parseHostPort(argument: string, name: string): HostPort {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(argument);
  const port = Number(match?.[3]);
  if (match === null || port > 65535) {
    throw usageError(
      `${name}: '${argument}' is not HOST:PORT`,
      /^\d+$/.test(argument)
        ? `write ${name}:127.0.0.1:${argument}`
        : `write ${name}:127.0.0.1:5000, or ${name}:[::1]:5000 for an IPv6 address`,
    );
  }
  const hostname = match[1] ?? match[2];
  if (hostname.includes("%")) {
    throw usageError(
      `${name}: '${argument}' has a zone, which the runtime cannot take for UDP`,
      "write an address that needs no zone, such as one beginning with fd",
    );
  }
  if (match[1] !== undefined && canonicalIpv6(hostname) === undefined) {
    throw usageError(`${name}: '${hostname}' is not an IPv6 address`);
  }
  return { hostname, port };
}

/** The canonical notation of an IPv6 address (RFC 5952); `undefined` if it is none. */
export function canonicalIpv6(text: string): string | undefined {
  if (!text.includes(":")) return undefined;
  const url = URL.parse(`http://[${text}]/`);
  if (url === null) return undefined;
  const ip = url.hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(ip);
  if (mapped === null) return ip;
  const [high, low] = [parseInt(mapped[1], 16), parseInt(mapped[2], 16)];
  return `::ffff:${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}

/** Whether a text is an IPv4 address of four decimal parts. */
export function isIpv4(text: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(text) &&
    text.split(".").every((part) => Number(part) < 256);
}

/** Whether an address is a multicast group (RFC 5771, RFC 4291 section 2.7). */
export function isMulticast(ip: string): boolean {
  if (isIpv4(ip)) return (Number(ip.split(".")[0]) & 0xf0) === 0xe0;
  return /^ff[0-9a-f]{2}:/.test(canonicalIpv6(ip) ?? "");
}

/** An address as it is written: `127.0.0.1:53`, `[::1]:53`. */
export function formatAddress({ ip, port }: UdpAddress): string {
  return formatHostPort({ hostname: ip, port });
}

/** Looks a host up. Throws a `resolution` error, or the reason that `signal` was aborted with. */
export async function resolve(to: HostPort, signal: AbortSignal): Promise<UdpAddress> {
  const { hostname, port } = to;
  if (isIpv4(hostname)) return { ip: hostname, port };
  const ipv6 = canonicalIpv6(hostname);
  if (ipv6 !== undefined) return { ip: ipv6, port };
  const { lookup } = await import("node:dns/promises");
  signal.throwIfAborted();
  try {
    const { address } = await unlessAborted(lookup(hostname), signal);
    return { ip: canonicalIpv6(address) ?? address, port };
  } catch (error) {
    signal.throwIfAborted();
    const code = (error as { code?: unknown }).code;
    const reason = code === "ENOTFOUND" ? "no such host" : reasonOf(error);
    throw new WirecatError("resolution", `cannot resolve ${hostname}: ${reason}`, {
      hint: "is the name spelled right, and is there a name server?",
      cause: error,
    });
  }
}
