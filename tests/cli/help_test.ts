import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { helpText } from "../../lib/cli/help.ts";
import { coreOptions } from "../../lib/cli/options.ts";
import { topicText } from "../../lib/cli/topic.ts";
import { registry } from "../../specs/mod.ts";
import { run } from "./program.ts";

Deno.test("--help: the short one is the shorter by far, and names what is used every day", () => {
  const text = helpText("", registry);
  assert(text.length < helpText("long", registry).length / 2);
  assert(text.split("\n").length <= 140, "it has to stay short");
  for (const part of ["wirecat", "ws://", "-s", "--help=long"]) assertStringIncludes(text, part);
});

Deno.test("--help=long: names every option and every specifier", () => {
  const text = helpText("long", registry);
  for (const { long } of [...coreOptions, ...registry.options]) {
    assertStringIncludes(text, `--${long}`);
  }
  for (const { names: [name] } of registry.specifiers) {
    assertStringIncludes(text, name === "-" ? "-" : `${name}:`);
  }
});

Deno.test("--help=doc: has every alias and every example", () => {
  const text = helpText("doc", registry);
  for (const { names, examples = [] } of registry.specifiers) {
    for (const name of names.slice(1)) assertStringIncludes(text, name);
    for (const example of examples) assertStringIncludes(text, example);
  }
});

Deno.test("--help: is no wider than the terminal that it goes to", () => {
  const widest = () =>
    Math.max(...helpText("", registry, false).split("\n").map((it) => it.length));
  assert(widest() <= 100);
  const { isTerminal } = Deno.stdout;
  const { consoleSize } = Deno;
  try {
    Deno.stdout.isTerminal = () => true;
    Deno.consoleSize = () => ({ columns: 80, rows: 24 });
    assert(widest() <= 80, `it is ${widest()} wide`);
  } finally {
    Deno.stdout.isTerminal = isTerminal;
    Deno.consoleSize = consoleSize;
  }
});

Deno.test("--help: goes to standard output, also before other words", async () => {
  for (const words of [["-h"], ["--help"], ["-?"], ["--long-help"], ["--help", "-", "nosuch:"]]) {
    const { code, stdout, stderr } = await run(words);
    assertEquals([code, stderr, stdout.startsWith("wirecat ")], [0, "", true]);
  }
});

Deno.test("--help=TOPIC: is what wirecat help says of it; of what it does not know, the short help", async () => {
  const { stdout } = await run(["--help=ws-listen"]);
  assertEquals(stdout, topicText("ws-listen", registry));
  assertStringIncludes((await run(["--help=nonsense"])).stdout, "--help=long");
});

Deno.test("--version: is one line", async () => {
  const { stdout } = await run(["-V"]);
  assert(/^wirecat \d+\.\d+\.\d+\n$/.test(stdout));
});

Deno.test("--just-generate-key: is 16 bytes in base64, other ones each time", async () => {
  const keys = await Promise.all([1, 2].map(() => run(["--just-generate-key"])));
  for (const { stdout } of keys) assertEquals(atob(stdout.trim()).length, 16);
  assert(keys[0].stdout !== keys[1].stdout);
});

Deno.test("--just-generate-accept: answers the key of RFC 6455's example", async () => {
  const { stdout } = await run(["--just-generate-accept", "dGhlIHNhbXBsZSBub25jZQ=="]);
  assertEquals(stdout, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\n");
  assertEquals((await run(["--just-generate-accept", "short"])).code, 2);
});
