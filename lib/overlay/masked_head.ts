/**
 * Logins, cookies and tokens in the heads of HTTP messages, for output that people look at.
 *
 * @module
 */

import { isSecretField, secretsIn } from "../core/secrets.ts";

/** The first line of a head, to its end. */
const FIRST = /^(?:HTTP\/1\.\d .*|[A-Z]{3,10} \S+ HTTP\/1\.\d)\r?\n$/;
/** What may become one. */
const BEGUN =
  /^(?:[A-Z]{1,10}(?: \S*(?: H?T?T?P?\/?1?\.?\d?\r?)?)?|HTTP\/(?:1(?:\.(?:\d(?: [^\n]*)?)?)?)?)$/;
/** A field; the scheme of a login is no part of its value. */
const FIELD = /^([!-9;-~]+):[ \t]*(?:(?:basic|bearer|digest|negotiate)[ \t]+)?([^\r]*)/i;
const ASTERISK = 0x2a;
/** The longest line that is put together, in bytes. */
const LONGEST_LINE = 64 * 1024;
/** A letter that a method or a version begins with. */
const isCapital = (byte: number) => byte >= 0x41 && byte <= 0x5a;

/** One character a byte, so that places in the text are those of the bytes. */
const decoder = new TextDecoder("latin1");

/** One direction of a connection, in which heads may come in pieces. */
export class HeadMask {
  /** What has come of a line that is not over. */
  #line = "";
  /** Whether that is behind the first line of a head. */
  #inFields = false;

  /**
   * The next bytes, with asterisks over logins, cookies and tokens where they are in a head of
   * HTTP/1 that began with them or before. The length stays the same; the bytes given are not
   * changed.
   */
  mask(bytes: Uint8Array): Uint8Array {
    const known = this.#line.length;
    if (known === 0 && !this.#inFields && !isCapital(bytes[0])) return bytes;
    const text = this.#line + decoder.decode(bytes);
    const places = this.#secrets(text).filter(([, to]) => to > known);
    if (places.length === 0) return bytes;
    const masked = bytes.slice();
    for (const [from, to] of places) masked.fill(ASTERISK, Math.max(0, from - known), to - known);
    return masked;
  }

  /** Where secrets are in the lines that begin with what was kept; keeps what is not over. */
  #secrets(text: string): [from: number, to: number][] {
    const places: [number, number][] = [];
    let at = 0;
    this.#line = "";
    if (!this.#inFields) {
      const end = text.indexOf("\n") + 1;
      const first = end === 0 ? text : text.slice(0, end);
      if (!(end === 0 ? BEGUN : FIRST).test(first)) return [];
      places.push(...secretsIn(/^\S*(?: \S*)?/.exec(first)![0]));
      if (end === 0) {
        this.#keep(text);
        return places;
      }
      this.#inFields = true;
      at = end;
    }
    for (;;) {
      const end = text.indexOf("\n", at);
      const line = text.slice(at, end < 0 ? undefined : end);
      const [field, name, value] = FIELD.exec(line) ?? [];
      if (field !== undefined && isSecretField(name)) {
        places.push([at + field.length - value.length, at + field.length]);
      }
      if (end < 0) {
        this.#keep(line);
        return places;
      }
      at = end + 1;
      if (line !== "" && line !== "\r") continue;
      this.#inFields = false; // Behind the head is what it is about.
      return places;
    }
  }

  #keep(line: string): void {
    this.#line = line;
    if (line.length <= LONGEST_LINE) return;
    this.#line = "";
    this.#inFields = false;
  }
}
