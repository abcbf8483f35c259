/**
 * Trusting one certificate, or one key, by its fingerprint.
 *
 * @module
 */
import { createHash, X509Certificate } from "node:crypto";
import { usageError } from "../core/errors.ts";

/** A fingerprint in hexadecimal digits: of a certificate or of its public key. */
export type Pin = string;

/**
 * The fingerprint that a text says: `sha256/BASE64` or `sha256//BASE64`, or hexadecimal digits
 * with or without colons, with or without `sha256:` before them. Throws a usage error.
 */
export function parsePin(text: string): Pin {
  const bare = text.trim().replace(/^sha-?256(?: fingerprint)?[/:=]/i, "");
  const digits = bare.replaceAll(":", "").toLowerCase();
  if (/^[0-9a-f]{64}$/.test(digits)) return digits;
  // A second slash may be curl's, or the first digit of the base64.
  const found = fromBase64(bare) ?? fromBase64(bare.replace(/^\//, ""));
  if (found !== undefined) return found;
  throw usageError(
    `--pin: '${text}' is no SHA-256 fingerprint`,
    "write sha256/ and 32 bytes in base64, or 64 hexadecimal digits",
  );
}

/** The fingerprint of a certificate in DER, as `--pin` takes it. */
export function pinOf(der: Uint8Array): string {
  return `sha256/${createHash("sha256").update(der).digest("base64")}`;
}

/** Whether a certificate, or its public key (RFC 7469, section 2.4), has one of the fingerprints. */
export function isPinned(der: Uint8Array, pins: readonly Pin[]): boolean {
  const key = new X509Certificate(der).publicKey.export({ type: "spki", format: "der" });
  return pins.includes(digest(der)) || pins.includes(digest(key));
}

function fromBase64(text: string): Pin | undefined {
  try {
    const bytes = Uint8Array.fromBase64(text);
    return bytes.length === 32 ? bytes.toHex() : undefined;
  } catch {
    return undefined;
  }
}

function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
