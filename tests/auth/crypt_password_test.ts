import { assert, assertEquals, assertThrows } from "@std/assert";
import { bcrypt } from "../../lib/auth/bcrypt.ts";
import { decodeBits } from "../../lib/auth/crypt_base64.ts";
import { parsePasswordFile } from "../../lib/auth/password_file.ts";
import { parseStoredPassword } from "../../lib/auth/password_hash.ts";
import { StoredPasswordError } from "../../lib/auth/stored_password.ts";

const UTF8 = "pässwört";

/** Made by htpasswd and openssl passwd, or told by those who invented them. */
const GOOD: readonly [name: string, stored: string, password: string][] = [
  [
    "bcrypt, OpenBSD's example",
    "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    "U*U",
  ],
  [
    "bcrypt, of one letter",
    "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe",
    "a",
  ],
  [
    "bcrypt, of signs and spaces",
    "$2a$06$fPIsBO8qRqkjj273rfaOI.HtSV9jLDpTbZn782DC6/t7qT67P6FfO",
    "~!@#$%^&*()      ~!@#$%^&*()PNBFRD",
  ],
  ["bcrypt", "$2y$04$5UgF.zfJ1LTbxUPJApiQrucxLfIRcDnxmltcF7khwn0WF1wpj8z6O", "secret"],
  ["bcrypt, $2b$", "$2b$04$5UgF.zfJ1LTbxUPJApiQrucxLfIRcDnxmltcF7khwn0WF1wpj8z6O", "secret"],
  ["bcrypt in UTF-8", "$2y$04$uyc2h19hSwblMS7iRTKimOZSQSG7GVeWUObdziGD6MEzNn6l22fHe", UTF8],
  ["bcrypt, empty", "$2y$04$0cSPFxupOMeDhKqpkPIul.3t46iHYZz6WCxvNQhwsnVn/BD8eMWNm", ""],
  [
    "bcrypt behind {BLF-CRYPT}, with a comment",
    "{BLF-CRYPT}$2y$04$5UgF.zfJ1LTbxUPJApiQrucxLfIRcDnxmltcF7khwn0WF1wpj8z6O:of ann",
    "secret",
  ],
  ["apr1", "$apr1$xEJhAswY$TRdXpEQ3Lw/6nBTgkn.De0", UTF8],
  ["apr1, empty, with nginx's comment", "$apr1$71IOyzQH$kmJM.oebtRDmWXgLV2Jy/1:comment", ""],
  ["MD5", "$1$GAfqBJv6$t4bBZC43cMC86euKRjHiZ.", UTF8],
  [
    "SHA-256, the specification's example",
    "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5",
    "Hello world!",
  ],
  [
    "SHA-256 with rounds",
    "$5$rounds=1000$vqXNaaNAWz8DV3sj$SfuyKHQOtLO3rsrSqrQLO9RUbxExZ/kSHELYRHKMKhA",
    UTF8,
  ],
  [
    "SHA-512, the specification's example",
    "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1",
    "Hello world!",
  ],
  [
    "SHA-512 behind {CRYPT}, with rounds",
    "{CRYPT}$6$rounds=1000$LB6ghD1kHc/6V5GY$g0X81hS.yndaP3DGRPkqKiNoMEltKXEhHa/i5GVPk4uwAOZSSTAQFWXD9/G/YhEcY45g0PIaKh3JHwb4Xm16m/",
    UTF8,
  ],
];

for (const [name, stored, password] of GOOD) {
  Deno.test(`stored password: ${name}`, async () => {
    const parsed = parseStoredPassword(stored);
    assertEquals(parsed.slow, true);
    assertEquals(await parsed.verify(password), true);
    assertEquals(await parsed.verify(password + "x"), false);
    assertEquals(await parsed.verify(password === "" ? "y" : ""), false);
  });
}

Deno.test("stored password: of a bcrypt password 72 bytes count, as everywhere", async () => {
  const parsed = parseStoredPassword(
    "$2y$04$CnqwXI1..OnN0j8U4utBueMU0sE9Ta96SOTNhai5x5G1k/wrLynnu",
  );
  assertEquals(await parsed.verify("y".repeat(100)), true);
  assertEquals(await parsed.verify("y".repeat(72)), true);
  assertEquals(await parsed.verify("y".repeat(71)), false);
});

/** The examples of crypt_blowfish, whose passwords are bytes: those of 8 bits, and longer ones. */
const BYTES: readonly [hash: string, password: readonly number[]][] = [
  ["/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq", [0xa3]],
  ["/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e", [0xff, 0xff, 0xa3]],
  ["/OK.fbVrR/bpIqNJ5ianF.swQOIzjOiJ9GHEPuhEkvqrUyvWhEMx6", Array(100).fill(0xaa)],
  [
    "/OK.fbVrR/bpIqNJ5ianF.R9xrDjiycxMbQE2bp.vgqlYpW5wx2yy",
    Array(36).fill([0xaa, 0x55]).flat(),
  ],
  [
    "/OK.fbVrR/bpIqNJ5ianF.9tQZzcJfm3uj2NvJ/n5xkhpqLrMpWCe",
    Array(24).fill([0x55, 0xaa, 0xff]).flat(),
  ],
  ["CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy", []],
];

Deno.test("bcrypt: bytes of all values count as they are, and 72 of them", async () => {
  for (const [hash, password] of BYTES) {
    const salt = decodeBits(hash.slice(0, 22));
    assertEquals(await bcrypt(Uint8Array.from(password), salt, 5), hash.slice(22));
  }
});

Deno.test("stored password: one with a zero byte is none of those that are hashed", async () => {
  for (const [, stored, password] of GOOD) {
    const parsed = parseStoredPassword(stored);
    for (const other of [`${password}\0`, `${password}\0${password}`, `\0${password}`]) {
      assertEquals(await parsed.verify(other), false);
    }
  }
});

/** Hashes that are cut off, written by hand, or ask for too much or too little. */
const BAD: readonly [stored: string, says: string][] = [
  [`$2y$05$${"C".repeat(52)}`, "the bcrypt hash is not whole"],
  [`$2y$05$${"C".repeat(54)}`, "the bcrypt hash is not whole"],
  [`$2y$5$${"C".repeat(53)}`, "the bcrypt hash is not whole"],
  [`$2y$05$${"C".repeat(52)}_`, "the bcrypt hash is not whole"],
  [`$2y$05$${"C".repeat(53)} `, "the bcrypt hash is not whole"],
  [`$2b$03$${"C".repeat(53)}`, "a cost of 3 is out of range: 4 to 17"],
  [`$2b$31$${"C".repeat(53)}`, "a cost of 31 is out of range: 4 to 17"],
  [`$2x$05$${"C".repeat(53)}`, "a bcrypt hash of an old, broken kind is not read here"],
  [`$2$05$${"C".repeat(53)}`, "a bcrypt hash of an old, broken kind is not read here"],
  [`$1$123456789$${"C".repeat(22)}`, "the MD5 hash is not whole"],
  [`$apr1$12345678$${"C".repeat(21)}`, "the MD5 hash is not whole"],
  [`$5$salt$${"C".repeat(42)}`, "the SHA ($5$) hash is not whole"],
  [`$6$12345678901234567$${"C".repeat(86)}`, "the SHA ($6$) hash is not whole"],
  [`$5$rounds=999$salt$${"C".repeat(43)}`, "999 rounds are out of range: 1000 to 1000000"],
  [`$6$rounds=1000001$salt$${"C".repeat(86)}`, "1000001 rounds are out of range"],
];

Deno.test("stored password: a hash that is not whole, or out of range, is no password", () => {
  for (const [stored, says] of BAD) {
    assertThrows(() => parseStoredPassword(stored), StoredPasswordError, says, stored);
  }
});

Deno.test("stored password: one that is longer than any real one is wrong, and takes no time", async () => {
  const parsed = parseStoredPassword(`$6$rounds=1000000$saltstring$${"a".repeat(86)}`);
  assertEquals(await parsed.verify("y".repeat(1025)), false);
});

Deno.test("bcrypt: others are served while it computes", async () => {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  try {
    await bcrypt(new Uint8Array(8), new Uint8Array(16), 11);
  } finally {
    clearInterval(timer);
  }
  assert(ticks >= 3, `${ticks}`);
});

Deno.test("password file: lines of all kinds stand beside each other", async () => {
  const passwords = await parsePasswordFile(
    [
      "a:$2y$04$5UgF.zfJ1LTbxUPJApiQrucxLfIRcDnxmltcF7khwn0WF1wpj8z6O",
      "b:$apr1$xEJhAswY$TRdXpEQ3Lw/6nBTgkn.De0",
      "c:plain",
    ].join("\n"),
    "p",
  );
  const verify = (user: string, password: string) => passwords.verify({ user, password });
  for (const [user, password] of [["a", "secret"], ["b", UTF8], ["c", "plain"]]) {
    assertEquals(await verify(user, password), true, user);
    assertEquals(await verify(user, "wrong"), false, user);
  }
  assertEquals(await verify("d", "plain"), false);
});
