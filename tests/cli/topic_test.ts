import { assert, assertEquals, assertThrows } from "@std/assert";
import { COMMAND_TOPICS } from "../../lib/cli/command_topics.ts";
import { commands } from "../../lib/cli/commands.ts";
import { PAGES, topics, topicText } from "../../lib/cli/topic.ts";
import { registry } from "../../specs/mod.ts";
import { inCheckout, runProgram } from "../checkout.ts";

const first = (topic: string) => topicText(topic, registry).split("\n")[0];

Deno.test("help TOPIC: an option by any of its names, with or without dashes", () => {
  for (const topic of ["--header", "header", "-H", "H"]) {
    assertEquals(first(topic), "-H, --header NAME:VALUE");
  }
});

Deno.test("help TOPIC: a specifier by any of its names, with or without the colon", () => {
  for (const topic of ["mirror:", "mirror"]) assertEquals(first(topic), "mirror:");
  assertEquals(first("-"), "-");
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
