import { assert, assertEquals } from "@std/assert";
import { junitReport } from "../../lib/conversation/report_junit.ts";
import { tapReport } from "../../lib/conversation/report_tap.ts";
import { textOfResult, textOfSum } from "../../lib/conversation/report_text.ts";
import type { Result } from "../../lib/conversation/result.ts";

const position = { file: "a.conv", line: 3, column: 1 };

const GOOD: Result = {
  name: "b.conv",
  peer: "ws://x/",
  began: new Date("2026-01-02T03:04:05Z"),
  milliseconds: 7,
  cases: [
    { name: 'expect "# \\ <&>"', position, outcome: "passed", milliseconds: 5 },
    { name: "expect any", position, outcome: "skipped", milliseconds: 0, note: "optional" },
  ],
};

const BAD: Result = {
  ...GOOD,
  name: "a.conv",
  milliseconds: 1234,
  cases: [
    ...GOOD.cases,
    {
      name: 'expect "x"',
      position,
      outcome: "failed",
      milliseconds: 1000,
      failure: {
        kind: "assertion",
        message: "another text came",
        details: ["expected: x", "came:     \u0001<y> \ud800"],
        traffic: ["> hi", "< <y>"],
      },
    },
  ],
};

Deno.test("report: text says what failed, where, and what came before", () => {
  assertEquals(textOfResult(GOOD), "ok    b.conv  ws://x/  1 expectation, 7 ms\n");
  assertEquals(
    textOfResult(BAD),
    [
      "FAIL  a.conv  ws://x/  1 of 3 expectations, 1.234 s",
      '  a.conv:3:1: expect "x"',
      "    another text came",
      "    expected: x",
      "    came:     \u0001<y> \ud800",
      "    since the last expectation:",
      "      > hi",
      "      < <y>",
      "",
    ].join("\n"),
  );
  assertEquals(textOfSum({ all: 1, failed: 1 }), "");
  assertEquals(textOfSum({ all: 2, failed: 1 }), "2 conversations: 1 ok, 1 failed\n");
});

Deno.test("report: TAP has a test point each, escaped, with its diagnosis", () => {
  assertEquals(
    tapReport([GOOD, BAD]),
    String.raw`TAP version 14
# b.conv ws://x/
ok 1 - a.conv:3:1 expect "\# \\ <&>"
ok 2 - a.conv:3:1 expect any # SKIP optional
# a.conv ws://x/
ok 3 - a.conv:3:1 expect "\# \\ <&>"
ok 4 - a.conv:3:1 expect any # SKIP optional
not ok 5 - a.conv:3:1 expect "x"
  ---
  message: "another text came"
  severity: fail
  file: "a.conv"
  line: 3
  duration_ms: 1000
  details:
    - "expected: x"
    - "came:     \u0001<y> \ud800"
  traffic:
    - "> hi"
    - "< <y>"
  ...
1..5
`,
  );
});

Deno.test("report: TAP without an expectation has a plan that is skipped", () => {
  assertEquals(
    tapReport([{ ...GOOD, cases: [] }]),
    "TAP version 14\n# b.conv ws://x/\n1..0 # SKIP nothing was expected\n",
  );
});

Deno.test("report: JUnit's XML has a suite a file, and nothing that XML forbids", () => {
  const xml = junitReport([GOOD, BAD]);
  assert(
    xml.startsWith('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="wirecat" tests="5"'),
  );
  assert(xml.includes('failures="1" errors="0" skipped="2" time="1.241"'));
  assert(xml.includes('<testcase name="expect &quot;# \\ &lt;&amp;&gt;&quot;" classname="b.conv"'));
  assert(xml.includes('<failure message="another text came" type="assertion">'));
  assert(xml.includes("came:     \ufffd&lt;y&gt; \ufffd"));
  // deno-lint-ignore no-control-regex -- these are what it is about
  assert(!/[\x00-\x08\x0b\x0c\x0e-\x1f]/.test(xml));
});
