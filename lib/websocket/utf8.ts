/**
 * Checking UTF-8 (RFC 3629) as it arrives, so that a text message fails at its first
 * wrong byte (RFC 6455, sections 5.6 and 8.1).
 *
 * @module
 */

/** Between characters: nothing is open. */
export const UTF8_ACCEPT = 0;
/** The bytes so far can't become valid. */
export const UTF8_REJECT = -1;

/**
 * The state after `bytes[start, end)`, beginning in `state`. A state is
 * {@linkcode UTF8_ACCEPT}, {@linkcode UTF8_REJECT}, or open: how many continuation bytes
 * are to come (bits 0–1), and the bounds of the next one (bits 8–15 and 16–23).
 */
export function utf8State(
  state: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  let at = start;
  while (at < end) {
    if (state === UTF8_ACCEPT) {
      while (at < end && bytes[at] < 0x80) at++;
      if (at === end) return UTF8_ACCEPT;
      state = open(bytes[at++]);
    } else {
      const byte = bytes[at++];
      if (byte < ((state >>> 8) & 0xff) || byte > ((state >>> 16) & 0xff)) return UTF8_REJECT;
      const left = (state & 3) - 1;
      state = left === 0 ? UTF8_ACCEPT : pending(left, 0x80, 0xbf);
    }
    if (state === UTF8_REJECT) return UTF8_REJECT;
  }
  return state;
}

/** Whether `bytes[start, end)` is valid UTF-8 from start to end. */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  return utf8State(UTF8_ACCEPT, bytes, start, end) === UTF8_ACCEPT;
}

function pending(left: number, low: number, high: number): number {
  return left | (low << 8) | (high << 16);
}

/** The state after a first byte that is not ASCII; the bounds rule out overlong forms and surrogates. */
function open(byte: number): number {
  if (byte < 0xc2) return UTF8_REJECT;
  if (byte < 0xe0) return pending(1, 0x80, 0xbf);
  if (byte === 0xe0) return pending(2, 0xa0, 0xbf);
  if (byte === 0xed) return pending(2, 0x80, 0x9f);
  if (byte < 0xf0) return pending(2, 0x80, 0xbf);
  if (byte === 0xf0) return pending(3, 0x90, 0xbf);
  if (byte < 0xf4) return pending(3, 0x80, 0xbf);
  if (byte === 0xf4) return pending(3, 0x80, 0x8f);
  return UTF8_REJECT;
}

const NOT_ASCII = 0x80808080 | 0;

/** Whether `bytes[start, end)` is ASCII only. `words` are the same bytes as whole words. */
export function isAscii(
  bytes: Uint8Array,
  words: Int32Array,
  start: number,
  end: number,
): boolean {
  let at = start;
  let seen = 0;
  while (at < end && (at & 3) !== 0) seen |= bytes[at++];
  const lastWord = end >> 2;
  let allWords = 0;
  for (let word = at >> 2; word < lastWord; word++) allWords |= words[word];
  if (at < lastWord << 2) at = lastWord << 2;
  while (at < end) seen |= bytes[at++];
  return (seen & 0x80) === 0 && (allWords & NOT_ASCII) === 0;
}
