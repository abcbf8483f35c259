import { assertEquals, assertRejects } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { cookieReceiver } from "../../specs/run_cookies.ts";
import { requestFields } from "../../specs/websocket_fields.ts";
import { testEnv } from "../peers.ts";

const url = new URL("wss://a.test/chat");
const other = new URL("wss://b.test/chat");

const CASES: readonly [
  name: string,
  options: Record<string, unknown>,
  own: [string, string][],
  other: [string, string][],
][] = [
  ["nothing", {}, [], []],
  ["--ua is for all", { ua: "x" }, [["User-Agent", "x"]], [["User-Agent", "x"]]],
  [
    "--user is for the server that was named",
    { user: "a:b" },
    [["Authorization", "Basic YTpi"]],
    [],
  ],
  ["--bearer too", { bearer: "t" }, [["Authorization", "Bearer t"]], []],
  ["--cookie too", { cookie: ["a=1", "b=2; c=3;"] }, [["Cookie", "a=1; b=2; c=3"]], []],
  [
    "-H goes before the options, and its logins are for that server only",
    {
      header: ["authorization: x", "COOKIE: y", "X-Mine: z"],
      user: "a:b",
      cookie: ["a=1"],
    },
    [["authorization", "x"], ["COOKIE", "y"], ["X-Mine", "z"]],
    [["X-Mine", "z"]],
  ],
];

for (const [name, options, own, others] of CASES) {
  Deno.test(`request fields: ${name}`, async () => {
    assertEquals(await requestFields(url, testEnv(options)), own);
    assertEquals(await requestFields(other, testEnv(options), { crossOrigin: true }), others);
  });
}

Deno.test("request fields: the login of another server's URL is sent to it", async () => {
  const to = new URL("wss://x:y@b.test/");
  assertEquals(await requestFields(to, testEnv({ user: "a:b" }), { crossOrigin: true }), [
    ["Authorization", "Basic eDp5"],
  ]);
});

/** A file to keep cookies in. */
async function withJar(run: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(`${folder}/jar`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A run that keeps its cookies there, and how to wait for what it writes. */
function runWith(path: string) {
  const writes: Promise<unknown>[] = [];
  const env = {
    ...testEnv({ "cookie-jar": path }),
    track: (p: Promise<unknown>) => writes.push(p),
  };
  return { env, written: () => Promise.all(writes) };
}

async function answer(env: ReturnType<typeof runWith>["env"], from: URL, ...cookies: string[]) {
  const headers = new Headers(cookies.map((cookie) => ["Set-Cookie", cookie] as [string, string]));
  const receive = await cookieReceiver(from, env);
  receive!({ version: "1.1", status: 101, reason: "", headers });
}

Deno.test("--cookie-jar: what servers set is sent to them, and kept for the next run", () =>
  withJar(async (path) => {
    const { env, written } = runWith(path);
    assertEquals(await requestFields(url, env), []);
    await answer(env, url, "id=1; Max-Age=600; Secure; HttpOnly", "theme=dark; Path=/");
    await answer(env, other, "id=2");
    assertEquals(await requestFields(url, env), [["Cookie", "id=1; theme=dark"]]);
    assertEquals(await requestFields(other, env, { crossOrigin: true }), [["Cookie", "id=2"]]);
    assertEquals(await requestFields(new URL("ws://a.test/"), env), [["Cookie", "theme=dark"]]);
    await written();
    if (Deno.build.os !== "windows") assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
    assertEquals([...Deno.readDirSync(path.replace(/\/jar$/, ""))].map(({ name }) => name), [
      "jar",
    ]);
    assertEquals(await requestFields(url, runWith(path).env), [["Cookie", "id=1; theme=dark"]]);
    assertEquals(await requestFields(url, testEnv({ cookie: [path, "x=y"] })), [
      ["Cookie", "id=1; theme=dark; x=y"],
    ]);
  }));

Deno.test("--cookie-jar: a file that cannot be written is a warning", () =>
  withJar(async (path) => {
    const { env, written } = runWith(`${path}/nowhere/jar`);
    await answer(env, url, "id=1");
    await written();
    assertEquals(env.lines.length, 1);
    assertEquals(
      env.lines[0].startsWith(`wirecat: warning: --cookie-jar: cannot write ${path}/nowhere/jar: `),
      true,
    );
  }));

Deno.test("--cookie, --cookie-jar: wrong files and values are refused", () =>
  withJar(async (path) => {
    const refused = (options: Record<string, unknown>, says: string) =>
      assertRejects(() => requestFields(url, testEnv(options)), WirecatError, says);
    await refused({ cookie: [path] }, `--cookie: cannot read ${path}: no such file`);
    await refused({ cookie: ["a=b\r\nX: y"] }, "--cookie: this is not NAME=VALUE");
    await refused({ cookie: ["=b"] }, "--cookie: this is not NAME=VALUE");
    await Deno.writeTextFile(path, "my diary\n");
    await refused({ "cookie-jar": path }, `--cookie-jar: ${path}, line 1, is not a cookie`);
    assertEquals(await Deno.readTextFile(path), "my diary\n");
  }));
