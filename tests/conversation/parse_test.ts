import { assertEquals, assertThrows } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { checkNames } from "../../lib/conversation/names.ts";
import {
  parseConversation,
  parseExpectOption,
  parseSendOption,
} from "../../lib/conversation/parse.ts";
import type { Step } from "../../lib/conversation/step.ts";
import type { Files } from "../../lib/conversation/text_reader.ts";

const encoder = new TextEncoder();

/** Files in memory, by path. */
function files(contents: Record<string, string | Uint8Array<ArrayBuffer>> = {}): Files {
  return {
    resolve: (from, path) => from.includes("/") ? from.replace(/[^/]*$/, path) : path,
    read(path) {
      const found = contents[path];
      if (found === undefined) throw new Deno.errors.NotFound("no such file");
      return typeof found === "string" ? encoder.encode(found) : found;
    },
  };
}

function parse(text: string, contents?: Record<string, string | Uint8Array<ArrayBuffer>>) {
  return parseConversation({ name: "x.conv", text }, files(contents));
}

/** A step without where and how it was written. */
function bare(step: Step): unknown {
  const { position: _, source: __, ...rest } = step;
  return "steps" in rest ? { ...rest, steps: rest.steps.map(bare) } : rest;
}

const text = (...text: unknown[]) => ({ type: "text", text });
const message = (pattern: unknown) => ({
  type: "expect",
  expected: { type: "message", pattern },
  within: undefined,
});

const STEPS: readonly (readonly [string, unknown])[] = [
  ['send "hi\\n"', { type: "send", content: text("hi\n") }],
  ["send text  as it is # all of it ", { type: "send", content: text("as it is # all of it") }],
  ['send "a ${b} $${c} $d"', {
    type: "send",
    content: text("a ", { variable: "b" }, " ${c} $d"),
  }],
  ["send text @bob /x/ {", { type: "send", content: text("@bob /x/ {") }],
  ["expect text /x/", message(text("/x/"))],
  ['send text "${env:HOME}"', { type: "send", content: text({ environment: "HOME" }) }],
  ["send <<END\n   one\n    two\n\n   END", { type: "send", content: text("one\n two\n") }],
  ["send binary 00 ff1a # bytes", {
    type: "send",
    content: { type: "binary", bytes: new Uint8Array([0, 255, 26]) },
  }],
  ['send binary "é"', {
    type: "send",
    content: { type: "binary", bytes: new Uint8Array([0xc3, 0xa9]) },
  }],
  ["ping", { type: "ping", payload: undefined }],
  ['ping "x" # comment', { type: "ping", payload: ["x"] }],
  ["close", { type: "close", code: undefined, reason: undefined }],
  ['close 4001 "bye"', { type: "close", code: 4001, reason: ["bye"] }],
  ["wait 200ms", { type: "wait", seconds: 0.2 }],
  ["within forever", { type: "within", seconds: Infinity }],
  ["repeat 2 times as i\n ping\nend", {
    type: "repeat",
    times: 2,
    counter: "i",
    steps: [{ type: "ping", payload: undefined }],
  }],
  ["set a = -1.50", {
    type: "set",
    name: "a",
    value: { type: "value", value: -1.5, raw: "-1.50" },
  }],
  [
    'answer "2" with text 3',
    {
      type: "answer",
      pattern: { type: "text", text: ["2"] },
      content: { type: "text", text: ["3"] },
    },
  ],
  ["ignore any binary", { type: "ignore", pattern: { type: "any", kind: "binary" } }],
  ['expect "a"', message(text("a"))],
  ["expect text a b", message(text("a b"))],
  ["expect any", message({ type: "any", kind: undefined })],
  ["expect bytes 00 ?? within 1s", {
    type: "expect",
    expected: { type: "bytes", bytes: { bytes: [0, -1], open: false } },
    within: 1,
  }],
  ["expect binary 00 ?? ...", message({ type: "binary", bytes: { bytes: [0, -1], open: true } })],
  ["expect nothing for 1s", {
    type: "expect",
    expected: { type: "nothing", seconds: 1 },
    within: undefined,
  }],
  ['expect close 1000 "ok" within 2s', {
    type: "expect",
    expected: { type: "close", code: 1000, reason: text("ok") },
    within: 2,
  }],
  ['expect pong "x"', {
    type: "expect",
    expected: { type: "pong", payload: ["x"] },
    within: undefined,
  }],
  ["expect status 403", {
    type: "expect",
    expected: { type: "status", status: 403 },
    within: undefined,
  }],
  ['expect header X-A "1"', {
    type: "expect",
    expected: { type: "header", name: "X-A", value: text("1") },
    within: undefined,
  }],
  ["expect subprotocol none", {
    type: "expect",
    expected: { type: "subprotocol", name: undefined },
    within: undefined,
  }],
  ['optional expect "a" within 1s', {
    type: "expect",
    expected: { type: "message", pattern: text("a") },
    within: 1,
    optional: true,
  }],
  ['expect any example "a"', {
    type: "expect",
    expected: { type: "message", pattern: { type: "any", kind: undefined }, example: text("a") },
    within: undefined,
  }],
  ['expect any within 1s # soon\n  example "a"', {
    type: "expect",
    expected: { type: "message", pattern: { type: "any", kind: undefined }, example: text("a") },
    within: 1,
  }],
];

Deno.test("conversation: each step is read as it is written", () => {
  for (const [line, expected] of STEPS) {
    const { steps } = parse(`# first\n\n${line}\r\n`);
    assertEquals(steps.map(bare), [expected], line);
    assertEquals(steps[0].position.line, 3, line);
  }
});

Deno.test("conversation: JSON may go on over lines and has variables, forms and expressions", () => {
  const { steps } = parse(
    'expect {\n  "a": [any, $b, ...],\n  "c": /x/i, "d": "$e",\n  "f": absent, "g": "$$h"\n}\nping',
  );
  assertEquals(steps.length, 2);
  assertEquals(steps[1].position.line, 6);
  assertEquals(
    steps[0].source,
    'expect { "a": [any, $b, ...], "c": /x/i, "d": "$e", "f": absent, "g": "$$h" }',
  );
  const { expected } = steps[0] as Extract<Step, { type: "expect" }>;
  assertEquals(expected, {
    type: "message",
    pattern: {
      type: "json",
      json: {
        type: "object",
        entries: [
          ["a", {
            type: "array",
            items: [{ type: "form", form: "any" }, { type: "variable", name: "b" }],
            open: true,
            openBefore: false,
          }],
          ["c", {
            type: "regex",
            regex: { template: ["x"], flags: "i", captures: [], shown: "/x/i" },
          }],
          ["d", { type: "variable", name: "e" }],
          ["f", { type: "form", form: "absent" }],
          ["g", { type: "string", text: ["$h"] }],
        ],
      },
    },
  });
});

Deno.test("conversation: files are read where the file is, once each on the way down", () => {
  const { steps } = parseConversation(
    { name: "dir/a.conv", text: "include b.conv\nsend @t\nsend binary @t" },
    files({ "dir/b.conv": "include c.conv\n", "dir/c.conv": "ping", "dir/t": "é" }),
  );
  assertEquals(steps.map(bare), [
    { type: "ping", payload: undefined },
    { type: "send", content: text("é") },
    { type: "send", content: { type: "binary", bytes: new Uint8Array([0xc3, 0xa9]) } },
  ]);
  assertEquals(steps[0].position.file, "dir/c.conv");
});

Deno.test("conversation: side says whose lines a file has", () => {
  assertEquals(parse("ping").side, "client");
  assertEquals(parse("# mock\nside server\nping").side, "server");
});

const ERRORS: readonly (readonly [string, string, string?])[] = [
  ['sned "x"', "x.conv:1:1: there is no step 'sned'", "did you mean 'send'?"],
  ["  12", "x.conv:1:3: expected a step, found '12'"],
  ["ping\nsend hello", "x.conv:2:6: 'hello' is nothing that can be sent", '"text"'],
  ["send", "x.conv:1:5: expected what to send, found the end"],
  ["send ping", "x.conv:1:6: 'send ping' is not a step", "a step of its own"],
  ["expect jsno {}", "x.conv:1:8: 'jsno' is nothing that can be expected", "did you mean 'json'?"],
  ['expect {"a": nmber}', "x.conv:1:14: 'nmber' is no JSON value", "did you mean 'number'?"],
  ["expect {a: 1}", "x.conv:1:9: expected a key in quotes", 'keys are in quotes: "a"'],
  ['expect {"a" 1}', "x.conv:1:13: expected a colon after the key \"a\", found '1}'"],
  ['expect {"a": 1 "b": 2}', 'x.conv:1:16: expected a comma or "}"'],
  ['expect {"a": 1,}', "x.conv:1:16: expected a value after the comma, found '}'"],
  ['expect {"a": 1, "a": 2}', 'x.conv:1:17: the key "a" is there twice'],
  ['ping\nexpect [1,\n  {"a": 2}', "x.conv:2:8: this JSON has no end"],
  ["expect [01]", "x.conv:1:9: expected a JSON value, found '01]'"],
  ['send {"a": any}', "x.conv:1:12: 'any' cannot be sent"],
  ['send {"a": /x/}', "x.conv:1:12: a regular expression cannot be sent"],
  ['expect "x" wihtin 2s', "x.conv:1:12: 'wihtin' is too much here", "did you mean 'within'?"],
  ['expect "x" within soon', "x.conv:1:19: expected a length of time", undefined],
  ['send "x" y', "x.conv:1:10: 'y' is too much here"],
  ['send "x', "x.conv:1:6: this text has no closing quote"],
  ['send "\\q"', 'x.conv:1:6: "\\q" is not written as in JSON'],
  ['send "${a b}"', "x.conv:1:6: ${a b} is no variable"],
  ['send "${a"', "x.conv:1:6: '${a' has no closing brace"],
  ["send <<END\nx", "x.conv:1:6: <<END has no end"],
  ["send binary 0", "x.conv:1:13: expected two hexadecimal digits, found '0'"],
  ["expect bytes 00 ...", "x.conv:1:14: '...' has no end here", "?? stands for any one"],
  ["expect bytes", "x.conv:1:13: it does not say which bytes"],
  ["optional expect bytes 00", "x.conv:1:17: only a message can be optional"],
  ["send binary ??", "x.conv:1:13: '??' cannot be sent"],
  ["expect /a", "x.conv:1:8: this regular expression has no closing slash"],
  ["expect /a(/", "x.conv:1:8: cannot be used: /a(/: Unterminated group"],
  ["expect /a/g", "x.conv:1:8: a regular expression has no flag 'g' here"],
  ["close 1005", "x.conv:1:7: the close code 1005 cannot be sent"],
  ['close "bye"', "x.conv:1:7: a reason needs a code before it"],
  ["expect close 99", "x.conv:1:16: 99 is no close code"],
  ["expect status 700", "x.conv:1:18: 700 is no HTTP status"],
  ["wait forever", "x.conv:1:1: this would wait forever"],
  ["repeat 2\nping", "x.conv:1:1: 'repeat' has no end"],
  ["repeat x", "x.conv:1:8: expected how many times to repeat"],
  ["end", "x.conv:1:1: 'end' closes nothing"],
  ["set x 5", "x.conv:1:7: expected '=' after x"],
  ["any order\n  ping\nend", "x.conv:2:3: 'ping' cannot stand in 'any order'"],
  ["any order\nend", "x.conv:1:1: 'any order' is empty"],
  ["any other", "x.conv:1:5: expected 'order' after any"],
  ["optional ping", "x.conv:1:10: expected 'expect' after optional"],
  ["optional expect close", "x.conv:1:17: only a message can be optional"],
  ["ping\nside server", "x.conv:2:1: 'side' comes first"],
  ["side left", "x.conv:1:6: expected client or server, found 'left'"],
  ["send @nope", "x.conv:1:6: cannot read nope: no such file"],
  ["expect schema t", "x.conv:1:15: t is not JSON"],
  ["send @b", "x.conv:1:6: b is not UTF-8", "binary @FILE"],
  ["include x.conv", "x.conv:1:9: x.conv includes itself"],
];

Deno.test("conversation: an error names the place, what was read and what is allowed", () => {
  const contents = { t: "no", b: new Uint8Array([0xff]), "x.conv": "ping" };
  for (const [text, start, hint] of ERRORS) {
    const error = assertThrows(() => parse(text, contents), WirecatError, undefined, text);
    assertEquals(error.message.slice(0, start.length), start, text);
    assertEquals(error.kind, "usage");
    if (hint !== undefined) {
      assertEquals(error.hint?.includes(hint), true, `${text}: ${error.hint}`);
    }
  }
});

Deno.test("conversation: a variable that nothing has set is told before anything is sent", () => {
  const unknown: readonly (readonly [string, string])[] = [
    ['send "${a}"', "x.conv:1:1"],
    ['expect {"a": $b}\nsend {"b": $b}\nsend "$${b} ${c}"', "x.conv:3:1"],
    ["expect /${a}/", "x.conv:1:1"],
    ['repeat 2 as i\n  send "${i}${j}"\nend', "x.conv:2:3"],
    ['any order\n  expect {"a": $a}\n  expect "${a}"\nend', "x.conv:3:3"],
    ['answer {"a": $a} with "${a}${b}"', "x.conv:1:1"],
    ['answer {"a": $a} with {"b": $a}\nsend "${a}"', "x.conv:2:1"],
  ];
  for (const [text, place] of unknown) {
    const { steps } = parse(text);
    const error = assertThrows(() => checkNames(steps, ["known"]), WirecatError);
    assertEquals(error.message.split(": ")[0], place, text);
  }
  const known = 'expect /(?<a>.)/\nsend "${a}${known}${env:X}"\nset b = $a\nsend {"b": "$b"}';
  checkNames(parse(known).steps, ["known"]);
});

Deno.test("--expect: what looks like no pattern is the text itself", () => {
  const read = (text: string) =>
    bare(parseExpectOption({ name: "--expect", text, inline: true }, files()));
  assertEquals(read("hello world"), {
    type: "expect",
    expected: { type: "message", pattern: text("hello world") },
  });
  assertEquals(
    read("/x/"),
    message({
      type: "regex",
      regex: { template: ["x"], flags: "", captures: [], shown: "/x/" },
    }),
  );
  assertEquals(read(' "quoted" '), message(text("quoted")));
  assertEquals(read("text raw"), message(text("raw")));
  assertThrows(
    () => read("json {"),
    WirecatError,
    "--expect, column 6: this JSON has no end",
  );
});

Deno.test("--send: only variables mean something", () => {
  const step = parseSendOption({ name: "--send", text: '# "a" {b} ${c}', inline: true });
  assertEquals(bare(step), { type: "send", content: text('# "a" {b} ', { variable: "c" }) });
});
