import { assertEquals, assertThrows } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { findNetrc, parseNetrc } from "../../lib/auth/netrc.ts";

const CASES: readonly [name: string, text: string, entries: unknown[]][] = [
  ["nothing", "", []],
  ["one line", "machine a.test login ann password pw", [
    { machine: "a.test", login: "ann", password: "pw" },
  ]],
  ["many lines, in any order", "machine A.test\n\tpassword pw\r\n\tlogin ann\n", [
    { machine: "a.test", login: "ann", password: "pw" },
  ]],
  ["quoted words", String.raw`machine a.test login "an n" password "p\"w\\\t "`, [
    { machine: "a.test", login: "an n", password: 'p"w\\\t ' },
  ]],
  ["a default", "machine a.test login ann\ndefault login eve password x", [
    { machine: "a.test", login: "ann" },
    { login: "eve", password: "x" },
  ]],
  [
    "a macro, up to an empty line",
    "machine a.test login ann\nmacdef init\nmachine b\n\nmachine c",
    [
      { machine: "a.test", login: "ann" },
      { machine: "c" },
    ],
  ],
  [
    "comments and words of others",
    "# machine x\n  # login y\nmachine a.test port 80 account z login ann",
    [
      { machine: "a.test", login: "ann" },
    ],
  ],
  ["a password that is a keyword or has a #", "machine a.test login login password p#w", [
    { machine: "a.test", login: "login", password: "p#w" },
  ]],
];

for (const [name, text, entries] of CASES) {
  Deno.test(`netrc: ${name}`, () => assertEquals<unknown>(parseNetrc(text, "n"), entries));
}

const BAD: readonly [text: string, says: string][] = [
  ["machine", "--netrc: n, line 1: nothing comes after machine"],
  ["machine a login ann\npassword", "--netrc: n, line 2: nothing comes after password"],
  ["\nlogin ann machine a", "--netrc: n, line 2: login comes before any machine"],
  ['machine a password "hidden', "--netrc: n, line 1: the quotation mark is not closed"],
];

for (const [text, says] of BAD) {
  Deno.test(`netrc: ${JSON.stringify(text)} is refused`, () => {
    const { message } = assertThrows(() => parseNetrc(text, "n"), WirecatError, says);
    assertEquals(message.includes("hidden"), false);
  });
}

Deno.test("netrc: the first entry of the host counts, then the default; a login may be asked for", () => {
  const entries = parseNetrc(
    "machine a login one password 1 machine a login two password 2 default login any password 3",
    "n",
  );
  assertEquals(findNetrc(entries, "A")?.password, "1");
  assertEquals(findNetrc(entries, "a", "two")?.password, "2");
  assertEquals(findNetrc(entries, "b")?.password, "3");
  assertEquals(findNetrc(entries, "b", "other"), undefined);
});
