/**
 * The codes of Close frames (RFC 6455, section 7.4).
 *
 * @module
 */

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

/** Whether a code tells of a success: those from 3000 on mean what an application says. */
export function isGoodCode(code: number): boolean {
  return code === CLOSE.normal || code === CLOSE.goingAway || code === CLOSE.none || code >= 3000;
}

/**
 * Whether a code that came may be the answer to one that was `sent` (section 5.5.1). One that tells
 * of a failure of its own is not: that Close frame and ours have crossed.
 */
export function isAnswerTo(sent: number, came: number): boolean {
  return came === sent || came === CLOSE.abnormal || isGoodCode(came);
}

/** Whether a code may stand in a Close frame (section 7.4.2; 1012 to 1014 by IANA). */
export function isWireCode(code: number): boolean {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
    (code >= 3000 && code <= 4999);
}
