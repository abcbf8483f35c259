import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { encodeBase64 } from "@std/encoding/base64";
import { hashPassword, parseStoredPassword } from "../../lib/auth/password_hash.ts";
import { StoredPasswordError } from "../../lib/auth/stored_password.ts";

const SALT = "c2FsdHNhbHQ";

/** As `openssl passwd` has no PBKDF2, these are of Python's hashlib: pbkdf2_hmac and sha1. */
const GOOD: readonly [name: string, stored: string, password: string][] = [
  ["plain", "hunter2", "hunter2"],
  ["plain, with colons and spaces", "a: b ", "a: b "],
  ["plain, empty", "", ""],
  ["{PLAIN}", "{PLAIN}$apr1$x", "$apr1$x"],
  ["{plain} in small letters", "{plain}x", "x"],
  ["{SHA} of htpasswd -s", "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "password"],
  ["{SHA} with a comment", "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=:of ann", "password"],
  ["{SSHA}", "{SSHA}yI6cZwQadOA1e+/f+T+H3eCQQhRzYWx0", "password"],
  [
    "PBKDF2 with SHA-256, as ours",
    `$pbkdf2-sha256$i=1000$${SALT}$E196ZhRPzw+wA84EjzHwJO1cv/MFJdO6C/sxmUeTYqY`,
    "password",
  ],
];

for (const [name, stored, password] of GOOD) {
  Deno.test(`stored password: ${name}`, async () => {
    const parsed = parseStoredPassword(stored);
    assertEquals(await parsed.verify(password), true);
    assertEquals(await parsed.verify(password + "x"), false);
    assertEquals(await parsed.verify(password === "" ? "y" : ""), false);
  });
}

const BAD: readonly [stored: string, says: string][] = [
  ["$apr1$abcdefgh$012345678901234567890", "the MD5 hash is not whole"],
  ["$2y$05$abc", "the bcrypt hash is not whole"],
  [`$2y$18$${"a".repeat(53)}`, "a cost of 18 is out of range: 4 to 17"],
  [`$2x$05$${"a".repeat(53)}`, "a bcrypt hash of an old, broken kind is not read here"],
  ["$6$salt$hash", "the SHA ($6$) hash is not whole"],
  [`$5$rounds=999$salt$${"a".repeat(43)}`, "999 rounds are out of range: 1000 to 1000000"],
  [`$5$rounds=1000001$salt$${"a".repeat(43)}`, "1000001 rounds are out of range"],
  ["{CRYPT}abcdefghijklm", "a hash of the kind {CRYPT} is not read here"],
  ["$argon2id$v=19$m=65536$x$y", "a hash of another kind is not read here"],
  ["{MD5}abc", "a hash of the kind {MD5} is not read here"],
  ["{ssha256}abc", "a hash of the kind {SSHA256} is not read here"],
  ["{PBKDF2-SHA256}abc", "a hash of the kind {PBKDF2-SHA256} is not read here"],
  [
    "{hunter2}abc",
    "it begins as a hash of a kind that is not known; {PLAIN} goes before a password",
  ],
  ["{SHA}abc", "{SHA} has to be 20 bytes in base64"],
  ["{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "{SSHA} has to be 20 bytes and a salt"],
  ["{SHA}!!!", "not base64"],
  ["$pbkdf2-sha256$1000$salt", "the hash is not $pbkdf2-sha256$i=ROUNDS$SALT$HASH"],
  [`$pbkdf2-sha256$0$${SALT}$${"A".repeat(43)}`, "0 rounds are out of range"],
  [`$pbkdf2-sha256$99999999$${SALT}$${"A".repeat(43)}`, "99999999 rounds are out of range"],
  [`$pbkdf2-sha384$1000$${SALT}$${"A".repeat(43)}`, "PBKDF2 with sha384 is not read here"],
  [`$pbkdf2-sha256$1000$${SALT}$AAAA`, "shorter than 16 bytes"],
];

for (const [stored, says] of BAD) {
  Deno.test(`stored password: ${stored.slice(0, 24)}… is refused`, () => {
    assertThrows(() => parseStoredPassword(stored), StoredPasswordError, says);
  });
}

Deno.test("hashPassword: each hash is another one, and is read again", async () => {
  const [one, other] = await Promise.all([hashPassword("pässword"), hashPassword("pässword", 1)]);
  assertMatch(one, /^\$pbkdf2-sha256\$i=600000\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  assert(one !== other);
  for (const hash of [one, other]) {
    assertEquals(await parseStoredPassword(hash).verify("pässword"), true);
    assertEquals(await parseStoredPassword(hash).verify("passwort"), false);
  }
});

Deno.test("stored password: passlib's base64, with dots for plus signs, is read", async () => {
  // Of a hash with a plus sign in it, with and without the mark of its rounds.
  const salt = crypto.getRandomValues(new Uint8Array(8));
  for (let i = 0;; i++) {
    const hash = await hashPassword(`p${i}`, 1);
    if (!hash.includes("+")) continue;
    const passlib = hash.replace("i=", "").replaceAll("+", ".");
    assertEquals(await parseStoredPassword(passlib).verify(`p${i}`), true, encodeBase64(salt));
    return;
  }
});
