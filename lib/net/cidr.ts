/**
 * Sets of IP addresses, as lists of addresses and of networks in CIDR notation (RFC 4632).
 *
 * @module
 */
import { MAPPED, parseIpv4, parseIpv6 } from "./ip.ts";

/** The addresses whose first `bits` bits are those of `bytes`. */
export interface Network {
  /** The four or sixteen bytes of an address. */
  readonly bytes: readonly number[];
  /** How many of its bits count. */
  readonly bits: number;
}

/**
 * The bytes of an IP address: four for IPv4, also for one that is written as IPv6
 * (`::ffff:192.0.2.1`), else sixteen. Brackets and a zone (`%eth0`) are left out.
 */
export function parseIp(text: string): number[] | undefined {
  const v4 = parseIpv4(text);
  if (v4 !== undefined) return v4;
  const bare = text.replace(/^\[(.*)\]$/, "$1").replace(/%[\w.~-]+$/, "");
  const v6 = bare.includes(":") ? parseIpv6(bare) : undefined;
  return v6 && unmapped(v6);
}

/** Whether a host is an IP address and no name. */
export function isAddress(host: string): boolean {
  return parseIp(host) !== undefined;
}

/** The four bytes of an IPv4 address that is given as an IPv6 one; others as they are. */
export function unmapped(ip: readonly number[]): number[] {
  return ip.length === 16 && MAPPED.every((byte, i) => ip[i] === byte) ? ip.slice(12) : [...ip];
}

/** Reads `192.0.2.0/24`, `2001:db8::/32` or a single address. */
export function parseNetwork(text: string): Network | undefined {
  const [, address, digits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const bytes = address === undefined ? undefined : parseIp(address);
  if (bytes === undefined) return undefined;
  const most = bytes.length * 8;
  const mapped = bytes.length === 4 && address.includes(":") ? MAPPED.length * 8 : 0;
  const bits = digits === undefined ? most : Number(digits) - mapped;
  return bits >= 0 && bits <= most ? { bytes, bits } : undefined;
}

/** Whether an address, as {@linkcode parseIp} gives it, is in the network. */
export function inNetwork(ip: readonly number[], { bytes, bits }: Network): boolean {
  if (ip.length !== bytes.length) return false;
  const whole = bits >> 3;
  for (let i = 0; i < whole; i++) if (ip[i] !== bytes[i]) return false;
  const rest = bits & 7;
  return rest === 0 || (ip[whole] ^ bytes[whole]) >> (8 - rest) === 0;
}
