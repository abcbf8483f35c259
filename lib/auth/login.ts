/**
 * A name and a password.
 *
 * @module
 */

/** A name and a password. */
export interface Login {
  /** The name; it has no colon. */
  readonly user: string;
  /** The password, perhaps empty. */
  readonly password: string;
}

/** Parts a login at its first colon; without one the password is empty. */
export function splitLogin(text: string): Login {
  const colon = text.indexOf(":");
  if (colon < 0) return { user: text, password: "" };
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
