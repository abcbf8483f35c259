import { assertEquals, assertThrows } from "@std/assert";
import {
  assignment,
  conversationOptions,
  expect,
  isScripted,
  send,
  step,
  within,
} from "../../lib/cli/conversation_options.ts";
import { readWords, valuesOf } from "../../lib/cli/parse.ts";
import { WirecatError } from "../../lib/core/errors.ts";

function read(words: readonly string[], fallback: Record<string, readonly string[]> = {}) {
  const said = readWords(words, conversationOptions);
  return valuesOf(said, conversationOptions, [new Map(Object.entries(fallback))]);
}

Deno.test("--send, --expect and --step: keep the order in which they are written", () => {
  const words = ["--send", "a", "--within=2s", "--expect=-b", "--step", "ping", "--send=c", "x:"];
  const options = read(words);
  const placed = [send, expect, step].flatMap((row) =>
    options.get(row).map(({ word, place }) => ({ word, place, long: row.long }))
  ).sort((a, b) => a.place - b.place).map(({ long, word }) => `${long} ${word}`);
  assertEquals(placed, ["send a", "expect -b", "step ping", "send c"]);
  assertEquals(options.get(within), 2);
});

Deno.test("--send: what a file of defaults has comes last", () => {
  const options = read(["--send", "a"], { send: ["b"], expect: ["c"] });
  assertEquals(options.get(send), [{ word: "a", place: 0 }, { word: "b", place: Infinity }]);
  assertEquals(options.get(expect), [{ word: "c", place: Infinity }]);
});

Deno.test("--within: is no conversation by itself", () => {
  assertEquals(isScripted(read(["--within", "1s"])), false);
  assertEquals(isScripted(read(["--step", "ping"])), true);
});

Deno.test("--set: takes NAME=VALUE, where the value may have anything in it", () => {
  assertEquals(assignment("set", "a=b=c\n"), { name: "a", value: "b=c\n" });
  assertEquals(assignment("set", "a="), { name: "a", value: "" });
  assertEquals(assignment("set", "a"), { name: "a", value: undefined });
  const error = assertThrows(() => assignment("set-secret", "a b=secret"), WirecatError);
  assertEquals(error.message, "--set-secret: 'a b' is not NAME=VALUE");
});
