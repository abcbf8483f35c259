import { assert, assertEquals, assertThrows } from "@std/assert";
import { COMMAND_TOPICS } from "../../lib/cli/command_topics.ts";
import { commands } from "../../lib/cli/commands.ts";
import { addressesOf, addressTest } from "../../lib/cli/modes.ts";
import { OPTION_EXAMPLES } from "../../lib/cli/option_examples.ts";
import { coreOptions } from "../../lib/cli/options.ts";
import { parseCommandLine } from "../../lib/cli/parse.ts";
import { COMMAND_OPTIONS, PAGES, topics, topicText } from "../../lib/cli/topic.ts";
import { parseSpecifier } from "../../lib/core/specifier.ts";
import { bashWords } from "../../lib/curl/shell_words.ts";
import { registry } from "../../specs/mod.ts";
import { inCheckout, runProgram } from "../checkout.ts";
import { optionTable } from "../reference/understand.ts";

const first = (topic: string) => topicText(topic, registry).split("\n")[0];

Deno.test("help TOPIC: an option by any of its names, with or without dashes", () => {
  for (const topic of ["--header", "header", "-H", "H"]) {
    assertEquals(first(topic), "-H, --header NAME:VALUE");
  }
});

Deno.test("help TOPIC: an option of one command says so", () => {
  assertEquals(first("--report-file"), "--report-file FILE");
  assert(topicText("--report-file", registry).includes("of wirecat run only"));
});

Deno.test("help TOPIC: options have an example with one of their names, which is understood", () => {
  const rows = [coreOptions, registry.options, ...Object.values(COMMAND_OPTIONS)].flat();
  const without = rows.filter(({ long }) => !Object.hasOwn(OPTION_EXAMPLES, long));
  // An option may come before its example, but not many.
  assert(without.length < 6, `no example: ${without.map(({ long }) => long)}`);
  for (const [long, example] of Object.entries(OPTION_EXAMPLES)) {
    const row = rows.find((row) => row.long === long);
    if (row === undefined) throw new Error(`an example of what is no option: ${long}`);
    const { short, aliases = [] } = row;
    const names = [long, short, ...aliases].filter((name) => name !== undefined)
      .map((name) => name.length === 1 ? `-${name}` : `--${name}`);
    const words = bashWords(example.replace(/ (<|\|\|).*/, "").replaceAll("$TOKEN", "abc"));
    const used = words.some((word) => names.includes(word.split("=")[0]));
    assert(used, `${long}: ${example}`);
    // Commands and profiles are read elsewhere, and some options connect nothing.
    const connects = words.some((word) => /:/.test(word)) && !/^(run|probe) | @\w/.test(example);
    if (!connects) continue;
    const isAddress = addressTest(words, registry);
    const { options, positional } = parseCommandLine(words, optionTable, isAddress);
    const { left, right } = addressesOf(positional, options);
    for (const side of [left, right]) {
      const { endpoint, argument } = parseSpecifier(side, registry);
      endpoint.check?.(argument, options);
    }
  }
});

Deno.test("help TOPIC: a specifier by any of its names, with or without the colon", () => {
  for (const topic of ["mirror:", "mirror"]) assertEquals(first(topic), "mirror:");
  assertEquals(first("-"), "-");
  for (const topic of ["ws:", "ws://", "ws://host/"]) assertEquals(first(topic), first("ws"));
  assert(topicText("ws-u:", registry).includes("Examples:\n  wirecat "));
});

Deno.test("help TOPIC: a group of options lists them all", () => {
  const text = topicText("udp", registry);
  assert(text.includes("UDP:\n"));
  assert(text.includes("--udp-ttl"));
});

Deno.test("help TOPIC: a word that means a command or two things tells of all", () => {
  assertEquals(first("man"), "wirecat man");
  const text = topicText("socks5", registry);
  assert(text.includes("--socks5 "));
  assert(topicText("exec", registry).includes("exec:"));
});

Deno.test("help TOPIC: an unknown one is refused with the nearest", () => {
  const error = assertThrows(() => topicText("mirorr", registry), Error, "no help about 'mirorr'");
  assert("hint" in error && String(error.hint).startsWith("did you mean 'mirror'?"));
});

Deno.test("help TOPIC: what is near nothing gets no guess", () => {
  const error = assertThrows(() => topicText("xyzzy", registry), Error, "no help about 'xyzzy'");
  assert("hint" in error && error.hint === "--help=long lists everything");
});

Deno.test("help TOPIC: every topic has a text, no line of which is too wide", () => {
  for (const topic of topics(registry)) {
    const text = topicText(topic.length === 1 && topic !== "-" ? `-${topic}` : topic, registry);
    const wide = text.split("\n").filter((line) =>
      line.length > 100 && !line.startsWith("  wirecat ")
    );
    assertEquals(wide, [], topic);
  }
});

Deno.test("help TOPIC: websockify is a topic, a profile leads to that of profiles", () => {
  assert(topicText("websockify", registry).includes("--token-plugin"));
  const error = assertThrows(() => topicText("@staging", registry), Error);
  assert("hint" in error && error.hint === "wirecat help config tells of profiles");
});

Deno.test("help TOPIC: environment, files and exit-status are topics", () => {
  assert(topicText("environment", registry).includes("\n  NO_COLOR "));
  assert(topicText("files", registry).includes("~/.netrc"));
  assert(topicText("exit-status", registry).includes("\n  10 "));
});

Deno.test("help TOPIC: commands have examples, and the pages that are named exist", async () => {
  for (const { name } of commands) {
    const { examples } = COMMAND_TOPICS[name];
    assert(examples.length > 0, name);
    for (const line of examples) assert(topicText(name, registry).includes(`\n  ${line}\n`), line);
  }
  for (const page of Object.values(PAGES)) await Deno.stat(inCheckout(`docs/${page}`));
});

Deno.test("COMMAND --help: is what wirecat help says of it", async () => {
  for (const name of ["probe", "config", "man"]) {
    const expected = { code: 0, stdout: topicText(name, registry), stderr: "" };
    assertEquals(await runProgram([name, "--help"]), expected);
  }
});
