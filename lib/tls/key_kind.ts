/**
 * Which private keys TLS can be spoken with here.
 *
 * @module
 */
import type { KeyObject } from "node:crypto";

/** The curves of ECDSA that both implementations of the runtime know, by all their names. */
const CURVES = /^(prime256v1|secp(256|384|521)r1|p-?(256|384|521))$/i;

/** The least length of an RSA key, in bits. */
const LEAST_BITS = 2048;

/** Why a key cannot be used, in words that go behind a file's name; nothing if it can. */
export function unusableKey(key: KeyObject): string | undefined {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  switch (type) {
    case "ed25519":
      return undefined;
    case "rsa": {
      const { modulusLength: bits = LEAST_BITS } = details ?? {};
      return bits < LEAST_BITS ? `its RSA key has only ${bits} bits` : undefined;
    }
    case "ec": {
      const { namedCurve: curve = "P-256" } = details ?? {};
      return CURVES.test(curve) ? undefined : `its key is for the curve ${curve}`;
    }
    default:
      return `its key is one of ${type?.toUpperCase()}`;
  }
}

/** What to do then. */
export const KEY_HINT: string =
  "TLS takes keys of ECDSA (P-256, P-384, P-521), Ed25519, or RSA with 2048 bits and more";
