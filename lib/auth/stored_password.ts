/**
 * What stands for a password in a file.
 *
 * @module
 */

/** Tells whether a password is the right one. */
export interface StoredPassword {
  /** Checks it; takes as long for a wrong one as for the right one. */
  verify(password: string): Promise<boolean>;
  /** Whether that is slow on purpose, so that it is better not done often. */
  readonly slow: boolean;
  /** Does what is better done before a client waits. */
  prepare?(): Promise<void>;
}

/** What is wrong about a stored password, in words that do not repeat it. */
export class StoredPasswordError extends Error {}
