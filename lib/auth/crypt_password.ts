/**
 * Passwords as `htpasswd`, `openssl passwd` and crypt(3) keep them: bcrypt, MD5 and SHA hashes.
 *
 * @module
 */
import { areSameBytes } from "./same.ts";
import { type StoredPassword, StoredPasswordError } from "./stored_password.ts";

/** The least and the most work that a file may ask for: 17 is the most that `htpasswd -C` takes. */
const COSTS = [4, 17] as const;
const ROUNDS = [1000, 1_000_000] as const;
const USUAL_ROUNDS = 5000;

/** The longest password that is tried, in bytes: SHA hashes take a time that grows with its square. */
const LONGEST = 1024;

const encoder = new TextEncoder();

/**
 * Reads `$2y$…` (also `2a` and `2b`), `$apr1$…`, `$1$…`, `$5$…` and `$6$…`; nothing for another
 * text. Throws a {@linkcode StoredPasswordError} for one that is cut off or asks for too much work.
 */
export function parseCryptPassword(text: string): StoredPassword | undefined {
  const [, kind] = /^\$(2[aby]|apr1|[156])\$/.exec(text) ?? [];
  switch (kind) {
    case undefined:
      return undefined;
    case "1":
    case "apr1":
      return ofMd5(text);
    case "5":
    case "6":
      return ofSha(text, kind);
    default:
      return ofBcrypt(text);
  }
}

function ofBcrypt(text: string): StoredPassword {
  const match = /^\$2.\$(\d\d)\$([./\w]{22})([./\w]{31})$/.exec(text);
  if (match === null || text.includes("_")) throw notWhole("bcrypt");
  const [, cost, salt, hash] = match;
  within(Number(cost), COSTS, (cost) => `a cost of ${cost} is`);
  return {
    ...slow(hash, async (password) => {
      const [{ bcrypt }, { decodeBits }] = await Promise.all([
        import("./bcrypt.ts"),
        import("./crypt_base64.ts"),
      ]);
      return await bcrypt(password, decodeBits(salt), Number(cost));
    }),
    async prepare() {
      const { prepareBcrypt } = await import("./bcrypt.ts");
      prepareBcrypt();
    },
  };
}

function ofMd5(text: string): StoredPassword {
  const match = /^(\$(?:1|apr1)\$)([^$]{0,8})\$([./0-9A-Za-z]{22})$/.exec(text);
  if (match === null) throw notWhole("MD5");
  const [, magic, salt, hash] = match;
  return slow(hash, async (password) => {
    const { md5Crypt } = await import("./crypt_hash.ts");
    return await md5Crypt(password, salt, magic as "$1$" | "$apr1$");
  });
}

function ofSha(text: string, kind: "5" | "6"): StoredPassword {
  const match = /^\$.\$(?:rounds=(\d{1,9})\$)?([^$]{0,16})\$([./0-9A-Za-z]+)$/.exec(text);
  if (match?.[3].length !== (kind === "5" ? 43 : 86)) throw notWhole(`SHA (\$${kind}\$)`);
  const [, rounds = USUAL_ROUNDS, salt, hash] = match;
  within(Number(rounds), ROUNDS, (rounds) => `${rounds} rounds are`);
  return slow(hash, async (password) => {
    const { shaCrypt } = await import("./crypt_hash.ts");
    return await shaCrypt(kind === "5" ? "sha256" : "sha512", password, salt, Number(rounds));
  });
}

function slow(
  expected: string,
  hashOf: (password: Uint8Array) => Promise<string>,
): StoredPassword {
  const wanted = encoder.encode(expected);
  return {
    slow: true,
    async verify(text) {
      const password = encoder.encode(text);
      // No hash is of one with a zero byte: crypt(3) ends there, and bcrypt repeats what is before it.
      if (password.length > LONGEST || password.includes(0)) return false;
      return areSameBytes(encoder.encode(await hashOf(password)), wanted);
    },
  };
}

function within(
  value: number,
  [least, most]: readonly [number, number],
  words: (value: number) => string,
): void {
  if (value >= least && value <= most) return;
  throw new StoredPasswordError(`${words(value)} out of range: ${least} to ${most}`);
}

function notWhole(kind: string): StoredPasswordError {
  return new StoredPasswordError(`the ${kind} hash is not whole`);
}
