import { assertEquals, assertRejects } from "@std/assert";
import { authorizationFor, type LoginTarget } from "../../lib/auth/credentials.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import { testEnv } from "../peers.ts";

const target: LoginTarget = { host: "a.test", userInfo: "url:pw" };

/** The Authorization field for options, whose `FILE` is a file with this text. */
async function field(
  options: Record<string, string>,
  text = "",
  to: Partial<LoginTarget> = {},
  mode = 0o600,
) {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, text);
    await Deno.chmod(path, mode);
    const env = testEnv(
      Object.fromEntries(
        Object.entries(options).map(([name, value]) => [name, value.replace("FILE", path)]),
      ),
    );
    const value = await authorizationFor({ ...target, ...to }, env);
    const [scheme, rest] = (value ?? "none").split(" ");
    const shown = scheme === "Basic"
      ? new TextDecoder().decode(Uint8Array.fromBase64(rest))
      : value ?? "none";
    return { shown, lines: env.lines, path };
  } finally {
    await Deno.remove(path);
  }
}

const NETRC = "machine a.test login net password rc\nmachine b.test login other password x";

const CASES: readonly [
  name: string,
  options: Record<string, string>,
  text: string,
  to: Partial<LoginTarget>,
  shown: string,
][] = [
  ["nothing", {}, "", { userInfo: undefined }, "none"],
  ["the URL's", {}, "", {}, "url:pw"],
  ["--basic-auth goes before the URL's", { "basic-auth": "ü:€" }, "", {}, "ü:€"],
  [
    "--basic-auth-file, without the space around it",
    { "basic-auth-file": "FILE" },
    " a:b\n",
    {},
    "a:b",
  ],
  ["--user", { user: "ann:a:b" }, "", {}, "ann:a:b"],
  ["--user with an empty password", { user: "ann:" }, "", {}, "ann:"],
  ["--bearer", { bearer: "abc.def" }, "", {}, "Bearer abc.def"],
  ["--bearer-file", { "bearer-file": "FILE" }, "abc.def\n", {}, "Bearer abc.def"],
  ["--netrc goes before the URL's", { netrc: "FILE" }, NETRC, { userInfo: undefined }, "net:rc"],
  ["--netrc with the URL's name", { netrc: "FILE" }, NETRC, { userInfo: "net:" }, "net:rc"],
  ["--netrc without the URL's name", { netrc: "FILE" }, NETRC, {}, "url:pw"],
  ["--netrc without the host", { netrc: "FILE" }, NETRC, { host: "c.test" }, "url:pw"],
  ["--user goes before --netrc", { user: "ann:x", netrc: "FILE" }, NETRC, {}, "ann:x"],
  ["another server: not --user", { user: "ann:x" }, "", { crossOrigin: true }, "url:pw"],
  [
    "another server: not --bearer",
    { bearer: "t" },
    "",
    { crossOrigin: true, userInfo: undefined },
    "none",
  ],
  [
    "another server: its own --netrc entry",
    { user: "ann:x", netrc: "FILE" },
    NETRC,
    { crossOrigin: true, host: "b.test", userInfo: undefined },
    "other:x",
  ],
];

for (const [name, options, text, to, shown] of CASES) {
  Deno.test(`login: ${name}`, async () => {
    assertEquals((await field(options, text, to)).shown, shown);
  });
}

const BAD: readonly [options: Record<string, string>, text: string, says: RegExp][] = [
  [
    { "basic-auth-file": "/nonexistent/a/b" },
    "",
    /^--basic-auth-file: cannot read \/nonexistent\/a\/b: no such file/,
  ],
  [
    { "bearer-file": "/nonexistent/a/b" },
    "",
    /^--bearer-file: cannot read \/nonexistent\/a\/b: no such file/,
  ],
  [{ "bearer-file": "FILE" }, "\n", /^--bearer-file .*: the token is empty$/],
  [{ "bearer-file": "FILE" }, "Bearer hush", /^--bearer-file .*: a token has no spaces/],
  [{ netrc: "/nonexistent/a/b" }, "", /^--netrc: cannot read \/nonexistent\/a\/b: no such file/],
  [{ netrc: "FILE" }, 'machine a.test password "hush', /^--netrc: .*, line 1: the quotation/],
];

for (const [options, text, says] of BAD) {
  Deno.test(`login: ${JSON.stringify(options)} with ${JSON.stringify(text)} is refused`, async () => {
    const { message } = await assertRejects(() => field(options, text), WirecatError);
    assertEquals([says.test(message), message.includes("hush")], [true, false], message);
  });
}

Deno.test({
  name: "--netrc: a file that others can read is warned about",
  ignore: Deno.build.os === "windows",
  async fn() {
    const { lines, path } = await field({ netrc: "FILE" }, NETRC, { userInfo: undefined }, 0o644);
    assertEquals(lines, [
      `wirecat: warning: other users can read ${path}, which has passwords`,
      `  chmod 600 ${path}`,
    ]);
    assertEquals((await field({ netrc: "FILE" }, NETRC, { userInfo: undefined })).lines, []);
  },
});

Deno.test("--netrc: that there is no entry is told under -v", async () => {
  const { lines, path } = await field({ netrc: "FILE" }, NETRC, { host: "c.test" });
  assertEquals(lines, [`wirecat: --netrc: ${path} has no login for c.test`]);
});
