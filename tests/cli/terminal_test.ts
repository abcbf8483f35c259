import { assert, assertEquals, assertMatch } from "@std/assert";
import { findProgram } from "../interop/programs.ts";
import { COMMAND, nativeServer } from "./program.ts";

/** Whether script(1) of util-linux is there, which gives a program a terminal. */
const ignore = Deno.build.os !== "linux" ||
  findProgram("script") === undefined ||
  !(await new Deno.Command("script", { args: ["-qec", "true", "/dev/null"], stdin: "null" })
    .output()).success;
const skipped = ignore ? " (skipped: no script of util-linux)" : "";

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** Runs wirecat on a terminal; `typed` is what a person types. */
async function onTerminal(
  args: readonly string[],
  typed: string,
  env: Record<string, string> = {},
): Promise<{ code: number; shown: string }> {
  const line = [...COMMAND, ...args].map(quoted).join(" ");
  const child = new Deno.Command("script", {
    args: ["-qec", line, "/dev/null"],
    env: { TERM: "xterm", WIRECAT_CONFIG: "/dev/null", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(typed));
  const { code, stdout } = await child.output();
  await writer.abort();
  return { code, shown: new TextDecoder().decode(stdout) };
}

Deno.test({
  name: "raw terminal: a client says why the server closed" + skipped,
  ignore,
  async fn() {
    await using server = nativeServer((socket) => {
      socket.onmessage = (event) => {
        socket.send(`you said ${event.data}`);
        socket.close(1000, "enough");
      };
    });
    const { code, shown } = await onTerminal(["--no-tty", server.url], "hello\n");
    assertEquals(code, 0);
    assertMatch(shown, /you said hello/);
    assertMatch(shown, /wirecat: .* closed: 1000 .*enough/);
  },
});

Deno.test({
  name: "raw terminal: a client says that it is connected, and how to go on" + skipped,
  ignore,
  async fn() {
    await using server = nativeServer(() => {});
    const told = `wirecat: connected to ${server.url}; lines are sent as messages, Ctrl-D ends`;
    assert((await onTerminal(["--raw", server.url], "\x04")).shown.includes(told));
    assert(!(await onTerminal(["-q", "--raw", server.url], "\x04")).shown.includes("connected"));
  },
});

Deno.test({
  name: "raw terminal: Ctrl-D is the end of the input" + skipped,
  ignore,
  async fn() {
    const closing = Promise.withResolvers<number>();
    await using server = nativeServer((socket) => {
      socket.onopen = () => socket.send("ready");
      socket.onclose = ({ code }) => closing.resolve(code);
    });
    assertEquals((await onTerminal(["--raw", "--linger", "0", server.url], "\x04")).code, 0);
    assertEquals(await closing.promise, 1005);
  },
});

Deno.test({
  name: "terminal: errors are in colour there, unless NO_COLOR is set" + skipped,
  ignore,
  async fn() {
    const coloured = await onTerminal(["--nosuch"], "", { NO_COLOR: "" });
    const plain = await onTerminal(["--nosuch"], "", { NO_COLOR: "1" });
    assertEquals([coloured.code, plain.code], [2, 2]);
    assert(coloured.shown.includes("\x1b[31m"), coloured.shown);
    assert(!plain.shown.includes("\x1b"), plain.shown);
  },
});
