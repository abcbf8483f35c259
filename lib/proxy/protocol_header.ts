/**
 * The header of the PROXY protocol, versions 1 and 2, as bytes: by it a proxy tells a server whose
 * connection it passes on. "The PROXY protocol", haproxy.org, 2020/03/05.
 *
 * @module
 */
import { WirecatError } from "../core/errors.ts";
import { formatHostPort, type HostPort } from "../net/address.ts";
import { parseIp } from "../net/cidr.ts";
import { formatIpv6, parseIpv4, parseIpv6 } from "../net/ip.ts";

/** The versions of the header. */
export type HeaderVersion = "v1" | "v2";

/** Section 2.2: what version 2 begins with. */
const SIGNATURE = Uint8Array.of(13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10);
/** What version 1 begins with: `PROXY `. */
const WORD = Uint8Array.of(0x50, 0x52, 0x4f, 0x58, 0x59, 0x20);

/** Section 2.1: the longest line of version 1, with its end. */
const LONGEST_LINE = 107;
/** Version 2 up to its length field. */
const FIXED = 16;
/** How much is taken of version 2 behind that; its own limit is 64 KiB. */
const LONGEST_REST = 16 * 1024;

const LF = 10;

/** The most that is read of a header, in bytes. */
export const MAX_HEADER = FIXED + LONGEST_REST;

/**
 * How many bytes the header has that `bytes` begins with; undefined if more of it is needed to
 * tell. Throws a `protocol` error as soon as it can be none.
 */
export function headerLength(bytes: Uint8Array): number | undefined {
  if (begins(bytes, SIGNATURE)) {
    if (bytes.length < FIXED) return undefined;
    const rest = bytes[14] << 8 | bytes[15];
    if (rest > LONGEST_REST) throw malformed(`has ${rest} bytes`);
    return FIXED + rest;
  }
  if (!begins(bytes, WORD)) throw malformed("is missing");
  const end = bytes.subarray(0, LONGEST_LINE).indexOf(LF);
  if (end >= 0) return end + 1;
  if (bytes.length >= LONGEST_LINE) throw malformed("is a line without an end");
  return undefined;
}

/** Whether `bytes` and `start` are the same as far as both go. */
function begins(bytes: Uint8Array, start: Uint8Array): boolean {
  const length = Math.min(bytes.length, start.length);
  for (let i = 0; i < length; i++) if (bytes[i] !== start[i]) return false;
  return true;
}

/**
 * The client that a whole header tells: `IP:PORT`, or the path of a UNIX socket. Nothing where the
 * connection is the proxy's own or the proxy does not know. Throws a `protocol` error.
 */
export function parseHeader(bytes: Uint8Array): string | undefined {
  return bytes[0] === WORD[0] ? parseLine(bytes) : parseBinary(bytes);
}

/** Section 2.1. */
function parseLine(bytes: Uint8Array): string | undefined {
  const line = String.fromCharCode(...bytes);
  if (/^PROXY UNKNOWN( [^\r\n]*)?\r\n$/.test(line)) return undefined;
  const match = /^PROXY TCP([46]) (\S+) (\S+) (\d{1,5}) (\d{1,5})\r\n$/.exec(line);
  if (match === null) throw malformed("is not a line of version 1");
  const [, version, source, destination, port, otherPort] = match;
  const parse = version === "4" ? parseIpv4 : parseIpv6;
  if (parse(source) === undefined || parse(destination) === undefined) {
    throw malformed(`has no IPv${version} addresses`);
  }
  if (Number(port) > 65535 || Number(otherPort) > 65535) throw malformed("has no ports");
  return formatHostPort({ hostname: mapped(source), port: Number(port) });
}

/** How long the addresses of each family are (section 2.2). */
const FAMILIES: Readonly<Record<number, number>> = { 1: 4, 2: 16, 3: 108 };

/** Section 2.2; what follows the addresses (section 2.2.1) is left out. */
function parseBinary(bytes: Uint8Array): string | undefined {
  const command = bytes[12] & 0xf;
  if (bytes[12] >> 4 !== 2) throw malformed(`is of version ${bytes[12] >> 4}`);
  if (command > 1) throw malformed(`has the command ${command}`);
  if (command === 0) return undefined; // LOCAL
  const family = bytes[13] >> 4;
  if (family === 0) return undefined;
  const length = FAMILIES[family];
  if (length === undefined || (bytes[13] & 0xf) > 2) throw malformed("has unknown addresses");
  const ports = family === 3 ? 0 : 2;
  if (bytes.length < FIXED + 2 * (length + ports)) throw malformed("is too short");
  const source = bytes.subarray(FIXED, FIXED + length);
  if (family === 3) {
    const end = source.indexOf(0);
    const path = new TextDecoder().decode(end < 0 ? source : source.subarray(0, end));
    return path === "" ? undefined : path;
  }
  const at = FIXED + 2 * length;
  const hostname = family === 1 ? source.join(".") : formatIpv6(source);
  return formatHostPort({ hostname: mapped(hostname), port: bytes[at] << 8 | bytes[at + 1] });
}

/** `::ffff:c000:201` is `192.0.2.1`. */
function mapped(hostname: string): string {
  const bytes = parseIp(hostname);
  return bytes?.length === 4 ? bytes.join(".") : hostname;
}

function malformed(what: string): WirecatError {
  return new WirecatError("protocol", `the PROXY protocol header ${what}`);
}

/**
 * A header that tells of a connection from `source` to `destination`; without them that
 * nothing is known (version 1), or that it is the proxy's own (version 2).
 */
export function formatHeader(
  version: HeaderVersion,
  source?: HostPort,
  destination?: HostPort,
): Uint8Array<ArrayBuffer> {
  const from = source && parseIp(source.hostname);
  const to = destination && parseIp(destination.hostname);
  if (from === undefined || to === undefined) {
    return version === "v1"
      ? new TextEncoder().encode("PROXY UNKNOWN\r\n")
      : Uint8Array.of(...SIGNATURE, 0x20, 0, 0, 0);
  }
  // Both addresses have to be of one family.
  const wide = from.length === 16 || to.length === 16;
  const [a, b] = wide ? [widened(from), widened(to)] : [from, to];
  const [{ port: fromPort }, { port: toPort }] = [source!, destination!];
  if (version === "v1") {
    const text = (ip: number[]) => wide ? formatIpv6(Uint8Array.from(ip)) : ip.join(".");
    return new TextEncoder().encode(
      `PROXY TCP${wide ? 6 : 4} ${text(a)} ${text(b)} ${fromPort} ${toPort}\r\n`,
    );
  }
  const addresses = [...a, ...b, fromPort >> 8, fromPort & 255, toPort >> 8, toPort & 255];
  return Uint8Array.of(...SIGNATURE, 0x21, wide ? 0x21 : 0x11, 0, addresses.length, ...addresses);
}

/** RFC 4291, section 2.5.5.2. */
function widened(ip: number[]): number[] {
  return ip.length === 16 ? ip : [...new Array(10).fill(0), 255, 255, ...ip];
}

/** Reads `IP:PORT` or `IP`. */
export function parseClient(text: string): HostPort | undefined {
  const [, v6, other, digits = "0"] = /^(?:\[(.*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const hostname = v6 ?? other ?? text;
  return parseIp(hostname) === undefined ? undefined : { hostname, port: Number(digits) };
}
