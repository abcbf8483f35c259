/**
 * The key of `crypto:`, from the value of `--crypto-key`.
 *
 * @module
 */
import { reasonOf, usageError, WirecatError } from "../core/errors.ts";

/** How long a key is, in bytes. */
const KEY_LENGTH = 32;

/** websocat's salt and costs for Argon2id (version 1.3): other ones would make other keys. */
const SALT = "81650cc70976c1126b5b5f040861f61bd6ab88a2ee6747c1be12d7d72db839cf";
const COSTS = { m: 4096, t: 3, p: 1, version: 0x13, dkLen: KEY_LENGTH };

const FORMS = "write base64:KEY, file:PATH or pwd:PASSWORD";

/** Checks what can be seen of a `--crypto-key` at the start. Throws a usage error. */
export function checkKeyOption(value: string | undefined): string {
  if (value === undefined) {
    throw usageError("crypto: needs a key", "give it with --crypto-key; " + FORMS);
  }
  if (!/^(base64|file|pwd):/.test(value)) {
    throw usageError("--crypto-key: the value has none of the known prefixes", FORMS);
  }
  if (value.startsWith("base64:")) decodeKey(value.slice(7));
  return value;
}

function decodeKey(text: string): Uint8Array {
  let key: Uint8Array;
  try {
    key = Uint8Array.fromBase64(text);
  } catch {
    throw usageError("--crypto-key: what follows base64: is not base64");
  }
  if (key.length !== KEY_LENGTH) {
    throw usageError(`--crypto-key: the key has ${key.length} bytes instead of ${KEY_LENGTH}`);
  }
  return key;
}

/** The key that a checked `--crypto-key` stands for: decoded, read from a file, or derived. */
export async function loadKey(value: string): Promise<Uint8Array> {
  const colon = value.indexOf(":");
  const rest = value.slice(colon + 1);
  switch (value.slice(0, colon)) {
    case "base64":
      return decodeKey(rest);
    case "file":
      return await readKey(rest);
    default: {
      const { argon2id } = await import("@noble/hashes/argon2.js");
      return argon2id(rest, Uint8Array.fromHex(SALT), COSTS);
    }
  }
}

async function readKey(path: string): Promise<Uint8Array> {
  let key: Uint8Array;
  try {
    key = await Deno.readFile(path);
  } catch (error) {
    throw new WirecatError("other", `cannot read the key file ${path}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
  if (key.length !== KEY_LENGTH) {
    throw new WirecatError(
      "other",
      `the key file ${path} has ${key.length} bytes instead of ${KEY_LENGTH}`,
      { hint: `the file has to be the key itself: head -c ${KEY_LENGTH} /dev/urandom > ${path}` },
    );
  }
  return key;
}
