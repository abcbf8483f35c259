import { assertEquals } from "@std/assert";
import { run } from "./program.ts";

/** What `--dump-spec` prints. */
async function dumped(...words: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await run(["--dump-spec", ...words]);
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  return stdout.split("\n");
}

Deno.test("--dump-spec: three lines: left, right, and the options that were given", async () => {
  assertEquals(await dumped("-bE", "-H", "A: b", "tcp-l:1", "c-ws:abstract:x"), [
    "tcp-listen:1",
    "ws-connect:abstract:x",
    '{"binary":true,"exit-on-eof":true,"header":["A: b"]}',
    "",
  ]);
});

Deno.test("--dump-spec: the forms with one argument are shown in full", async () => {
  assertEquals((await dumped("ws://x/")).slice(0, 2), ["line2msg:-", "msg2line:ws://x/"]);
  assertEquals((await dumped("-s", "8080")).slice(0, 2), [
    "msg2line:ws-upgrade:tcp-listen:8080",
    "broadcast:line2msg:-",
  ]);
});

Deno.test("--dump-spec: --no-fixups and --no-line show what was written", async () => {
  for (const option of ["--no-fixups", "--no-line"]) {
    assertEquals((await dumped(option, "-", "ws://x/")).slice(0, 2), ["-", "ws://x/"]);
  }
});

Deno.test("--dump-spec: what it prints can be given to --no-fixups again", async () => {
  const [left, right] = await dumped("-t", "ws-l:127.0.0.1:0", "-");
  assertEquals((await dumped("--no-fixups", left, right)).slice(0, 2), [left, right]);
});

Deno.test("--dump-spec: nothing is run, all checks are made", async () => {
  assertEquals((await run(["--dump-spec", "-", "ws://x:99999/"])).code, 2);
  assertEquals((await run(["--dump-spec", "exec:a", "exec:b"])).code, 2);
});

Deno.test("--dump-spec: no secret is printed, wherever it stands", async () => {
  const secrets = [
    ["--basic-auth", "ann:hush"],
    ["--user", "ann:hush"],
    ["--bearer", "hush"],
    ["--cookie", "id=hush"],
    ["-H", "authorization: Bearer hush"],
    ["-H", "Cookie: id=hush"],
    ["--request-header", "Proxy-Authorization: Basic hush"],
    ["--crypto-key", "pwd:hush"],
    ["--client-pkcs12-passwd", "hush"],
    ["--socks5-user-pass", "ann:hush"],
    ["--proxy-user", "ann:hush"],
    ["--proxy", "http://ann:hush@x:1"],
    ["--ws-c-uri", "ws://ann:hush@x/"],
  ];
  for (const words of secrets) {
    const { code, stdout } = await run(["--dump-spec", ...words, "-", "ws://x/"]);
    assertEquals([words, code, stdout.includes("hush")], [words, 0, false]);
    assertEquals([words, stdout.includes("***")], [words, true]);
  }
  const [, right] = await dumped("-", "ws://ann:hush@x/");
  assertEquals(right.includes("hush"), false);
});

Deno.test("--dump-spec: a secret of the environment is not printed either", async () => {
  const { stdout } = await run(["--dump-spec", "-", "ws://x/"], {
    env: { WEBSOCAT_BASIC_AUTH: "ann:hush" },
  });
  assertEquals(JSON.parse(stdout.split("\n")[2])["basic-auth"], "***");
});
