/**
 * The frame of RFC 6455, section 5.2: what its header holds, and writing one.
 *
 * @module
 */

/** Opcodes of RFC 6455, section 5.2. */
export const OPCODE = {
  continuation: 0x0,
  text: 0x1,
  binary: 0x2,
  close: 0x8,
  ping: 0x9,
  pong: 0xa,
} as const;

/** The bit of the first byte that marks a message's last frame. */
export const FIN = 0x80;
/** The bit of a message's first byte that says it is compressed (RFC 7692, section 6). */
export const RSV1 = 0x40;
/** The bit of the second byte that says the payload is masked. */
export const MASK = 0x80;
/** The longest payload of a control frame, in bytes (section 5.5). */
export const MAX_CONTROL_PAYLOAD = 125;
/** The longest header in bytes: two, an extended length of eight, a masking key of four. */
export const MAX_HEADER = 14;

/** How long the header of a frame with a payload of `length` bytes is. */
export function headerLength(length: number, masked: boolean): number {
  const base = length < 126 ? 2 : length < 0x10000 ? 4 : 10;
  return masked ? base + 4 : base;
}

/**
 * Writes a header without a masking key to `bytes` at `at`; the key, if there is to
 * be one, follows where this returns. `first` is the first byte: FIN, RSV bits and opcode.
 */
export function writeHeader(
  bytes: Uint8Array,
  at: number,
  first: number,
  length: number,
  masked: boolean,
): number {
  const mask = masked ? MASK : 0;
  bytes[at] = first;
  if (length < 126) {
    bytes[at + 1] = mask | length;
    return at + 2;
  }
  if (length < 0x10000) {
    bytes[at + 1] = mask | 126;
    bytes[at + 2] = length >>> 8;
    bytes[at + 3] = length;
    return at + 4;
  }
  bytes[at + 1] = mask | 127;
  let high = Math.floor(length / 0x100000000);
  let low = length;
  for (let i = 3; i >= 0; i--, high >>>= 8) bytes[at + 2 + i] = high;
  for (let i = 3; i >= 0; i--, low >>>= 8) bytes[at + 6 + i] = low;
  return at + 10;
}
