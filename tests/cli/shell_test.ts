/** The life of a shell script: the program in `sh`, with no terminal. */
import { assertEquals } from "@std/assert";
import { freePort } from "../free_port.ts";
import { testWith } from "../interop/programs.ts";
import { COMMAND, nativeServer } from "./program.ts";

const echo = () => nativeServer((socket) => socket.onmessage = ({ data }) => socket.send(data));

const WORDS = COMMAND.map((word) => `'${word}'`).join(" ");

/** Runs a shell script without a terminal; in it `$W` is the program, `$U` an address. */
async function sh(
  script: string,
  url = "",
  shell = "sh",
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(shell, {
    args: ["-c", `W() { ${WORDS} "$@"; }\n${script}`],
    env: { U: url, NO_COLOR: "1", WIRECAT_CONFIG: "/dev/null" },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test("sh: an answer in a variable, in loops, and under set -e", async () => {
  await using server = echo();
  const { code, stdout, stderr } = await sh(
    `set -e
     x=$(echo one | W -1 $U); echo "[$x]"
     for i in 1 2; do echo "q$i" | W -1 $U; done
     printf 'a\\nb\\n' | while read -r line; do echo "$line" | W -1 $U; done`,
    server.url,
  );
  assertEquals([code, stdout, stderr], [0, "[one]\nq1\nq2\na\nb\n", ""]);
});

Deno.test("sh: a failure ends a script under set -e, and || sees the status", async () => {
  const url = `ws://127.0.0.1:${freePort()}/`;
  const { code, stdout } = await sh(`W -q $U || echo "status $?"; set -e; W -q $U; echo no`, url);
  assertEquals([code, stdout], [4, "status 4\n"]);
});

Deno.test("sh: a reader that has seen enough ends it quietly", async () => {
  await using server = nativeServer((socket) =>
    socket.onopen = () => {
      for (let i = 0; i < 2000; i++) socket.send("x".repeat(1000));
    }
  );
  const { stdout, stderr } = await sh(
    `(W -U $U; echo "status $?" >&2) | head -n 1 | cut -c 1-3
     (W -U --json $U; echo "status $?" >&2) | head -n 1 | cut -c 1-6`,
    server.url,
  );
  assertEquals([stdout, stderr], ['xxx\n{"v":1\n', "status 0\nstatus 0\n"]);
});

Deno.test("sh: standard input or output may be closed", async () => {
  await using server = nativeServer((socket) =>
    socket.onopen = () => {
      socket.send("hello");
      socket.close(1000);
    }
  );
  const { stdout, stderr } = await sh(
    `W --linger forever $U <&-; echo "status $?"; W --linger forever $U >&-; echo "status $?"`,
    server.url,
  );
  assertEquals([stdout, stderr], ["hello\nstatus 0\nstatus 0\n", ""]);
});

Deno.test("sh: timeout(1) ends it, and it tells the server", async () => {
  let ending: Promise<number> | undefined;
  await using server = nativeServer((socket) => {
    socket.onopen = () => socket.send("open");
    ending = new Promise((resolve) => socket.onclose = ({ code }) => resolve(code));
  });
  // On a loaded machine it may end before there is a connection.
  let stdout = "";
  for (let seconds = 2; seconds < 60 && !stdout.startsWith("open\n"); seconds *= 2) {
    const script = `timeout ${seconds} ${WORDS} --linger forever $U; echo $?`;
    ({ stdout } = await sh(script, server.url));
    assertEquals(stdout.replace(/^open\n/, ""), "124\n");
  }
  assertEquals(await ending, 1001);
});

const THOUSANDS = "sh: thousands of lines in are as many messages, and all answers come back";

testWith(["grep", "sed"], THOUSANDS, async () => {
  await using server = echo();
  const { stdout } = await sh(
    `W() { ${WORDS} --linger forever --max-messages $1 --max-messages-rev "$@"; }
     seq 20000 | W 20000 $U | tail -n 1
     seq 2000 | sed 's/.*/{"text":"&"}/' | W 2000 --json $U | grep -c '"direction":"in"'`,
    server.url,
  );
  assertEquals(stdout, "20000\n2000\n");
});

Deno.test({
  name: "sh: standard input and output that fail are named, with what to do",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using server = echo();
    const { code, stderr } = await sh(
      `echo hi | W -1 $U >/dev/full; W --help >/dev/full; W -1 $U </`,
      server.url,
    );
    assertEquals(code, 1);
    const full = "wirecat: error: cannot write to standard output: no space left on device\n" +
      "  the disk is full: df shows which\n";
    const folder = "wirecat: error: cannot read standard input: is a directory\n" +
      "  name a file in it\n";
    assertEquals(stderr, full + full + folder);
  },
});
