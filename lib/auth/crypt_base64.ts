/**
 * The two ways in which hashes of crypt(3) write bits as characters.
 *
 * @module
 */

const OF_CRYPT = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const OF_BCRYPT = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Three bytes as four characters, the lowest bits first, as MD5 and SHA hashes have them. */
export function encodeLowFirst(bytes: readonly number[]): string {
  let bits = bytes.reduce((bits, byte) => bits << 8 | byte, 0);
  let text = "";
  for (let count = Math.ceil(bytes.length * 8 / 6); count > 0; count--, bits >>>= 6) {
    text += OF_CRYPT[bits & 63];
  }
  return text;
}

/** Bytes as bcrypt writes them: the highest bits first. */
export function encodeBits(bytes: Uint8Array): string {
  let text = "";
  for (let bit = 0; bit < bytes.length * 8; bit += 6) {
    const at = bit >> 3;
    const pair = bytes[at] << 8 | (bytes[at + 1] ?? 0);
    text += OF_BCRYPT[pair >> (10 - bit % 8) & 63];
  }
  return text;
}

/** What {@linkcode encodeBits} has written; the bits that are no whole byte are left out. */
export function decodeBits(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor(text.length * 6 / 8));
  let bits = 0;
  let count = 0;
  let at = 0;
  for (const character of text) {
    bits = bits << 6 | OF_BCRYPT.indexOf(character);
    count += 6;
    if (count < 8 || at === bytes.length) continue;
    count -= 8;
    bytes[at++] = bits >> count & 0xff;
  }
  return bytes;
}
