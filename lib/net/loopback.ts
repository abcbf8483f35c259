/**
 * The names and addresses of this machine.
 *
 * @module
 */

/** RFC 6761, section 6.3: these are always this machine, whatever a resolver says. */
export const LOOPBACK = /(^|\.)localhost\.?$/i;

/** Both addresses of this machine. */
export const LOOPBACK_ADDRESSES: readonly string[] = ["127.0.0.1", "::1"];
