/**
 * Addresses of UNIX sockets as the C library takes them.
 *
 * @module
 */
import { usageError } from "../core/errors.ts";

/** What a UNIX socket is called: a path, or a name of Linux's abstract namespace. */
export interface UnixName {
  /** The path or the name. */
  readonly text: string;
  /** Whether it is a name rather than a path. */
  readonly abstract: boolean;
}

/** The name that a text means where a leading `@` marks an abstract one. */
export function unixName(text: string): UnixName {
  return text.startsWith("@") ? { text: text.slice(1), abstract: true } : { text, abstract: false };
}

/** A name as people write it, with `@` before an abstract one. */
export function formatUnixName(name: UnixName): string {
  return name.abstract ? `@${name.text}` : name.text;
}

const AF_UNIX = 1;
const HEADER = 2;

/**
 * The `sockaddr_un` of a name. Throws a usage error for an empty name, one that is
 * too long for the platform, and an abstract one elsewhere than on Linux.
 */
export function unixAddress(
  name: UnixName,
  os: typeof Deno.build.os = Deno.build.os,
): Uint8Array<ArrayBuffer> {
  const linux = os === "linux" || os === "android";
  const shown = formatUnixName(name);
  if (name.abstract && !linux) {
    throw usageError(`only Linux has abstract sockets, ${shown} cannot be one`);
  }
  const bytes = new TextEncoder().encode(name.text);
  if (bytes.length === 0) throw usageError("a socket path is missing");
  if (!name.abstract && bytes.includes(0)) throw usageError("a socket path has a NUL byte");
  // One byte is the NUL after a path, or the one that marks an abstract name.
  const most = (linux ? 108 : 104) - 1;
  if (bytes.length > most) {
    throw usageError(
      `the socket path ${shown} is too long: ${bytes.length} bytes, at most ${most} are possible`,
      name.abstract ? undefined : "change to its directory and give a relative path",
    );
  }
  const address = new Uint8Array(HEADER + bytes.length + 1);
  if (linux) {
    new Uint16Array(address.buffer, 0, 1)[0] = AF_UNIX;
  } else {
    address[0] = address.length;
    address[1] = AF_UNIX;
  }
  address.set(bytes, HEADER + (name.abstract ? 1 : 0));
  return address;
}
