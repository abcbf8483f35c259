/**
 * Passwords as they are kept in a file: plain, or hashed; PBKDF2 (RFC 8018) and SHA-1 are read here.
 *
 * @module
 */
import { decodeBase64, encodeBase64 } from "@std/encoding/base64";
import { parseCryptPassword } from "./crypt_password.ts";
import { areSameBytes, isSame } from "./same.ts";
import { type StoredPassword, StoredPasswordError } from "./stored_password.ts";

const encoder = new TextEncoder();

/** How many rounds a new hash has (OWASP's advice for PBKDF2 with SHA-256). */
const ROUNDS = 600_000;
/** The most rounds that a file may ask for. */
const MAX_ROUNDS = 10_000_000;

const DIGESTS: Record<string, string> = { sha1: "SHA-1", sha256: "SHA-256", sha512: "SHA-512" };

/** Hashes that are known to exist, and are not read here. */
const FOREIGN: readonly (readonly [RegExp, string])[] = [
  [/^\$2x?\$/, "a bcrypt hash of an old, broken kind"],
  [/^\$(argon2|scrypt|y\$|7\$)/, "a hash of another kind"],
];

/** What LDAP servers and Dovecot write before a hash of crypt(3). */
const OF_CRYPT = /^(CRYPT|(BLF|SHA256|SHA512|MD5)-CRYPT)$/i;

/** The names of hashes in braces that LDAP servers and Dovecot have. */
const FOREIGN_KINDS = /^(S?MD5|S?SHA-?(224|256|384|512)|(PBKDF2|ARGON2|SCRAM)[A-Z0-9-]*)$/i;

/**
 * Reads what stands for a password in a file:
 *
 * - `$pbkdf2-sha256$i=600000$SALT$HASH`, as {@linkcode hashPassword} writes it, also with sha512,
 *   and as passlib writes it (`$pbkdf2-sha256$29000$…`)
 * - what {@linkcode parseCryptPassword} reads, also behind `{CRYPT}`
 * - `{SHA}BASE64` (`htpasswd -s`) and `{SSHA}BASE64` (salted, RFC 2307 as in use)
 * - `{PLAIN}PASSWORD`, for one that looks like one of these
 * - anything else is the password itself
 *
 * Behind a hash a colon and a comment may follow, as nginx has it. Throws a
 * {@linkcode StoredPasswordError} for a hash that cannot be read.
 */
export function parseStoredPassword(text: string): StoredPassword {
  const [bare] = text.split(":", 1);
  const pbkdf2 = /^\$pbkdf2(?:-(sha\d+))?\$(?:i=)?(\d{1,9})(?:,l=\d+)?\$([^$]*)\$([^$]*)$/.exec(
    bare,
  );
  if (pbkdf2 !== null) {
    const [, digest = "sha1", rounds, salt, hash] = pbkdf2;
    return pbkdf2Password(digest, Number(rounds), bytesOf(salt), bytesOf(hash));
  }
  if (text.startsWith("$pbkdf2")) {
    throw new StoredPasswordError("the hash is not $pbkdf2-sha256$i=ROUNDS$SALT$HASH");
  }
  const [, kind, rest] = /^\{([A-Z0-9-]+)\}(.*)$/i.exec(text) ?? [];
  switch (kind?.toUpperCase()) {
    case "PLAIN":
      return plainPassword(rest);
    case "SHA":
    case "SSHA":
      return sha1Password(bytesOf(rest.split(":", 1)[0]), kind.toUpperCase() === "SSHA");
  }
  const crypt = kind === undefined
    ? parseCryptPassword(bare)
    : OF_CRYPT.test(kind)
    ? parseCryptPassword(bare.slice(kind.length + 2))
    : undefined;
  if (crypt !== undefined) return crypt;
  if (kind !== undefined) {
    // Unless it is known for one, it may be the beginning of a password: it is not told.
    throw new StoredPasswordError(
      FOREIGN_KINDS.test(kind) || OF_CRYPT.test(kind)
        ? `a hash of the kind {${kind.toUpperCase()}} is not read here`
        : "it begins as a hash of a kind that is not known; {PLAIN} goes before a password",
    );
  }
  const foreign = FOREIGN.find(([start]) => start.test(text));
  if (foreign !== undefined) throw new StoredPasswordError(`${foreign[1]} is not read here`);
  return plainPassword(text);
}

function plainPassword(expected: string): StoredPassword {
  return { slow: false, verify: (password) => isSame(password, expected) };
}

function sha1Password(stored: Uint8Array, salted: boolean): StoredPassword {
  if (salted ? stored.length <= 20 : stored.length !== 20) {
    throw new StoredPasswordError(
      salted
        ? "{SSHA} has to be 20 bytes and a salt in base64"
        : "{SHA} has to be 20 bytes in base64",
    );
  }
  const expected = stored.subarray(0, 20);
  const salt = stored.subarray(20);
  return {
    slow: false,
    async verify(password) {
      const bytes = encoder.encode(password);
      const salty = new Uint8Array(bytes.length + salt.length);
      salty.set(bytes);
      salty.set(salt, bytes.length);
      return areSameBytes(new Uint8Array(await crypto.subtle.digest("SHA-1", salty)), expected);
    },
  };
}

function pbkdf2Password(
  digest: string,
  rounds: number,
  salt: Uint8Array<ArrayBuffer>,
  expected: Uint8Array,
): StoredPassword {
  const hash = DIGESTS[digest];
  if (hash === undefined) throw new StoredPasswordError(`PBKDF2 with ${digest} is not read here`);
  if (rounds < 1 || rounds > MAX_ROUNDS) {
    throw new StoredPasswordError(`${rounds} rounds are out of range: 1 to ${MAX_ROUNDS}`);
  }
  if (expected.length < 16) throw new StoredPasswordError("the hash is shorter than 16 bytes");
  return {
    slow: true,
    verify: async (password) =>
      areSameBytes(await derive(password, salt, rounds, hash, expected.length), expected),
  };
}

async function derive(
  password: string,
  salt: Uint8Array<ArrayBuffer>,
  iterations: number,
  hash: string,
  length: number,
): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey("raw", encoder.encode(password), "PBKDF2", false, [
    "deriveBits",
  ]);
  const parameters = { name: "PBKDF2", hash, salt, iterations };
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, length * 8));
}

/**
 * A password as it is best kept: PBKDF2 with SHA-256 and 16 random bytes of salt, in the form
 * `$pbkdf2-sha256$i=600000$SALT$HASH`.
 */
export async function hashPassword(password: string, rounds: number = ROUNDS): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const hash = await derive(password, salt, rounds, "SHA-256", 32);
  const text = (bytes: Uint8Array) => encodeBase64(bytes).replace(/=+$/, "");
  return `$pbkdf2-sha256$i=${rounds}$${text(salt)}$${text(hash)}`;
}

/** Base64 with or without padding, `.` standing for `+` as passlib has it. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const bare = base64.replace(/=+$/, "").replaceAll(".", "+");
  try {
    if (!/^[A-Za-z0-9+/]*$/.test(bare)) throw new Error("not base64");
    return decodeBase64(bare + "=".repeat((4 - bare.length % 4) % 4));
  } catch {
    throw new StoredPasswordError("a part of the hash is not base64");
  }
}
