import { assertEquals, assertThrows } from "@std/assert";
import {
  type Extension,
  ExtensionSyntaxError,
  formatExtension,
  parseExtensions,
} from "../../lib/websocket/extensions.ts";

function extension(name: string, ...parameters: [string, string?][]): Extension {
  return { name, parameters: parameters.map(([name, value]) => [name, value] as const) };
}

for (
  const [text, expected] of [
    ["", []],
    [" , ,", []],
    ["foo", [extension("foo")]],
    ["foo, bar; baz=2", [extension("foo"), extension("bar", ["baz", "2"])]],
    ["foo;a;b=1;c=x-y", [extension("foo", ["a"], ["b", "1"], ["c", "x-y"])]],
    ["foo ; a = 1 ,\tfoo;a=2", [extension("foo", ["a", "1"]), extension("foo", ["a", "2"])]],
    ['foo; a="10"', [extension("foo", ["a", "10"])]],
    ['foo; a="1\\0"', [extension("foo", ["a", "10"])]],
    ["foo; a; a", [extension("foo", ["a"], ["a"])]],
    [",foo,,bar,", [extension("foo"), extension("bar")]],
  ] as [string, Extension[]][]
) {
  Deno.test(`RFC 6455 9.1: the extensions of ${JSON.stringify(text)}`, () => {
    assertEquals(parseExtensions(text), expected);
  });
}

for (
  const text of [
    ";",
    "foo;",
    "foo;;a",
    "foo;a=",
    "foo;a=,b",
    "foo a",
    "foo=1",
    '"foo"',
    'foo;"a"',
    'foo;a="1 2"',
    'foo;a=""',
    'foo;a="1',
    "foo;a=1 2",
    "foo;a==1",
    "foo/bar",
    "é",
  ]
) {
  Deno.test(`RFC 6455 9.1: ${JSON.stringify(text)} is refused`, () => {
    assertThrows(() => parseExtensions(text), ExtensionSyntaxError);
  });
}

Deno.test("extensions: what was parsed is written as it was", () => {
  const text = "foo; a; b=1";
  assertEquals(formatExtension(parseExtensions(text)[0]), text);
});

Deno.test("extensions: a long field without an end takes no long time", () => {
  assertThrows(() => parseExtensions('a;b="' + "\\a".repeat(30_000)), ExtensionSyntaxError);
  assertEquals(parseExtensions(" ".repeat(60_000)), []);
});
