import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import {
  askPassword,
  PasswordLine,
  type PasswordTerminal,
} from "../../lib/terminal/ask_password.ts";
import { COMMAND, nativeServer } from "../cli/program.ts";
import { findProgram } from "../interop/programs.ts";
import { wirecat } from "./pty.ts";

const encoder = new TextEncoder();

const TYPED: readonly [name: string, keys: string, end: string | undefined, text: string][] = [
  ["a line", "hush\n", "entered", "hush"],
  ["a line with CR", "hush\r", "entered", "hush"],
  ["nothing", "\n", "entered", ""],
  ["characters beyond ASCII", "pä€😀\n", "entered", "pä€😀"],
  ["Backspace takes a whole character", "a€\x7f😀\b\x7fb\n", "entered", "b"],
  ["Backspace at the beginning does nothing", "\x7f\x7fa\n", "entered", "a"],
  ["Ctrl-U takes all", "abc\x15d\n", "entered", "d"],
  ["Ctrl-W too", "abc\x17d\n", "entered", "d"],
  ["arrow keys do nothing", "a\x1b[Ab\x1bOBc\x1b[1;5Dd\n", "entered", "abcd"],
  ["other control characters do nothing", "a\x01\x09\x18b\n", "entered", "ab"],
  ["Ctrl-D ends a line", "ab\x04", "entered", "ab"],
  ["Ctrl-D alone ends the input", "\x04", "ended", ""],
  ["Ctrl-C", "ab\x03", "interrupted", "ab"],
  ["Ctrl-Z", "ab\x1a", "suspended", "ab"],
  ["no end yet", "ab", undefined, "ab"],
  ["a very long one is cut", "x".repeat(5000) + "\n", "entered", "x".repeat(4096)],
];

for (const [name, keys, end, text] of TYPED) {
  Deno.test(`password: ${name}`, () => {
    const line = new PasswordLine();
    let ended: string | undefined;
    for (const byte of encoder.encode(keys)) ended ??= line.take(byte);
    assertEquals([ended, line.text()], [end, text]);
  });
}

/** A terminal on which this is typed; then it is over, or waits for ever. */
class FakeTerminal implements PasswordTerminal {
  shown = "";
  readonly modes: boolean[] = [];
  closed = 0;
  readonly #keys: (string | null)[];

  constructor(...keys: (string | null)[]) {
    this.#keys = keys;
  }

  read(into: Uint8Array): Promise<number | null> {
    const keys = this.#keys.shift();
    if (keys === undefined) return new Promise(() => {});
    return Promise.resolve(keys === null ? null : encoder.encodeInto(keys, into).written);
  }

  write(bytes: Uint8Array): Promise<number> {
    this.shown += new TextDecoder().decode(bytes);
    return Promise.resolve(bytes.length);
  }

  setRaw(raw: boolean): void {
    this.modes.push(raw);
  }

  close(): void {
    this.closed++;
  }
}

Deno.test("askPassword: shows the prompt and nothing of what is typed", async () => {
  const terminal = new FakeTerminal("hu", "sh\r");
  assertEquals(await askPassword("Password: ", {}, terminal), "hush");
  assertEquals([terminal.shown, terminal.modes, terminal.closed], [
    "Password: \n",
    [true, false],
    1,
  ]);
});

Deno.test("askPassword: the terminal is as before when the input ends", async () => {
  for (const keys of [null, "\x04"]) {
    const terminal = new FakeTerminal(keys);
    const error = await assertRejects(
      () => askPassword("Password: ", { hint: "write it" }, terminal),
      WirecatError,
      "no password was typed",
    );
    assertEquals([error.hint, terminal.modes, terminal.closed], ["write it", [true, false], 1]);
  }
});

Deno.test("askPassword: the terminal is as before when the run is aborted", async () => {
  const run = new AbortController();
  const terminal = new FakeTerminal("ab");
  const asking = askPassword("Password: ", { signal: run.signal }, terminal);
  run.abort(new Error("the run is over"));
  await assertRejects(() => asking, Error, "the run is over");
  assertEquals([terminal.modes, terminal.closed], [[true, false], 1]);
  const late = new FakeTerminal("ab\n");
  await assertRejects(() => askPassword("", { signal: run.signal }, late), Error, "is over");
  assertEquals([late.modes, late.closed], [[], 1]);
});

/** Whether script(1) of util-linux is there, which gives a program a terminal. */
const ignore = Deno.build.os !== "linux" || findProgram("setsid") === undefined ||
  findProgram("script") === undefined ||
  !(await new Deno.Command("script", { args: ["-qec", "true", "/dev/null"], stdin: "null" })
    .output()).success;
const skipped = ignore ? " (skipped: no script of util-linux)" : "";

/** Runs a line of sh on a terminal; types when the prompt is there. */
async function onTerminal(line: string, typed: string): Promise<string> {
  const child = new Deno.Command("script", {
    args: ["-qec", line, "/dev/null"],
    env: { TERM: "xterm", SHELL: "/bin/sh" },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  let shown = "";
  let answered = false;
  for await (const chunk of child.stdout) {
    shown += new TextDecoder().decode(chunk);
    if (!answered && /Password of ann at 127\.0\.0\.1: /.test(shown)) {
      answered = true;
      await writer.write(encoder.encode(typed));
    }
  }
  await child.status;
  await writer.abort();
  return shown;
}

Deno.test({
  name: "--user NAME: asks on the terminal, though standard input is a pipe" + skipped,
  ignore,
  async fn() {
    let seen: string | null = null;
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      (request) => {
        seen = request.headers.get("Authorization");
        const { socket, response } = Deno.upgradeWebSocket(request);
        socket.onmessage = ({ data }) => {
          socket.send(data);
          socket.close();
        };
        return response;
      },
    );
    const line = `echo hello | ${
      wirecat("--user", "ann", `ws://127.0.0.1:${server.addr.port}/`)
    }; stty -a`;
    const shown = await onTerminal(line, "hush\r");
    assertEquals(seen, `Basic ${btoa("ann:hush")}`);
    assertMatch(shown, /hello/);
    assert(!shown.includes("hush"), shown);
    assertMatch(shown, / icanon/);
    assertMatch(shown, / echo /);
  },
});

Deno.test({
  name: "--user NAME: Ctrl-C ends the program as a signal does, and the terminal is as before" +
    skipped,
  ignore,
  async fn() {
    await using server = nativeServer(() => {});
    const line = `${wirecat("--user", "ann", server.url)}; echo status $?; stty -a`;
    const shown = await onTerminal(line, "hu\x03");
    assertMatch(shown, /status 130/);
    assertMatch(shown, / icanon/);
    assertMatch(shown, / echo /);
    assert(!/error|hu\b/.test(shown), shown);
  },
});

Deno.test({
  name: "--user NAME: without a terminal the error says what to write" + skipped,
  ignore,
  async fn() {
    const { code, stderr } = await new Deno.Command("setsid", {
      args: ["-w", ...COMMAND, "--user", "ann", "ws://127.0.0.1:9/"],
      stdin: "null",
    }).output();
    assertEquals(code, 2);
    assertMatch(
      new TextDecoder().decode(stderr),
      /error: there is no terminal to ask on: Password of ann at 127\.0\.0\.1\n {2}write --user NAME:PASS/,
    );
  },
});

Deno.test("askPassword: Ctrl-Z gives the terminal back, and asks anew when it goes on", async () => {
  const terminal = new FakeTerminal("ab\x1a", "cd\n");
  const modes: boolean[][] = [];
  const suspend = () => Promise.resolve(void modes.push([...terminal.modes]));
  const typed = await askPassword("Password: ", {}, Object.assign(terminal, { suspend }));
  assertEquals([typed, modes], ["cd", [[true, false]]]);
  assertEquals([terminal.modes, terminal.closed], [[true, false, true, false], 1]);
  assertEquals(terminal.shown, "Password: \nPassword: \n");
});
