import { assert, assertEquals, assertMatch } from "@std/assert";
import { Log } from "../../lib/core/log.ts";
import { Progress } from "../../lib/probe/progress.ts";
import { askPassword, type PasswordTerminal } from "../../lib/terminal/ask_password.ts";
import { run } from "../cli/program.ts";
import { silent } from "../cli/provoking.ts";
import { noPty, OnTerminal, skippedWithoutPty, wirecat } from "../terminal/pty.ts";

const ERASE = "\r\x1b[K";

/** What is written, and when it has begun or ended with something. */
class Written {
  all = "";
  #wake = () => {};
  readonly write = (text: string) => {
    this.all += text;
    this.#wake();
  };
  async until(test: (all: string) => boolean): Promise<void> {
    while (!test(this.all)) await new Promise<void>((resolve) => this.#wake = resolve);
  }
}

Deno.test("probe progress: one line that is replaced, and erased at the end", async () => {
  const written = new Written();
  const progress = new Progress(written.write);
  progress.follow(() => "connecting");
  await written.until((all) => all.includes("connecting"));
  progress.follow(() => "closing");
  await written.until((all) => all.includes("closing"));
  progress.stop();
  assertMatch(
    written.all.replaceAll(ERASE, "<"),
    /^(<wirecat: connecting …)+(<wirecat: closing …)+<$/,
  );
});

Deno.test("probe progress: what is quick draws nothing", () => {
  const written = new Written();
  const progress = new Progress(written.write);
  progress.follow(() => "connecting");
  progress.stop();
  assertEquals(written.all, "");
});

Deno.test("probe progress: no line while a password is asked for", async () => {
  const written = new Written();
  const progress = new Progress(written.write);
  progress.follow(() => "connecting");
  await written.until((all) => all.includes("connecting"));
  const keys = Promise.withResolvers<void>();
  const terminal: PasswordTerminal = {
    async read(into) {
      await keys.promise;
      into[0] = 13;
      return 1;
    },
    write: (bytes) => Promise.resolve(bytes.length),
    setRaw() {},
    close() {},
  };
  const asking = askPassword("Password: ", {}, terminal);
  const before = written.all;
  assert(before.endsWith(ERASE));
  await new Promise((resolve) => setTimeout(resolve, 400)); // Nothing can be awaited that never is.
  assertEquals(written.all, before);
  keys.resolve();
  await asking;
  await written.until((all) => all.length > before.length);
  progress.stop();
});

Deno.test({
  name: "probe progress: a slow server is told of on a terminal, above which the report stands" +
    skippedWithoutPty,
  ignore: noPty,
  async fn() {
    await using server = silent();
    const words = ["probe", "--handshake-timeout", "2", `ws://127.0.0.1:${server.port}/`];
    await using terminal = new OnTerminal(wirecat(...words));
    await using quiet = new OnTerminal(
      wirecat("-q", ...words).replace("'-q' 'probe'", "'probe' '-q'"),
    );
    await terminal.end();
    assertMatch(terminal.raw, /wirecat: waiting for the answer to the upgrade …/);
    const last = terminal.raw.lastIndexOf(" …");
    assertMatch(terminal.raw.slice(last).replace(ERASE, "<"), /^ …[^\n<]*<[^\r]*127\.0\.0\.1/);
    await quiet.end();
    assert(!quiet.raw.includes("…"), quiet.raw);
  },
});

Deno.test("probe progress: nothing where standard error is no terminal", async () => {
  await using server = silent();
  const words = ["probe", "--handshake-timeout", "0.5", `ws://127.0.0.1:${server.port}/`];
  const { stderr } = await run(words);
  assertEquals(stderr, "");
});

Deno.test("probe progress: a diagnostic stands on a line of its own", async () => {
  const written = new Written();
  const lines: string[] = [];
  const progress = new Progress(written.write, (line) => lines.push(line));
  progress.follow(() => "connecting");
  await written.until((all) => all.includes("connecting"));
  new Log().warn("odd");
  progress.stop();
  assertMatch(lines.join(), /odd$/);
  assert(written.all.endsWith(ERASE));
});
