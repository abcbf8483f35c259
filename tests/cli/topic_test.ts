import { assert, assertEquals, assertThrows } from "@std/assert";
import { topicText } from "../../lib/cli/topic.ts";
import { registry } from "../../specs/mod.ts";

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
