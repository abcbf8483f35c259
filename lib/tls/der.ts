/**
 * The Distinguished Encoding Rules of ASN.1 (ITU-T X.690), as far as certificates need them.
 *
 * @module
 */

/** The tags in use here. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  bmpString: 0x1e,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** A value with its tag and length. */
export function encode(
  tag: number,
  ...content: readonly Uint8Array[]
): Uint8Array<ArrayBuffer> {
  const length = content.reduce((sum, part) => sum + part.length, 0);
  const header = [tag];
  if (length < 0x80) header.push(length);
  else {
    const digits: number[] = [];
    for (let rest = length; rest > 0; rest >>>= 8) digits.unshift(rest & 0xff);
    header.push(0x80 | digits.length, ...digits);
  }
  const whole = new Uint8Array(header.length + length);
  whole.set(header);
  let at = header.length;
  for (const part of content) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A SEQUENCE. */
export function sequence(...items: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return encode(TAG.sequence, ...items);
}

/** An INTEGER that is not negative, from its bytes, the highest first. */
export function integer(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const digits = bytes.subarray(start);
  const sign = digits[0] >= 0x80 ? [Uint8Array.of(0)] : [];
  return encode(TAG.integer, ...sign, digits);
}

/** A BIT STRING of whole bytes, or with `unused` bits at the end of the last one. */
export function bitString(bytes: Uint8Array, unused = 0): Uint8Array<ArrayBuffer> {
  return encode(TAG.bitString, Uint8Array.of(unused), bytes);
}

/** An OBJECT IDENTIFIER from its dotted form. */
export function objectIdentifier(dotted: string): Uint8Array<ArrayBuffer> {
  const [first, second, ...others] = dotted.split(".").map(Number);
  const bytes: number[] = [];
  for (const number of [first * 40 + second, ...others]) {
    const digits = [number & 0x7f];
    for (let rest = number >>> 7; rest > 0; rest >>>= 7) digits.unshift(0x80 | (rest & 0x7f));
    bytes.push(...digits);
  }
  return encode(TAG.objectIdentifier, Uint8Array.from(bytes));
}

/** A UTF8String. */
export function utf8String(text: string): Uint8Array<ArrayBuffer> {
  return encode(TAG.utf8String, new TextEncoder().encode(text));
}

/** A time as certificates have it (RFC 5280, section 4.1.2.5): with two digits of the year until 2049. */
export function time(date: Date): Uint8Array<ArrayBuffer> {
  const digits = date.toISOString().replace(/\.\d+Z$/, "").replace(/\D/g, "");
  const short = date.getUTCFullYear() < 2050;
  const text = `${short ? digits.slice(2) : digits}Z`;
  return encode(short ? TAG.utcTime : TAG.generalizedTime, new TextEncoder().encode(text));
}

/** A value that was read. */
export interface Element {
  /** What it is. */
  readonly tag: number;
  /** What is in it. */
  readonly content: Uint8Array;
  /** All of it, tag and length too. */
  readonly whole: Uint8Array;
}

/** The values that lie one after another in `bytes`. Throws if they are cut off. */
export function elements(bytes: Uint8Array): Element[] {
  const found: Element[] = [];
  for (let at = 0; at < bytes.length;) {
    const start = at;
    const tag = bytes[at++];
    let length = bytes[at++];
    if (length >= 0x80) {
      let digits = length & 0x7f;
      for (length = 0; digits > 0; digits--) length = length * 256 + bytes[at++];
    }
    if (!(at + length <= bytes.length)) throw new RangeError("a DER value is cut off");
    found.push({
      tag,
      content: bytes.subarray(at, at + length),
      whole: bytes.subarray(start, at + length),
    });
    at += length;
  }
  return found;
}

/** The dotted form of an OBJECT IDENTIFIER's content. */
export function dotted(content: Uint8Array): string {
  const numbers: number[] = [];
  let number = 0;
  for (const byte of content) {
    number = number * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    if (numbers.length === 0) {
      const first = Math.min(2, Math.floor(number / 40));
      numbers.push(first, number - first * 40);
    } else numbers.push(number);
    number = 0;
  }
  return numbers.join(".");
}
