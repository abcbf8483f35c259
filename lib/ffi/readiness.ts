/**
 * What the two ways to wait for many descriptors, epoll and poll, have in common.
 *
 * @module
 */

/** A set of descriptors, and one call on another thread that waits for any of them. */
export interface Readiness {
  /**
   * Waits for `events` of `fd` (`POLL_IN`, `POLL_OUT`) from now on until they come
   * once; 0 stops that. False if such a descriptor is always ready, as a file is.
   */
  arm(fd: number, events: number): boolean;
  /** Calls `ready` for each descriptor that became ready; resolves after some did, or `wake`. */
  wait(ready: (fd: number, events: number) => void): Promise<void>;
  /** Makes a running {@linkcode wait} resolve. */
  wake(): void;
  /** Frees what is held. No {@linkcode wait} may be running. */
  close(): void;
}
