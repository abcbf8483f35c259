import { assertEquals } from "@std/assert";
import { reportLogin } from "../../lib/auth/refused_logins.ts";
import { Log } from "../../lib/core/log.ts";
import { type Env, LoginRefused } from "../../lib/core/opener.ts";

/** As much of a run as is needed here, and what it says. */
class Saying {
  readonly lines: string[] = [];
  readonly run = new AbortController();
  readonly env: Env;
  #wake = () => {};

  constructor(verbosity: 0 | 1 | 2 = 1) {
    const log = new Log(verbosity, (line) => {
      this.lines.push(line.replace("wirecat: ", ""));
      this.#wake();
    });
    this.env = { log, signal: this.run.signal } as Env;
  }

  refuse(client: string): void {
    reportLogin(new LoginRefused(client, `refused ${client}`), this.env);
  }

  async says(count: number): Promise<void> {
    while (this.lines.length < count) await new Promise<void>((resolve) => this.#wake = resolve);
  }
}

Deno.test("refused logins: one line a second for an address, and how many more there were", async () => {
  const saying = new Saying();
  for (let port = 1; port <= 42; port++) saying.refuse(`10.0.0.1:${port}`);
  saying.refuse("[::1]:5");
  saying.refuse("[::1]:6");
  assertEquals(saying.lines, ["error: refused 10.0.0.1:1", "error: refused [::1]:5"]);
  const timer = setTimeout(() => {}, 10_000); // Those of the sums hold up nothing.
  await saying.says(4);
  clearTimeout(timer);
  assertEquals(saying.lines.slice(2), [
    "warning: … and 41 more refused logins from 10.0.0.1",
    "warning: … and 1 more refused login from [::1]",
  ]);
  saying.refuse("10.0.0.1:43");
  assertEquals(saying.lines.slice(4), ["error: refused 10.0.0.1:43"]);
  saying.run.abort();
  assertEquals(saying.lines.length, 5);
});

Deno.test("refused logins: the end of the run tells what was only counted", () => {
  const saying = new Saying();
  for (let i = 0; i < 3; i++) saying.refuse("10.0.0.1");
  saying.run.abort();
  assertEquals(saying.lines, [
    "error: refused 10.0.0.1",
    "warning: … and 2 more refused logins from 10.0.0.1",
  ]);
});

Deno.test("refused logins: -v tells each, -q none", () => {
  for (const [verbosity, count] of [[2, 3], [0, 0]] as const) {
    const saying = new Saying(verbosity);
    for (let i = 0; i < 3; i++) saying.refuse("10.0.0.1:7");
    assertEquals(saying.lines.length, count);
    saying.run.abort();
  }
});
