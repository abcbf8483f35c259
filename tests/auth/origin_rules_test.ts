import { assertEquals, assertThrows } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { OriginRules, parseOrigin } from "../../lib/auth/origin_rules.ts";

const CASES: readonly [pattern: string, allowed: string[], refused: string[]][] = [
  ["*", ["https://a.test", "null", "chrome-extension://abc"], []],
  ["null", ["null"], ["https://null", "http://a.test"]],
  [
    "https://example.org",
    ["https://example.org", "https://EXAMPLE.org", "https://example.org:443"],
    [
      "http://example.org",
      "https://example.org:8443",
      "https://www.example.org",
      "https://example.org.evil.test",
      "https://evil-example.org",
      "https://example.org/",
      "https://example.org https://evil.test",
      "null",
      "",
    ],
  ],
  ["http://localhost:8080", ["http://localhost:8080"], ["http://localhost", "http://localhost:80"]],
  [
    "http://localhost:*",
    ["http://localhost", "http://localhost:1", "http://localhost:65535"],
    ["https://localhost:1", "http://localhost.evil.test:1"],
  ],
  [
    "https://*.example.org",
    ["https://a.example.org", "https://a.b.example.org"],
    ["https://example.org", "https://evilexample.org", "https://a.example.org:8443"],
  ],
  ["https://*.example.org:*", ["https://a.example.org:8443"], ["http://a.example.org:8443"]],
  ["http://[::1]:3000", ["http://[::1]:3000"], ["http://[::2]:3000"]],
  ["https://bücher.test", ["https://xn--bcher-kva.test"], ["https://bucher.test"]],
  [
    "https://*.bücher.test",
    ["https://www.xn--bcher-kva.test"],
    ["https://xn--bcher-kva.test", "https://www.xn--bcher-kva.test."],
  ],
  ["chrome-extension://abcdef", ["chrome-extension://abcdef"], ["chrome-extension://abcdeg"]],
];

for (const [pattern, allowed, refused] of CASES) {
  Deno.test(`--allow-origin ${pattern}`, () => {
    const rules = new OriginRules([pattern], false);
    for (const origin of allowed) assertEquals(rules.allow(origin), true, origin);
    for (const origin of refused) assertEquals(rules.allow(origin), false, origin);
  });
}

Deno.test("--allow-origin: clients without an Origin are let in, unless it is required", () => {
  assertEquals(new OriginRules(["https://a.test"], false).allow(null), true);
  assertEquals(new OriginRules(["https://a.test"], true).allow(null), false);
  assertEquals(new OriginRules(["*"], true).allow(null), false);
  assertEquals(new OriginRules(["*"], true).allow("null"), true);
});

const BAD = [
  "",
  "https://*.",
  "example.org",
  "example.org:8443",
  "https://",
  "https://a.test/path",
  "https://a*b",
]
  .concat(["https://a.*.test", "https://*", "ws//x", "https://u@a.test", "https://a.test:port"]);

for (const pattern of BAD) {
  Deno.test(`--allow-origin: '${pattern}' is no origin, and the hint says what is`, () => {
    const error = assertThrows(() => parseOrigin(pattern), WirecatError, `'${pattern}'`);
    assertEquals(typeof error.hint, "string");
  });
}
