import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Captures, matchMessage, type Mismatch } from "../../lib/conversation/match.ts";
import { parseConversation } from "../../lib/conversation/parse.ts";
import type { MessagePattern } from "../../lib/conversation/step.ts";
import { SchemaCheck } from "../../lib/conversation/schema.ts";
import { textDifference } from "../../lib/conversation/shown.ts";
import { type Json, Variables } from "../../lib/conversation/variables.ts";

const NO_FILES = {
  resolve: (_: string, path: string) => path,
  read: () => {
    throw new Error("none");
  },
};

function pattern(text: string): MessagePattern {
  const [step] = parseConversation({ name: "x", text: `expect ${text}` }, NO_FILES).steps;
  if (step.type !== "expect" || step.expected.type !== "message") throw new Error(text);
  return step.expected.pattern;
}

function match(
  written: string,
  came: string | Uint8Array,
  known: Record<string, Json> = {},
): Captures | Mismatch {
  const message = typeof came === "string"
    ? { kind: "text" as const, bytes: new TextEncoder().encode(came) }
    : { kind: "binary" as const, bytes: came };
  return matchMessage(pattern(written), message, new Variables(new Map(Object.entries(known))));
}

/** What was caught, or the lines that say what is different. */
function outcome(
  written: string,
  came: string | Uint8Array,
  known?: Record<string, Json>,
): unknown {
  const found = match(written, came, known);
  return found instanceof Map ? Object.fromEntries(found) : (found as Mismatch).details.slice(2);
}

Deno.test("conversation: what matches, and what it catches", () => {
  const cases: readonly (readonly [string, string | Uint8Array, Json, Record<string, Json>?])[] = [
    ['"a b"', "a b", {}],
    ['"id ${id}"', "id 7", {}, { id: 7 }],
    ["/^a(?<x>\\d+)/", "a12b", { x: "12" }],
    ["/A.B/is", "xa\nb", {}],
    ["/^${p}$/", "1+1", {}, { p: "1+1" }],
    ["/(?<x>.)/", "7", { x: "7" }, { x: 7 }],
    ["any", "", {}],
    ["any binary", new Uint8Array(), {}],
    ["binary 00 ??", new Uint8Array([0, 9]), {}],
    ["binary 00 ...", new Uint8Array([0, 9, 9]), {}],
    ['{"a": 1}', '{"b": 2, "a": 1.0}', {}],
    ['{"a": {"b": [1, any]}}', '{"a": {"b": [1, null], "c": 0}}', {}],
    ["[1, ...]", "[1, 2, 3]", {}],
    ["[..., 2, ...]", "[1, 2, 3]", {}],
    ["[..., 3]", "[1, 2, 3]", {}],
    ["[..., ...]", "[]", {}],
    ["[..., 2, $x, ...]", "[2, 1, 2, 3]", { x: 1 }],
    ['[..., {"k": $x, "n": $x}, ...]', '[{"k": 1, "n": 2}, {"k": 3, "n": 3, "o": 0}]', { x: 3 }],
    ['{"a": $x, "b": $x}', '{"a": [1, {}], "b": [1, {}]}', { x: [1, {}] }],
    ['{"a": "$x"}', '{"a": {"k": 1}}', {
      x: { k: 1 },
    }, { x: { k: 1 } }],
    ['{"a": $x}', '{"a": null}', { x: null }],
    ['{"a": "$$x", "b": "${x}y"}', '{"a": "$x", "b": "1y"}', {}, { x: 1 }],
    ['{"a": /^(?<n>\\w+)@/}', '{"a": "ann@x"}', { n: "ann" }],
    ['{"a": absent}', "{}", {}],
    [
      '{"a": string, "b": number, "c": integer, "d": boolean, "e": object, "f": array}',
      JSON
        .stringify({ a: "", b: 1.5, c: 2, d: false, e: {}, f: [] }),
      {},
    ],
    ["json null", "null", {}],
    ['{"id": 12345678901234567890}', '{"id": 12345678901234567890}', {}],
    ['{"a": integer, "b": number}', '{"a": -12345678901234567890, "b": 12345678901234567890}', {}],
    ["json 12", " 12 ", {}],
  ];
  for (const [written, came, caught, known] of cases) {
    const found = outcome(written, came, known);
    // A variable that had its value already is not caught again.
    const expected = known !== undefined && "x" in known && written.includes('"$x"') ? {} : caught;
    assertEquals(found, expected, `${written} and ${came}`);
  }
});

Deno.test("conversation: what does not match is told with the place of the difference", () => {
  const cases:
    readonly (readonly [string, string | Uint8Array, string[], Record<string, Json>?])[] = [
      ['"hello"', "help", [
        'they differ from character 4 on: expected "lo", came "p"',
      ]],
      ['"a\\nbc"', "a\nbd", [
        'they differ from line 2, character 2 on: expected "c", came "d"',
      ]],
      ["binary 00 01", new Uint8Array([0, 2]), [
        "they differ from byte 1 on: expected 01, came 02",
      ]],
      ["binary 00 01", new Uint8Array([0]), [
        "they differ from byte 1 on: expected 01, came the end",
      ]],
      ["binary 00", new Uint8Array([0, 5]), [
        "they differ from byte 1 on: expected the end, came 05",
      ]],
      ['{"a": {"b": [1, 2]}, "x-y": 3}', '{"a": {"b": [1, 3]}}', [
        "at .a.b[1]: expected 2, came 3",
        'at ["x-y"]: expected 3, came nothing',
      ]],
      ["[1]", "[1, 2, 3]", ["at the whole: expected 1 item, came 2 more"]],
      ["[1, 2]", "[1]", ["at [1]: expected 2, came nothing"]],
      ['{"a": [..., 4, ...]}', '{"a": [1]}', [
        "at .a: expected such an item in the array, came [1]",
      ]],
      ["[..., 1, 2]", "[1, 2, 3]", [
        "at the whole: expected such items in a row at its end, came [1,2,3]",
      ]],
      ["[..., 1, 2]", "[2]", ["at the whole: expected such items in a row at its end, came [2]"]],
      ['{"a": $x}', '{"a": 2}', ["at .a: expected 1 ($x), came 2"], { x: 1 }],
      ['{"a": $x, "b": $x}', '{"a": 1, "b": 2}', ["at .b: expected 1 ($x), came 2"]],
      [
        '{"id": 12345678901234567890}',
        '{"id": 12345678901234567891}',
        ["at .id: expected 12345678901234567890, came 12345678901234567891"],
      ],
      [
        '{"id": object}',
        '{"id": 12345678901234567890}',
        ["at .id: expected an object, came 12345678901234567890"],
      ],
      ['{"a": $x, "b": $x}', '{"a": null, "b": 1}', ["at .b: expected null ($x), came 1"]],
      ['{"a": $y}', "{}", ["at .a: expected a value for $y, came nothing"]],
      ['{"a": number}', '{"a": "1"}', ['at .a: expected a number, came "1"']],
      ['{"a": absent}', '{"a": 1}', ["at .a: expected no such key, came 1"]],
      ['{"a": /^x/}', '{"a": "y"}', ['at .a: expected a text like /^x/, came "y"']],
      ["{}", "[]", ["at the whole: expected an object, came []"]],
      ['{"toString": any}', "{}", ["at .toString: expected any value, came nothing"]],
      ["any binary", "x", []],
      ["any text", new Uint8Array([1]), []],
      ['{"a": 1}', new Uint8Array([1]), []],
      ["/^(?<x>.)/", "8", [], { x: 7 }],
    ];
  for (const [written, came, details, known] of cases) {
    assertEquals(outcome(written, came, known), details, `${written} and ${came}`);
  }
});

Deno.test("conversation: what is not JSON is told as such", () => {
  const found = match('{"a": 1}', "{nope}") as Mismatch;
  assertEquals(found.message, "what came is not JSON");
  assertEquals(found.details.slice(0, 2), ["expected: JSON", "came:     {nope}"]);
});

Deno.test("conversation: a message under a JSON Schema, and the place where one is not", async () => {
  const schema = new SchemaCheck("user.json", {
    type: "object",
    required: ["id"],
    properties: {
      id: { type: "integer" },
      tags: { type: "array", items: { $ref: "#/$defs/tag" } },
    },
    $defs: { tag: { type: "string", pattern: "^[a-z]+$" } },
  });
  await schema.prepare();
  assertEquals(schema.problems({ id: 1, tags: ["a", "b"] }), []);
  assertEquals(schema.problems({ id: "x", tags: ["a", "B"] }), [
    'at .id: Instance type "string" is invalid. Expected "integer"',
    "at .tags[1]: String does not match pattern",
  ]);
  assertEquals(schema.problems({}), [
    'at the whole: Instance does not have required property "id"',
  ]);
});

Deno.test("conversation: a schema that leads elsewhere is refused", async () => {
  const schema = new SchemaCheck("a.json", { $ref: "other.json#/x" });
  await assertRejects(() => schema.prepare(), Error, "other.json");
});

Deno.test("conversation: secrets are left out of whatever is printed", () => {
  const variables = new Variables(new Map(), new Map([["pw", 'a"b'], ["none", ""]]));
  assertEquals(variables.redact('{"x":"a\\"b"} a"b'), '{"x":"‹pw›"} ‹pw›');
  assertEquals(variables.get("pw"), 'a"b');
});

Deno.test("conversation: of a secret that is too long to be shown, no part is", () => {
  const secret = "s".repeat(100);
  const variables = new Variables(new Map(), new Map([["pw", secret]]));
  const message = (text: string) => ({
    kind: "text" as const,
    bytes: new TextEncoder().encode(text),
  });
  for (
    const [written, came] of [
      ['"${pw}"', "x"],
      ['"x"', "a".repeat(150) + secret],
      ['{"a": "${pw}"}', '{"a": 1}'],
      ['{"a": $pw}', '{"a": 1}'],
      ['{"a": 1}', JSON.stringify({ a: "a".repeat(150) + secret })],
      ["binary 00", secret.repeat(3)],
    ]
  ) {
    const { details } = matchMessage(pattern(written), message(came), variables) as Mismatch;
    const shown = details.map((line) => variables.redact(line)).join("\n");
    assert(!shown.includes("sss"), shown);
  }
});

Deno.test("conversation: long texts are shown around their difference", () => {
  const long = "x".repeat(1000);
  assertEquals(
    textDifference(long + "a", long + "b" + long),
    `they differ from character 1001 on: expected "a", came "b${"x".repeat(23)}"…`,
  );
});
