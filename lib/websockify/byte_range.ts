/**
 * The Range header (RFC 9110, section 14).
 *
 * @module
 */

/** A part of a file: from `start` to `end`, exclusive. */
export interface ByteRange {
  /** The first byte. */
  readonly start: number;
  /** The byte behind the last. */
  readonly end: number;
}

/**
 * The part of `size` bytes that a header asks for. Nothing if it asks for many parts or is
 * no range: all is sent then (section 14.2). `unsatisfiable` if the part lies behind the end.
 */
export function byteRange(
  header: string | null,
  size: number,
): ByteRange | "unsatisfiable" | undefined {
  const match = /^bytes=(\d*)-(\d*)$/i.exec((header ?? "").replace(/\s/g, ""));
  if (match === null || (match[1] === "" && match[2] === "")) return undefined;
  const [first, last] = [Number(match[1]), Number(match[2])];
  if (match[1] === "") {
    if (last === 0 || size === 0) return "unsatisfiable";
    return { start: Math.max(0, size - last), end: size };
  }
  if (match[2] !== "" && last < first) return undefined;
  if (first >= size) return "unsatisfiable";
  return { start: first, end: match[2] === "" ? size : Math.min(size, last + 1) };
}
