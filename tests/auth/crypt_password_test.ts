import { assert, assertEquals } from "@std/assert";
import { bcrypt } from "../../lib/auth/bcrypt.ts";
import { parsePasswordFile } from "../../lib/auth/password_file.ts";
import { parseStoredPassword } from "../../lib/auth/password_hash.ts";

const UTF8 = "pässwört";

/** Made by htpasswd and openssl passwd, or told by those who invented them. */
const GOOD: readonly [name: string, stored: string, password: string][] = [
  [
    "bcrypt, OpenBSD's example",
    "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    "U*U",
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
