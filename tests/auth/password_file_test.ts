import { assertEquals, assertRejects } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { parsePasswordFile, Passwords, TooBusy } from "../../lib/auth/password_file.ts";

Deno.test("password file: names and passwords, comments and empty lines apart", async () => {
  const passwords = await parsePasswordFile(
    "\ufeff# people\r\n\r\nann:a:b\r\nbob:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\r\nann:later\n",
    "p",
  );
  const verify = (user: string, password: string) => passwords.verify({ user, password });
  assertEquals(await verify("ann", "a:b"), true);
  assertEquals(await verify("ann", "later"), false);
  assertEquals(await verify("bob", "password"), true);
  assertEquals(await verify("bob", "a:b"), false);
  assertEquals(await verify("eve", "a:b"), false);
  assertEquals(await verify("", ""), false);
});

const BAD: readonly [text: string, says: string][] = [
  ["", "--require-basic-auth: p has no login"],
  ["# nothing\n\n", "--require-basic-auth: p has no login"],
  ["ann:a\nbob\n", "--require-basic-auth: p, line 2 is not NAME:PASSWORD"],
  [":secret\n", "--require-basic-auth: p, line 1 is not NAME:PASSWORD"],
  [
    "ann:{secret}abcdef\n",
    "--require-basic-auth: p, line 1: it begins as a hash of a kind that is not known",
  ],
  ["ann:$2y$10$abcdef\n", "--require-basic-auth: p, line 1: the bcrypt hash is not whole"],
];

for (const [text, says] of BAD) {
  Deno.test(`password file: ${JSON.stringify(text)} is refused, without its text`, async () => {
    const { message } = await assertRejects(() => parsePasswordFile(text, "p"), WirecatError, says);
    assertEquals(/secret|abcdef/.test(message), false);
  });
}

/** A password whose checks end when they are told to. */
function slowPassword() {
  const checks: { password: string; end: (right: boolean) => void }[] = [];
  const verify = (password: string) =>
    new Promise<boolean>((end) => checks.push({ password, end }));
  return { checks, passwords: new Passwords(new Map([["ann", { slow: true, verify }]])) };
}

/** Waits for what other tasks do at once, digests too. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

Deno.test("passwords: a slow check that went well is not done again", async () => {
  const { checks, passwords } = slowPassword();
  const first = passwords.verify({ user: "ann", password: "right" });
  await until(() => checks.length === 1);
  checks[0].end(true);
  assertEquals(await first, true);
  assertEquals(await passwords.verify({ user: "ann", password: "right" }), true);
  assertEquals(checks.length, 1);
});

Deno.test("passwords: a name that is not there costs a check too, and is never right", async () => {
  const { checks, passwords } = slowPassword();
  const unknown = passwords.verify({ user: "eve", password: "right" });
  await until(() => checks.length === 1);
  checks[0].end(true);
  assertEquals(await unknown, false);
});

Deno.test("passwords: a wrong one takes as long where others are hashed, and a right one does not", async () => {
  const checks: string[] = [];
  const stored = (slow: boolean, right: string) => ({
    slow,
    verify(password: string) {
      if (slow) checks.push(password);
      return Promise.resolve(password === right);
    },
  });
  const passwords = new Passwords(
    new Map([["ann", stored(false, "a")], ["bob", stored(true, "b")]]),
  );
  assertEquals(await passwords.verify({ user: "ann", password: "a" }), true);
  assertEquals(checks, []);
  assertEquals(await passwords.verify({ user: "ann", password: "b" }), false);
  assertEquals(await passwords.verify({ user: "eve", password: "b" }), false);
  assertEquals(checks, ["b", "b"]);
});

Deno.test("passwords: two slow checks are under way at once, 64 wait, 16 of one client, more are refused", async () => {
  const { checks, passwords } = slowPassword();
  const outcomes: string[] = [];
  const ask = (clients: string) =>
    [...clients].map((client, i) =>
      passwords.verify({ user: "ann", password: `${client}${i}` }, client).then(
        (right) => outcomes.push(String(right)),
        (error) => outcomes.push(error instanceof TooBusy ? "too busy" : String(error)),
      )
    );
  const asked = ask("aa");
  await until(() => checks.length === 2);
  asked.push(...ask("a".repeat(17)));
  await until(() => outcomes.length === 1);
  asked.push(...ask("b".repeat(16) + "c".repeat(16) + "d".repeat(16) + "e"));
  await until(() => outcomes.length === 2);
  assertEquals([...outcomes, checks.length], ["too busy", "too busy", 2]);
  for (let i = 0; i < 66; i++) {
    await until(() => checks.length > i);
    checks[i].end(false);
  }
  await Promise.all(asked);
  assertEquals(outcomes.slice(2), Array(66).fill("false"));
});
