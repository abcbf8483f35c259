import { assertEquals, assertThrows } from "@std/assert";
import {
  bytes,
  choice,
  counter,
  flag,
  integer,
  milliseconds,
  type Option,
  OptionValues,
  restOfLine,
  seconds,
  text,
  texts,
} from "../../lib/core/option.ts";
import { WirecatError } from "../../lib/core/errors.ts";

const row = { long: "x", group: "mode", help: "", value: "V" } as const;

/** What a row makes of words, or the message of its refusal. */
function parsed<T>(option: Option<T>, ...words: string[]): T | string {
  try {
    return option.parse(words);
  } catch (error) {
    if (!(error instanceof WirecatError)) throw error;
    return error.message;
  }
}

Deno.test("option: flags, counters and texts", () => {
  const { value: _, ...bare } = row;
  assertEquals([flag(bare).initial, parsed(flag(bare), "")], [false, true]);
  assertEquals([counter(bare).initial, parsed(counter(bare), "", "")], [0, 2]);
  assertEquals([text(row).initial, parsed(text(row), "a")], [undefined, "a"]);
  assertEquals([texts(row).initial, parsed(texts(row), "a", "b")], [[], ["a", "b"]]);
  assertEquals([restOfLine(row).initial, parsed(restOfLine(row), "a")], [undefined, ["a"]]);
});

Deno.test("option: a choice is the first one unless another is given", () => {
  const option = choice({ long: "x", group: "mode", help: "", choices: ["one", "two"] });
  assertEquals([option.initial, option.value, parsed(option, "two")], ["one", "one|two", "two"]);
  assertEquals(parsed(option, "three"), "--x: 'three' is none of one, two");
});

Deno.test("option: whole numbers, within bounds", () => {
  const option = integer({ ...row, initial: 3, min: -1, max: 5 });
  assertEquals(["-1", "5", "003"].map((word) => parsed(option, word)), [-1, 5, 3]);
  assertEquals(parsed(option, "6"), "--x: 6 is out of range: it has to be from -1 to 5");
  for (const word of ["", "1.0", "1e3", "0x1", " 1", "one", "+1"]) {
    assertEquals(parsed(option, word), `--x: '${word}' is not a whole number`);
  }
  assertEquals(option.defaultText, "3");
  assertEquals(integer({ ...row, initial: undefined }).defaultText, undefined);
});

Deno.test("option: seconds may have fractions, and be forever", () => {
  const option = seconds({ ...row, initial: undefined });
  const words = ["1", "0.5", ".5", "1.", "0", "forever"];
  assertEquals(words.map((word) => parsed(option, word)), [1, 0.5, 0.5, 1, 0, Infinity]);
  for (const word of ["-1", "", "s", "1d", "1 s", "1m30s", "."]) {
    assertThrows(() => option.parse([word]), WirecatError, "a length of time");
  }
});

Deno.test("option: lengths of time may have a unit", () => {
  const option = seconds({ ...row, initial: undefined });
  const words = ["500ms", "2s", "1.5m", "1h", "700ms"];
  assertEquals(words.map((word) => parsed(option, word)), [0.5, 2, 90, 3600, 0.7]);
});

Deno.test("option: where a number alone is milliseconds, units are what they are elsewhere", () => {
  const option = milliseconds({ ...row, initial: 20 });
  const words = ["250", "250ms", "2s", "1.5m", "forever"];
  assertEquals(words.map((word) => parsed(option, word)), [250, 250, 2000, 90_000, Infinity]);
  for (const word of ["-1", "", "1.5", "2d"]) {
    assertThrows(() => option.parse([word]), WirecatError, "a length of time");
  }
});

Deno.test("option: bytes may be counted in k, M and G", () => {
  const option = bytes({ ...row, initial: undefined, min: 1 });
  const words = ["1", "64k", "1M", "2g"];
  assertEquals(words.map((word) => parsed(option, word)), [1, 65536, 1048576, 2147483648]);
  assertThrows(() => option.parse(["0"]), WirecatError, "at least 1");
  assertThrows(() => option.parse(["1T"]), WirecatError, "a number of bytes");
});

Deno.test("option: values are read by row, and are initial without being given", () => {
  const size = bytes({ ...row, initial: 7 });
  const given = new OptionValues(new Map([["x", 9]]));
  assertEquals([new OptionValues().get(size), given.get(size)], [7, 9]);
  assertEquals([new OptionValues().given(size), given.given(size)], [false, true]);
  const other = given.with(size, 1);
  assertEquals([other.get(size), given.get(size), [...other.entries()]], [1, 9, [["x", 1]]]);
});
