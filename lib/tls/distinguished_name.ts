/**
 * The names in a certificate as texts (RFC 4514).
 *
 * @module
 */
import { dotted, type Element, elements, TAG } from "./der.ts";

/** RFC 4514, section 3, and `emailAddress`, which everybody writes so. */
const SHORT: Record<string, string> = {
  "2.5.4.3": "CN",
  "2.5.4.6": "C",
  "2.5.4.7": "L",
  "2.5.4.8": "ST",
  "2.5.4.9": "STREET",
  "2.5.4.10": "O",
  "2.5.4.11": "OU",
  "0.9.2342.19200300.100.1.1": "UID",
  "0.9.2342.19200300.100.1.25": "DC",
  "1.2.840.113549.1.9.1": "emailAddress",
};

/** Who a certificate is for and who has signed it, each `CN=name,O=organization`. */
export function distinguishedNames(der: Uint8Array): { subject: string; issuer: string } {
  const [certificate] = elements(der);
  const [body] = elements(certificate.content);
  // RFC 5280, section 4.1: the version is left out of a certificate of version 1.
  const fields = elements(body.content).filter(({ tag }) => tag !== 0xa0);
  return { issuer: nameOf(fields[2]), subject: nameOf(fields[4]) };
}

/** The last part of a name comes first. Escaped so that no value can pass for another part. */
function nameOf(name: Element): string {
  const parts = elements(name.content).map(({ content }) =>
    elements(content).map((attribute) => {
      const [type, value] = elements(attribute.content);
      const identifier = dotted(type.content);
      return `${SHORT[identifier] ?? identifier}=${escaped(textOf(value))}`;
    }).join("+")
  );
  return parts.reverse().join(",");
}

function textOf({ tag, content }: Element): string {
  if (tag !== TAG.bmpString) return new TextDecoder().decode(content);
  return new TextDecoder("utf-16be").decode(content);
}

// deno-lint-ignore no-control-regex -- these are what it is about
const CONTROLS = /[\x00-\x1f\x7f]/g;

/** RFC 4514, section 2.4; control characters as well, which would break a line. */
function escaped(value: string): string {
  return value.replace(/[",+;<>\\]/g, "\\$&").replace(/^[ #]| $/g, "\\$&")
    .replace(CONTROLS, (one) => `\\${one.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
