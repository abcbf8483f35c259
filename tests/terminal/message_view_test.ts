import { assert, assertEquals } from "@std/assert";
import { bytesPerLine, fromHex, hexDump } from "../../lib/terminal/hex_dump.ts";
import { indentJson, isJsonContainer } from "../../lib/terminal/json_text.ts";
import { deltaText, messageLines, timeText } from "../../lib/terminal/message_view.ts";
import { paletteFor } from "../../lib/terminal/palette.ts";

const plain = paletteFor(false);
const ALL = { characters: Infinity, lines: Infinity };

function indented(text: string): string[] {
  return [...indentJson(text, plain, ALL).lines];
}

Deno.test("json: it is indented, whatever blanks it came with", () => {
  const lines = ["{", '  "a": [', "    1,", "    true", "  ],", '  "b": {},', '  "c": []', "}"];
  assertEquals(indented('{"a":[1,true],"b":{},"c":[ ]}'), lines);
  assertEquals(indented(lines.join("\r\n\t")), lines);
});

Deno.test("json: numbers, strings and keys stay what they were", () => {
  const text = '{"n":1.0,"n":12345678901234567890,"e":1E400,"z":-0.0,"s":"\\u0041\\/\\n"}';
  assertEquals(indented(text).join("").replace(/ {2}|(?<=:) /g, ""), text);
});

Deno.test("json: indenting changes nothing but blanks", () => {
  const value = { a: [1, [2, { b: null }], "x, y: [z] {"], 'q"\\': { "": [[], {}] } };
  assertEquals(JSON.parse(indented(JSON.stringify(value)).join("\n")), value);
  assertEquals(indented(JSON.stringify(value)), JSON.stringify(value, null, 2).split("\n"));
});

Deno.test("json: only objects and arrays are, and only valid ones", () => {
  for (const text of ["5", '"x"', "true", "{", "{a:1}", "[1,]", "", " ", "{} x"]) {
    assertEquals(isJsonContainer(text), false, text);
  }
  for (const text of ["{}", " [1]\n", '{"a":{"b":[]}}']) assert(isJsonContainer(text), text);
});

Deno.test("json: colours tell keys from values, and escapes stay JSON", () => {
  const { lines } = indentJson('{"k":"v\u202e","n":1,"t":null}', paletteFor(true), ALL);
  assertEquals(lines[1], '  \x1b[34m"k"\x1b[39m: \x1b[32m"v\\u202e"\x1b[39m,');
  assertEquals(lines[2], '  \x1b[34m"n"\x1b[39m: \x1b[36m1\x1b[39m,');
  assertEquals(lines[3], '  \x1b[34m"t"\x1b[39m: \x1b[33mnull\x1b[39m');
});

Deno.test("json: what is too long is cut, also within one string", () => {
  const many = indentJson(JSON.stringify(Array(1000).fill(1)), plain, { ...ALL, lines: 10 });
  assertEquals([many.lines.length, many.cut], [11, true]);
  const long = indentJson(`["${"x".repeat(1e6)}"]`, plain, { ...ALL, characters: 100 });
  assertEquals(long.cut, true);
  assert(long.lines.join("").length < 200);
  const deep = indentJson("[".repeat(5000) + "]".repeat(5000), plain, {
    characters: 1000,
    lines: 400,
  });
  assert(deep.cut && deep.lines.join("").length < 1200);
});

Deno.test("hex dump: as hexdump -C", () => {
  const bytes = new TextEncoder().encode("The quick brown fox\n");
  assertEquals(hexDump(bytes, plain, 10), [
    "00000000  54 68 65 20 71 75 69 63  6b 20 62 72 6f 77 6e 20  |The quick brown |",
    "00000010  66 6f 78 0a                                       |fox.|",
  ]);
  assertEquals(hexDump(new Uint8Array(100), plain, 2).length, 2);
});

Deno.test("hex dump: narrower terminals get fewer bytes a line", () => {
  for (const [columns, bytes] of [[Infinity, 16], [78, 16], [77, 8], [46, 8], [45, 4], [9, 4]]) {
    assertEquals(bytesPerLine(columns), bytes, String(columns));
  }
  const bytes = new TextEncoder().encode("0123456789");
  for (const perLine of [16, 8, 4]) {
    const [line] = hexDump(bytes.slice(0, perLine), plain, 1, perLine);
    if (perLine < 16) assertEquals(bytesPerLine(line.length), perLine);
  }
  assertEquals(hexDump(bytes, plain, 9, 8), [
    "00000000  30 31 32 33  34 35 36 37  |01234567|",
    "00000008  38 39                     |89|",
  ]);
});

Deno.test("hex: digits with blanks, colons or 0x between them", () => {
  const bytes = new Uint8Array([0xde, 0xad, 0x00, 0x01]);
  for (
    const text of [
      "dead0001",
      "DE AD 00 01",
      "de:ad:00:01",
      "0xde, 0xad, 0x00, 0x01",
      " dead 0001 ",
    ]
  ) {
    assertEquals(fromHex(text), bytes, text);
  }
  assertEquals(fromHex(""), new Uint8Array(0));
  for (const text of ["abc", "xy", "de ad g"]) assertEquals(fromHex(text), undefined, text);
});

const style = { palette: plain, json: true };

function shown(
  content: string | Uint8Array,
  given: Partial<typeof style> = {},
  more: { hint?: string; stamp?: string; whole?: boolean } = {},
): string[] {
  const text = typeof content === "string";
  return messageLines({
    kind: text ? "text" : "binary",
    bytes: text ? new TextEncoder().encode(content) : content,
    mark: "<",
    paint: (it) => it,
    stamp: "",
    ...more,
  }, { ...style, ...given });
}

Deno.test("messages: text, with all lines but the first indented", () => {
  assertEquals(shown("hello"), ["< hello"]);
  assertEquals(shown("a\nb\n> c"), ["< a", "  b", "  > c"]);
  assertEquals(shown("a\r\x1b[2Jb"), ["< a\\r\\x1b[2Jb"]);
  assertEquals(shown(""), ["< (empty text message)"]);
});

Deno.test("messages: a newline at the end is seen, and takes no line of its own", () => {
  assertEquals(shown("hello\n"), ["< hello\\n"]);
  assertEquals(shown("a\r\nb\n\n"), ["< a\\r", "  b", "  \\n"]);
  assertEquals(shown("\n"), ["< \\n"]);
  assertEquals(shown("a\n", { palette: paletteFor(true) }), ["< a\x1b[35m\\n\x1b[39m"]);
});

Deno.test("messages: JSON is indented, unless that is not wanted", () => {
  assertEquals(shown('{"a":1}'), ["< {", '    "a": 1', "  }"]);
  assertEquals(shown('{"a":1}', { json: false }), ['< {"a":1}']);
  assertEquals(shown('{"a":1'), ['< {"a":1']);
});

Deno.test("messages: timestamps", () => {
  const stamp = `${timeText(new Date(2026, 0, 2, 3, 4, 5, 67))} `;
  assertEquals(shown("a\nb", {}, { stamp }), ["03:04:05.067 < a", "               b"]);
  assertEquals([0, 42, 12_345, 3_600_000].map(deltaText), [
    "  +0.000",
    "  +0.042",
    " +12.345",
    "+3600.000",
  ]);
});

Deno.test("messages: binary as a dump, with its size", () => {
  assertEquals(shown(new Uint8Array([1, 0x41])), [
    "< binary, 2 bytes",
    `  00000000  01 41${" ".repeat(45)}|.A|`,
  ]);
});

Deno.test("messages: what is too long is cut, and it is said what to do", () => {
  const long = shown("ä".repeat(100_000), {}, { hint: "/save FILE keeps it" });
  assertEquals(long.length, 2);
  assertEquals(/^< ä+$/.test(long[0]), true);
  assertEquals(long[1], "  … 200.0 kB in all: /save FILE keeps it");
  assertEquals(shown("x\n".repeat(1000)).length, 401);
  assertEquals(shown(new Uint8Array(10_000)).length, 34);
  assertEquals(shown(JSON.stringify(Array(10_000).fill("a"))).at(-1), "  … 40.0 kB in all");
});

Deno.test("messages: all of one is shown where that is asked for", () => {
  const whole = { whole: true };
  assertEquals(shown("ä".repeat(100_000), {}, whole), [`< ${"ä".repeat(100_000)}`]);
  assertEquals(shown("x\n".repeat(1000), {}, whole).length, 1000);
  assertEquals(shown(new Uint8Array(10_000), {}, whole).length, 626);
  assertEquals(shown(JSON.stringify(Array(10_000).fill("a")), {}, whole).length, 10_002);
});
