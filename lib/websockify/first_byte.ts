/**
 * What a client wants, by the first byte that it sends.
 *
 * @module
 */

/** TLS, the Flash player's policy request, or HTTP, which every WebSocket begins with. */
export type FirstWord = "tls" | "flash" | "http";

/** A TLS handshake record, and the hello of SSL 2 (RFC 8446, section 5.1; RFC 5246, appendix E.2). */
const TLS_RECORD = 0x16;
const SSL2_HELLO = 0x80;
const LESS_THAN = 0x3c;

/** What a connection that begins with `byte` is. */
export function firstWord(byte: number): FirstWord {
  if (byte === TLS_RECORD || byte === SSL2_HELLO) return "tls";
  return byte === LESS_THAN ? "flash" : "http";
}

/** What the Flash player wants to read before it opens a socket, with its final NUL. */
export const FLASH_POLICY: Uint8Array<ArrayBuffer> = new TextEncoder().encode(
  '<cross-domain-policy><allow-access-from domain="*" to-ports="*" /></cross-domain-policy>\n\0',
);

/** How the Flash player asks for it. */
export const FLASH_REQUEST: Uint8Array<ArrayBuffer> = new TextEncoder().encode(
  "<policy-file-request/>",
);
