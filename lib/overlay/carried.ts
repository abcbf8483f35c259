/**
 * The buffer of a reader whose last message is not complete: its beginning is carried to the front,
 * where the rest of it is read behind it.
 *
 * @module
 */

/** A capacity, at most `most`, with as much room again as is `held`: `capacity` if that will do. */
export function capacityFor(held: number, capacity: number, most: number): number {
  while (capacity < held * 2 && capacity < most) capacity = Math.min(capacity * 2, most);
  return capacity;
}

/** A buffer of `capacity` that begins with `bytes[start, end)`; `bytes` itself if it is of that size. */
export function carried(
  bytes: Uint8Array<ArrayBuffer>,
  start: number,
  end: number,
  capacity: number,
): Uint8Array<ArrayBuffer> {
  if (capacity === bytes.length) {
    if (start > 0 && end > start) bytes.copyWithin(0, start, end);
    return bytes;
  }
  const other = new Uint8Array(capacity);
  other.set(bytes.subarray(start, end));
  return other;
}
