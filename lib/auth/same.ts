/**
 * Comparing secrets.
 *
 * @module
 */
import { timingSafeEqual } from "@std/crypto/timing-safe-equal";

const encoder = new TextEncoder();

/** The SHA-256 of a text's UTF-8. */
export async function sha256(text: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
}

/** Whether two texts are the same, in a time that tells nothing of where they differ. */
export async function isSame(one: string, other: string): Promise<boolean> {
  return timingSafeEqual(await sha256(one), await sha256(other));
}

/** As {@linkcode isSame}, for bytes of any length. */
export function areSameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
