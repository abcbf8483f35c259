import { assertEquals } from "@std/assert";
import { type Cookie, goesWith, parseSetCookie } from "../../lib/auth/cookie.ts";
import { parseCookieDate } from "../../lib/auth/cookie_date.ts";

const NOW = Date.UTC(2026, 0, 1);
const SECONDS = NOW / 1000;

/** What becomes of a Set-Cookie field, without what is as it mostly is. */
function received(field: string, url = "wss://www.example.test/a/b"): Partial<Cookie> | undefined {
  const cookie = parseSetCookie(field, new URL(url), NOW);
  if (cookie === undefined) return undefined;
  const usual: Partial<Cookie> = {
    domain: "www.example.test",
    hostOnly: true,
    path: "/a",
    secure: false,
    httpOnly: false,
    expires: undefined,
  };
  return Object.fromEntries(
    Object.entries(cookie).filter(([key, value]) => usual[key as keyof Cookie] !== value),
  );
}

const FIELDS: readonly [field: string, cookie: Partial<Cookie> | undefined][] = [
  ["a=b", { name: "a", value: "b" }],
  [" a = b=c ; HttpOnly; Secure", { name: "a", value: "b=c", httpOnly: true, secure: true }],
  ['a="b c"', { name: "a", value: '"b c"' }],
  ["a=", { name: "a", value: "" }],
  ["a", undefined],
  ["=b", undefined],
  ["a=b\u0001", undefined],
  ["a=" + "x".repeat(4096), undefined],
  ["a=" + "é".repeat(2048), undefined],
  ["a=b; Path=/x/y", { name: "a", value: "b", path: "/x/y" }],
  ["a=b\tc", undefined],
  ["a\tb=c", undefined],
  ["a=b; Path=/x\ty", { name: "a", value: "b" }],
  ["a=b; Path=x", { name: "a", value: "b" }],
  ["a=b; Path=/x; path=/y", { name: "a", value: "b", path: "/y" }],
  ["a=b; Domain=example.test", { name: "a", value: "b", domain: "example.test", hostOnly: false }],
  ["a=b; Domain=.EXAMPLE.test", { name: "a", value: "b", domain: "example.test", hostOnly: false }],
  ["a=b; Domain=www.example.test", { name: "a", value: "b", hostOnly: false }],
  ["a=b; Domain=", { name: "a", value: "b" }],
  ["a=b; Domain=other.test", undefined],
  ["a=b; Domain=x.www.example.test", undefined],
  ["a=b; Domain=ample.test", undefined],
  ["a=b; Domain=test", undefined],
  ["a=b; Max-Age=60", { name: "a", value: "b", expires: SECONDS + 60 }],
  ["a=b; Max-Age=0", { name: "a", value: "b", expires: 1 }],
  ["a=b; Max-Age=-5; Expires=Fri, 02 Jan 2026 00:00:00 GMT", { name: "a", value: "b", expires: 1 }],
  ["a=b; Max-Age=x", { name: "a", value: "b" }],
  ["a=b; Max-Age=99999999999", { name: "a", value: "b", expires: SECONDS + 400 * 86400 }],
  ["a=b; Expires=Fri, 02 Jan 2026 00:00:00 GMT", {
    name: "a",
    value: "b",
    expires: SECONDS + 86400,
  }],
  ["a=b; Expires=soon", { name: "a", value: "b" }],
  ["__Secure-a=b", undefined],
  ["__Secure-a=b; Secure", { name: "__Secure-a", value: "b", secure: true }],
  ["__Host-a=b; Secure; Path=/", { name: "__Host-a", value: "b", secure: true, path: "/" }],
  ["__Host-a=b; Secure", undefined],
  ["__Host-a=b; Secure; Path=/; Domain=www.example.test", undefined],
];

for (const [field, cookie] of FIELDS) {
  Deno.test(`RFC 6265 5.2: Set-Cookie: ${field.slice(0, 60)}`, () => {
    assertEquals(received(field), cookie);
  });
}

Deno.test("RFC 6265 5.1.4: the default path is that of the request up to its last slash", () => {
  for (
    const [path, expected] of [["/", "/"], ["/a", "/"], ["/a/", "/a"], [
      "/a/b?c=/d/e",
      "/a",
    ]] as const
  ) {
    const cookie = parseSetCookie("a=b", new URL(`ws://h.test${path}`), NOW);
    assertEquals(cookie?.path, expected, path);
  }
});

Deno.test("cookies: an address, or a name without a dot, is for itself only", () => {
  const at = (url: string, field: string) => parseSetCookie(field, new URL(url), NOW);
  assertEquals(at("ws://127.0.0.1/", "a=b; Domain=127.0.0.1")?.hostOnly, true);
  assertEquals(at("ws://127.0.0.1/", "a=b; Domain=0.0.1"), undefined);
  assertEquals(at("ws://[::1]/", "a=b")?.domain, "::1");
  assertEquals(at("ws://localhost/", "a=b; Domain=localhost")?.domain, "localhost");
});

Deno.test("cookies: Secure is believed over TLS and on this machine only", () => {
  const at = (url: string) => parseSetCookie("a=b; Secure", new URL(url), NOW) !== undefined;
  assertEquals(at("wss://h.test/"), true);
  assertEquals(at("ws://h.test/"), false);
  assertEquals(at("ws://localhost/"), true);
  assertEquals(at("ws://127.0.0.1:8080/"), true);
  assertEquals(at("ws://[::1]/"), true);
});

const COOKIE: Cookie = {
  name: "a",
  value: "b",
  domain: "example.test",
  hostOnly: true,
  path: "/",
  secure: false,
  httpOnly: false,
};

const REQUESTS: readonly [changes: Partial<Cookie>, url: string, goes: boolean][] = [
  [{}, "ws://example.test/", true],
  [{}, "ws://EXAMPLE.test.:8080/x", true],
  [{}, "ws://www.example.test/", false],
  [{ hostOnly: false }, "ws://www.example.test/", true],
  [{ hostOnly: false }, "ws://badexample.test/", false],
  [{ path: "/x" }, "ws://example.test/x", true],
  [{ path: "/x" }, "ws://example.test/x/y", true],
  [{ path: "/x" }, "ws://example.test/xy", false],
  [{ path: "/x/" }, "ws://example.test/x/y", true],
  [{ path: "/x/" }, "ws://example.test/x", false],
  [{ secure: true }, "ws://example.test/", false],
  [{ secure: true }, "wss://example.test/", true],
  [{ expires: SECONDS }, "ws://example.test/", false],
  [{ expires: SECONDS + 1 }, "ws://example.test/", true],
];

for (const [changes, url, goes] of REQUESTS) {
  Deno.test(`RFC 6265 5.4: ${JSON.stringify(changes)} ${goes ? "goes" : "does not go"} to ${url}`, () => {
    assertEquals(goesWith({ ...COOKIE, ...changes }, new URL(url), NOW), goes);
  });
}

const DATES: readonly [text: string, date: string | undefined][] = [
  ["Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37.000Z"],
  ["Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37.000Z"],
  ["Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37.000Z"],
  ["Thu, 01-Jan-2037 1:2:3 GMT", "2037-01-01T01:02:03.000Z"],
  ["01 Jan 69 00:00:00", "2069-01-01T00:00:00.000Z"],
  ["31 Feb 2030 00:00:00", undefined],
  ["01 Jan 1600 00:00:00", undefined],
  ["01 Jan 2030 24:00:00", undefined],
  ["01 Jan 2030", undefined],
  ["tomorrow", undefined],
];

for (const [text, date] of DATES) {
  Deno.test(`RFC 6265 5.1.1: the date ${text}`, () => {
    const parsed = parseCookieDate(text);
    assertEquals(parsed === undefined ? undefined : new Date(parsed).toISOString(), date);
  });
}
