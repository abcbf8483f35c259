/**
 * Reading the address of an internet peer.
 *
 * @module
 */
import { formatIpv6 } from "../net/ip.ts";

/** `IP:PORT` (`[IP]:PORT` for IPv6) of a `sockaddr_in` or `sockaddr_in6`; undefined for other families. */
export function internetAddress(
  sockaddr: Uint8Array,
  os: typeof Deno.build.os = Deno.build.os,
): string | undefined {
  const linux = os === "linux";
  // BSD systems have the length first, and the family in one byte.
  const family = linux ? sockaddr[0] | sockaddr[1] << 8 : sockaddr[1];
  const port = sockaddr[2] << 8 | sockaddr[3];
  if (family === 2) return `${sockaddr.slice(4, 8).join(".")}:${port}`;
  if (family === (linux ? 10 : 30)) return `[${formatIpv6(sockaddr.subarray(8, 24))}]:${port}`;
}
