/**
 * Logins, cookies and tokens in the head of an HTTP message, for output that people look at.
 *
 * @module
 */

import { isSecretField, secretsIn } from "../cli/secrets.ts";

/** What a head begins with: a method and a target, or a version. */
const START = /^(?:HTTP\/1\.\d |[A-Z]{3,10} \S+ HTTP\/1\.\d\r?\n)/;
/** A field; the scheme of a login is no part of its value. */
const FIELD = /^([!-9;-~]+):[ \t]*(?:(?:basic|bearer|digest|negotiate)[ \t]+)?([^\r\n]*)/gim;
const ASTERISK = 0x2a;
/** A letter that a method or a version begins with. */
const isCapital = (byte: number) => byte >= 0x41 && byte <= 0x5a;

/** One character a byte, so that places in the text are those of the bytes. */
const decoder = new TextDecoder("latin1");

/**
 * The bytes, with asterisks over logins, cookies and tokens if they begin with a head of HTTP/1. The
 * length stays the same; the bytes given are not changed.
 */
export function maskHead(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 16 || !isCapital(bytes[0])) return bytes;
  const text = decoder.decode(bytes);
  if (!START.test(text)) return bytes;
  const head = text.slice(0, /\r?\n\r?\n/.exec(text)?.index);
  const places = secretsIn(/^\S+ \S+/.exec(head)![0]);
  for (const { index, 0: field, 1: name, 2: value } of head.matchAll(FIELD)) {
    const end = index + field.length;
    if (isSecretField(name)) places.push([end - value.length, end]);
  }
  if (places.length === 0) return bytes;
  const masked = bytes.slice();
  for (const [from, to] of places) masked.fill(ASTERISK, from, to);
  return masked;
}
