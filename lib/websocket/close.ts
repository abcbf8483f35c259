/**
 * Close frames (RFC 6455, sections 5.5.1, 7.1 and 7.4).
 *
 * @module
 */
import type { CloseStatus } from "../core/peer.ts";
import { MAX_CONTROL_PAYLOAD } from "./frame.ts";
import { isUtf8 } from "./utf8.ts";

/** Close codes of section 7.4.1 and the IANA registry that wirecat sends or tells of. */
export const CLOSE = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  unsupported: 1003,
  /** Never on the wire: the Close frame had no code. */
  none: 1005,
  /** Never on the wire: the connection ended without a Close frame. */
  abnormal: 1006,
  invalidPayload: 1007,
  policy: 1008,
  tooBig: 1009,
  internalError: 1011,
  serviceRestart: 1012,
  tryAgainLater: 1013,
  badGateway: 1014,
} as const;

const MEANINGS: Record<number, string> = {
  1000: "normal closure",
  1001: "going away",
  1002: "protocol error",
  1003: "unsupported data",
  1005: "no code given",
  1006: "connection ended without a Close frame",
  1007: "invalid payload data",
  1008: "policy violation",
  1009: "message too big",
  1010: "mandatory extension missing",
  1011: "internal error",
  1012: "service restart",
  1013: "try again later",
  1014: "bad gateway",
  1015: "TLS handshake failed",
};

/** Whether a code may stand in a Close frame (section 7.4.2; 1012 to 1014 by IANA). */
export function isWireCode(code: number): boolean {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
    (code >= 3000 && code <= 4999);
}

/** A status in words: `1001 (going away): bye`. */
export function describeClose({ code, reason }: CloseStatus): string {
  const meaning = MEANINGS[code];
  const head = meaning === undefined ? String(code) : `${code} (${meaning})`;
  return reason === "" ? head : `${head}: ${reason}`;
}

/** What is wrong with the payload of a Close frame that came in. */
export class ClosePayloadError extends Error {
  /** The code that answers it. */
  readonly code: number;

  /** `code` is 1002 or 1007. */
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Reads the payload of a Close frame. Throws {@linkcode ClosePayloadError}. */
export function parseClose(payload: Uint8Array): CloseStatus {
  if (payload.length === 0) return { code: CLOSE.none, reason: "" };
  if (payload.length === 1) {
    throw new ClosePayloadError(CLOSE.protocolError, "a Close frame with half a code");
  }
  const code = (payload[0] << 8) | payload[1];
  if (!isWireCode(code)) {
    throw new ClosePayloadError(
      CLOSE.protocolError,
      `a Close frame with the reserved code ${code}`,
    );
  }
  if (!isUtf8(payload, 2, payload.length)) {
    throw new ClosePayloadError(CLOSE.invalidPayload, "a close reason that is not UTF-8");
  }
  return { code, reason: decoder.decode(payload.subarray(2)) };
}

/** The payload of a Close frame: empty for code 1005. A reason over 123 bytes is cut at a character. */
export function closePayload({ code, reason }: CloseStatus): Uint8Array {
  if (code === CLOSE.none) return new Uint8Array(0);
  const payload = new Uint8Array(MAX_CONTROL_PAYLOAD);
  payload[0] = code >>> 8;
  payload[1] = code;
  const { written } = encoder.encodeInto(reason, payload.subarray(2));
  return payload.subarray(0, 2 + written);
}
