import { assertEquals, assertThrows } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { describeProxy, formatProxy, parseLogin, parseProxy } from "../../lib/proxy/address.ts";

const read = (text: string) => {
  const { scheme, hostname, port, credentials } = parseProxy(text, "--proxy");
  const login = credentials && `${credentials.user} ${credentials.password}`;
  return [scheme, hostname, port, login];
};

Deno.test("proxy address: scheme, host, port and login, each with its default as for curl", () => {
  assertEquals(read("http://p.test:3128"), ["http", "p.test", 3128, undefined]);
  assertEquals(read("p.test:3128"), ["http", "p.test", 3128, undefined]);
  assertEquals(read("p.test"), ["http", "p.test", 1080, undefined]);
  assertEquals(read("HTTPS://p.test/"), ["https", "p.test", 443, undefined]);
  assertEquals(read("socks5://[::1]"), ["socks5", "::1", 1080, undefined]);
  assertEquals(read("socks5h://127.0.0.1:9050"), ["socks5h", "127.0.0.1", 9050, undefined]);
  assertEquals(read("socks4a://me@h"), ["socks4a", "h", 1080, "me "]);
  assertEquals(read("SOCKS://h:1"), ["socks4", "h", 1, undefined]);
  assertEquals(read("http://me:a%3Ab%40c@p.test"), ["http", "p.test", 1080, "me a:b@c"]);
  assertEquals(read("http://me:a@b:c%@p.test:1"), ["http", "p.test", 1, "me a@b:c%"]);
  assertEquals(read("me@p.test:1"), ["http", "p.test", 1, "me "]);
});

Deno.test("proxy address: a wrong one is told without its password", () => {
  for (
    const [text, said] of [
      ["ftp://me:secret@h", "there is no kind of proxy ftp://"],
      ["socks6://me:secret@h:1", "there is no kind of proxy socks6://"],
      ["socks4://me%00:secret@h:1", "a name may not have a zero byte in it"],
      ["http://me:secret@h:0", "0 is not a port"],
      ["http://me:secret@h:70000", "70000 is not a port"],
      ["http://me:secret@h:x", "'h:x' is not the address of a proxy"],
      ["http://me:secret@h:1/path", "'h:1/path' is not the address of a proxy"],
      ["http://me:secret@", "'' is not the address of a proxy"],
      ["me:secret@::1:3128", "'::1:3128' is not the address of a proxy"],
    ]
  ) {
    const error = assertThrows(() => parseProxy(text, "--proxy"), WirecatError);
    assertEquals(error.message, `--proxy: ${said}`);
    assertEquals(error.kind, "usage");
    assertEquals(`${error.hint}`.includes("secret"), false);
  }
});

Deno.test("proxy address: a message in its place, as for wscat's -x, gets a hint", () => {
  for (const message of ["hello there", '{"op":"subscribe"}']) {
    const { hint } = assertThrows(() => parseProxy(message, "--proxy"), WirecatError);
    assertEquals(hint?.includes("to send a message") && hint.includes("--send TEXT"), true, hint);
  }
  const { hint } = assertThrows(() => parseProxy("h:x", "--proxy"), WirecatError);
  assertEquals(hint, "write http://HOST:PORT or socks5h://HOST:PORT");
});

Deno.test("proxy address: people are told of it without the login", () => {
  const proxy = parseProxy("https://me:secret@[::1]:3128", "--proxy");
  assertEquals(describeProxy(proxy), "the HTTPS proxy [::1]:3128");
  assertEquals(formatProxy(proxy), "https://[::1]:3128");
  assertEquals(describeProxy(parseProxy("socks5://h", "")), "the SOCKS5 proxy h:1080");
  assertEquals(describeProxy(parseProxy("socks5h://h", "")), "the SOCKS5 proxy h:1080");
  assertEquals(describeProxy(parseProxy("socks4a://me@h", "")), "the SOCKS4 proxy h:1080");
});

Deno.test("proxy address: a login has to fit the kind of proxy", () => {
  assertEquals(parseLogin("me:", "http", "-U"), { user: "me", password: "" });
  assertEquals(parseLogin("me:a:b", "socks5h", "-U"), { user: "me", password: "a:b" });
  assertEquals(parseLogin("me", "socks4a", "-U"), { user: "me", password: "" });
  assertThrows(() => parseLogin("me", "http", "-U"), WirecatError, "-U: there is no colon in it");
  assertThrows(() => parseLogin("me:", "socks5", "-U"), WirecatError, "1 to 255 bytes");
  assertThrows(() => parseLogin(`me:${"x".repeat(256)}`, "socks5", "-U"), WirecatError, "1 to 255");
  assertThrows(
    () => parseProxy("a%3Ab:c@h", "--proxy"),
    WirecatError,
    "a name may not have a colon",
  );
});
