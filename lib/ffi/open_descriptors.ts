/**
 * The descriptors of this process.
 *
 * @module
 */

/** Where open descriptors are not listed, those below this are tried. */
const MOST_DESCRIPTORS = 65536;

/** Those that are open, or all that may be. */
export function openDescriptors(): Iterable<number> {
  try {
    return Array.from(Deno.readDirSync("/dev/fd"), ({ name }) => Number(name));
  } catch {
    return Array.from({ length: MOST_DESCRIPTORS }, (_, fd) => fd);
  }
}
