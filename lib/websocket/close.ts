/**
 * Close frames (RFC 6455, sections 5.5.1, 7.1 and 7.4).
 *
 * @module
 */
import type { CloseStatus } from "../core/peer.ts";
import { CLOSE, isWireCode } from "./close_code.ts";
import { MAX_CONTROL_PAYLOAD } from "./frame.ts";
import { isUtf8 } from "./utf8.ts";

export { CLOSE, isWireCode };

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
  3000: "unauthorized",
  3003: "forbidden",
  3008: "timeout",
};

/** Whose a code without a name of its own is (section 7.4.2). */
function ownerOf(code: number): string | undefined {
  if (code >= 4000 && code <= 4999) return "the application's own code";
  if (code >= 3000 && code <= 3999) return "a library's own code";
}

const CLOSE_HINTS: Record<number, string> = {
  1002: "the server objects to what it was sent: log: before the address shows that",
  1003: "the server does not take this kind of message: try -t for text, or -b for binary",
  1006: "the server failed, or something in between gave up an idle connection: " +
    "--ping-interval keeps it busy",
  1007: "the server got text that is no UTF-8, or not what it expects: -b sends binary",
  1008: "the server has a rule against it: a login (--user, --bearer) or an Origin may be missing",
  1009: "the server takes no message of that length: -B sends shorter ones",
  1010: "the server wants an extension: --compress offers permessage-deflate",
  1011: "it is an error in the server: its log tells more",
  1012: "the server starts anew: try again, or stay connected with autoreconnect:",
  1013: "the server is busy: try again later, or with --retry",
  1014: "what is in front of the server answers, and the server does not: is it running?",
};

/** What to do about a close code that says that something went wrong. */
export function closeHint(code: number): string | undefined {
  return CLOSE_HINTS[code];
}

/** What a code is called: `going away`; nothing for one that only an application knows. */
export function closeName(code: number): string | undefined {
  return MEANINGS[code];
}

/** A status in words: `1001 (going away): bye`. */
export function describeClose({ code, reason }: CloseStatus): string {
  const meaning = closeName(code) ?? ownerOf(code);
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
