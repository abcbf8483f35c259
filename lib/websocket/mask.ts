/**
 * Masking (RFC 6455, section 5.3). The key is a number here: its first byte on the
 * wire is the lowest eight bits, so that a word of four payload bytes in the
 * machine's order is masked by one XOR.
 *
 * @module
 */

/** The key that holds after `bytes` more bytes of payload. */
export function rotateKey(key: number, bytes: number): number {
  const bits = (bytes & 3) << 3;
  return bits === 0 ? key : (key >>> bits) | (key << (32 - bits));
}

/** The key whose four bytes lie in `bytes` at `at`. */
export function readKey(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
}

const NOT_ASCII = 0x80808080 | 0;

/**
 * Masks or unmasks `bytes[start, end)` in place. `words` are the same bytes as whole
 * words. Returns whether all of the result is ASCII, which is then known to be valid UTF-8.
 */
export function maskInPlace(
  bytes: Uint8Array,
  words: Int32Array,
  start: number,
  end: number,
  key: number,
): boolean {
  let at = start;
  let seen = 0;
  // One by one up to a word boundary of the buffer; the key turns along.
  while (at < end && (at & 3) !== 0) {
    seen |= bytes[at] ^= key;
    key = (key >>> 8) | (key << 24);
    at++;
  }
  let allWords = 0;
  let word = at >> 2;
  const lastWord = end >> 2;
  for (const stop = lastWord - 3; word < stop; word += 4) {
    allWords |= (words[word] ^= key) | (words[word + 1] ^= key) |
      (words[word + 2] ^= key) | (words[word + 3] ^= key);
  }
  for (; word < lastWord; word++) allWords |= words[word] ^= key;
  if (at < lastWord << 2) at = lastWord << 2;
  while (at < end) {
    seen |= bytes[at] ^= key;
    key = (key >>> 8) | (key << 24);
    at++;
  }
  return (seen & 0x80) === 0 && (allWords & NOT_ASCII) === 0;
}

/** Copies `from[start, end)` to `to` at `at`, masked. Both views take any alignment. */
export function maskCopy(
  to: DataView,
  at: number,
  from: DataView,
  start: number,
  end: number,
  key: number,
): void {
  const whole = end - 3;
  for (; start < whole; start += 4, at += 4) {
    to.setInt32(at, from.getInt32(start, true) ^ key, true);
  }
  for (; start < end; start++, at++) {
    to.setUint8(at, from.getUint8(start) ^ key);
    key >>>= 8;
  }
}

const POOL_WORDS = 4096;
let pool: Int32Array<ArrayBuffer> | undefined;
let used = POOL_WORDS;

/** A fresh masking key from the system's random source, as section 5.3 asks. */
export function randomKey(): number {
  if (used === POOL_WORDS) {
    pool ??= new Int32Array(POOL_WORDS);
    crypto.getRandomValues(pool);
    used = 0;
  }
  return pool![used++];
}
