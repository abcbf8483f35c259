/**
 * IP addresses as bytes and as text.
 *
 * @module
 */

/** The first twelve bytes of an IPv4 address as an IPv6 one (RFC 4291, section 2.5.5.2). */
export const MAPPED: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/** The four bytes of `192.0.2.1`. */
export function parseIpv4(text: string): number[] | undefined {
  // A zero before other digits is octal for some, and nothing for others.
  if (!/^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/.test(text)) return undefined;
  const bytes = text.split(".").map(Number);
  return bytes.every((byte) => byte < 256) ? bytes : undefined;
}

/** The sixteen bytes of an IPv6 address in any notation. */
export function parseIpv6(text: string): number[] | undefined {
  if (!/^[\da-f:.]+$/i.test(text)) return undefined;
  // A URL's host is in the one notation of RFC 5952, without dots.
  const url = URL.parse(`http://[${text}]/`);
  if (url === null || url.hostname === "") return undefined;
  const [head, tail] = url.hostname.slice(1, -1).split("::");
  const left = groups(head);
  const right = groups(tail ?? "");
  const zeros = new Array(16 - left.length - right.length).fill(0);
  return [...left, ...zeros, ...right];
}

function groups(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    const value = parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

/**
 * An IPv6 address from sixteen bytes, in the notation of RFC 5952; with dots where it stands for an
 * IPv4 one (section 5).
 */
export function formatIpv6(bytes: Uint8Array): string {
  if (MAPPED.every((byte, i) => bytes[i] === byte)) {
    return `::ffff:${bytes.subarray(MAPPED.length).join(".")}`;
  }
  const parts: string[] = [];
  for (let i = 0; i < 16; i += 2) parts.push((bytes[i] << 8 | bytes[i + 1]).toString(16));
  return new URL(`http://[${parts.join(":")}]/`).hostname.slice(1, -1);
}
