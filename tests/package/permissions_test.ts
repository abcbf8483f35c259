/** What a run may do without: the lines of the README's section on permissions. */
import { assertEquals, assertMatch } from "@std/assert";
import { programWords, runProgram } from "../checkout.ts";

/** An echo server with all permissions, while `use` runs. */
async function withEcho(use: (port: number) => Promise<void>): Promise<void> {
  const words = ["-t", "--stdout-announce-listening-ports", "ws-l:127.0.0.1:0", "mirror:"];
  await withServer(["-A"], words, use);
}

async function withServer(
  permissions: readonly string[],
  words: readonly string[],
  use: (port: number) => Promise<void>,
): Promise<void> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...programWords(permissions), ...words],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  try {
    const reader = child.stdout.getReader();
    const { value } = await reader.read();
    reader.releaseLock();
    await use(Number(/port=(\d+)/.exec(new TextDecoder().decode(value))?.[1]));
  } finally {
    child.kill();
    await child.stdout.cancel();
    await child.status;
  }
}

Deno.test("permissions: --version, --help and --dump-spec take none", async () => {
  for (const words of [["--version"], ["--help=doc"], ["--dump-spec", "-", "tcp:a:1"]]) {
    const { code, stderr } = await runProgram(words, "", []);
    assertEquals([code, stderr], [0, ""]);
  }
});

Deno.test("permissions: a client takes --allow-net for its server only", async () => {
  await withEcho(async (port) => {
    const url = `ws://localhost:${port}/`;
    const run = await runProgram(["-1", url], "hello\n", [`-N=localhost:${port}`]);
    assertEquals(run, { code: 0, stdout: "hello\n", stderr: "" });
  });
});

Deno.test("permissions: a client without --allow-net says what it takes", async () => {
  const { code, stderr } = await runProgram(["ws://127.0.0.1:9/"], "", []);
  assertEquals(code, 4);
  assertMatch(stderr, /permission denied by Deno\n.*--allow-net/);
});

Deno.test("permissions: a server takes --allow-net, and for programs --allow-run", async () => {
  const permissions = ["-N", "--allow-run=sh"];
  const words = ["--stdout-announce-listening-ports", "ws-l:127.0.0.1:0", "cmd:echo served"];
  await withServer(permissions, words, async (port) => {
    const { stdout } = await runProgram(["-U", "-", `ws://127.0.0.1:${port}/`], "");
    assertEquals(stdout, "served\n");
  });
});

Deno.test("permissions: a file takes --allow-write for it only", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/data.txt`;
    const run = await runProgram(["-", `appendfile:${path}`], "hello\n", [`-W=${path}`]);
    assertEquals(run, { code: 0, stdout: "", stderr: "" });
    assertEquals(await Deno.readTextFile(path), "hello\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
