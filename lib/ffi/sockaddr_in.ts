/**
 * Reading the address of an internet peer.
 *
 * @module
 */

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
  if (family === (linux ? 10 : 30)) return `[${ipv6(sockaddr.subarray(8, 24))}]:${port}`;
}

/** RFC 5952: lower case, the first longest run of two or more zero groups is `::`. */
function ipv6(bytes: Uint8Array): string {
  const groups: string[] = [];
  for (let i = 0; i < 16; i += 2) groups.push((bytes[i] << 8 | bytes[i + 1]).toString(16));
  if (groups.slice(0, 5).every((group) => group === "0") && groups[5] === "ffff") {
    return `::ffff:${bytes.subarray(12).join(".")}`;
  }
  let start = 0;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (groups[end] === "0") end++;
    if (end - i > length) [start, length] = [i, end - i];
  }
  if (length < 2) return groups.join(":");
  return `${groups.slice(0, start).join(":")}::${groups.slice(start + length).join(":")}`;
}
