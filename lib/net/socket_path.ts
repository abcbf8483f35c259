/**
 * Where a UNIX socket is: a path in the file system, or a name in Linux's abstract
 * namespace, which has no file.
 *
 * @module
 */
import { usageError } from "../core/errors.ts";

/** The room for a path and its final NUL in `sockaddr_un`: unix(7). */
const ROOM = Deno.build.os === "linux" ? 108 : 104;

/** Checks the path of a socket file. `specifier`, with its colon, is for the error. */
export function parseSocketPath(text: string, specifier: string): string {
  if (text === "") {
    throw usageError(`${specifier} needs a path after the colon`, `write ${specifier}/run/my.sock`);
  }
  check(text, specifier, "path", ROOM - 1, "go to its directory first and give a relative path");
  return text;
}

/**
 * Checks a name in the abstract namespace, and puts the NUL before it that the system and
 * Deno tell it by.
 */
export function parseAbstractName(text: string, specifier: string): string {
  if (Deno.build.os !== "linux") {
    throw usageError(
      `${specifier} is for Linux only`,
      "other systems have no abstract sockets: use unix: or unix-listen: with a path",
    );
  }
  if (text === "") {
    throw usageError(`${specifier} needs a name after the colon`, `write ${specifier}my-socket`);
  }
  check(text, specifier, "name", ROOM - 1, "choose a shorter one");
  return `\0${text}`;
}

function check(text: string, specifier: string, what: string, most: number, hint: string): void {
  if (text.includes("\0")) throw usageError(`${specifier} the ${what} has a NUL byte in it`);
  const length = new TextEncoder().encode(text).length;
  if (length > most) {
    throw usageError(
      `${specifier} the ${what} is ${length} bytes long, a socket's can have ${most} at most`,
      hint,
    );
  }
}
