import { assertEquals, assertThrows } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { formatIpv6, parseIpv4, parseIpv6 } from "../../lib/net/ip.ts";
import { parseCredentials, parseDestination } from "../../lib/socks/destination.ts";
import {
  checkLogin,
  formatGreeting,
  formatLogin,
  formatRequest,
  parseMethod,
  parseReply,
  replyLength,
} from "../../lib/socks/socks5.ts";

const hex = (text: string) =>
  Uint8Array.from(text.split(" ").filter((b) => b !== ""), (b) => parseInt(b, 16));

Deno.test("socks5: the greeting offers a login only where there is one", () => {
  assertEquals(formatGreeting(false), hex("05 01 00"));
  assertEquals(formatGreeting(true), hex("05 02 00 02"));
});

Deno.test("socks5: the proxy chooses among what was offered", () => {
  assertEquals(parseMethod(hex("05 00"), false), 0);
  assertEquals(parseMethod(hex("05 02"), true), 2);
  assertThrows(() => parseMethod(hex("05 02"), false), WirecatError, "wants a login");
  assertThrows(() => parseMethod(hex("05 ff"), false), WirecatError, "wants a login");
  assertThrows(() => parseMethod(hex("05 ff"), true), WirecatError, "takes no login");
  assertThrows(() => parseMethod(hex("05 01"), true), WirecatError, "login method 1");
});

Deno.test("socks5: a proxy of another kind is recognized", () => {
  assertThrows(() => parseMethod(hex("00 5b"), false), WirecatError, "SOCKS4");
  assertThrows(() => parseMethod(hex("48 54"), false), WirecatError, "does not speak SOCKS5");
});

Deno.test("socks5: name and password are sent with their lengths in bytes", () => {
  assertEquals(
    formatLogin({ user: "ü", password: "abc" }),
    hex("01 02 c3 bc 03 61 62 63"),
  );
});

Deno.test("socks5: a login is granted by a zero", () => {
  checkLogin(hex("01 00"));
  checkLogin(hex("05 00"));
  assertThrows(() => checkLogin(hex("01 01")), WirecatError, "refused name and password");
  assertThrows(() => checkLogin(hex("09 00")), WirecatError, "other bytes");
});

Deno.test("socks5: a request has the type of its address", () => {
  assertEquals(
    formatRequest("connect", { hostname: "192.0.2.1", port: 443 }),
    hex("05 01 00 01 c0 00 02 01 01 bb"),
  );
  assertEquals(
    formatRequest("bind", { hostname: "a.b", port: 80 }),
    hex("05 02 00 03 03 61 2e 62 00 50"),
  );
  assertEquals(
    formatRequest("connect", { hostname: "2001:db8::1", port: 65535 }),
    hex("05 01 00 04 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 ff ff"),
  );
});

Deno.test("socks5: a name over 255 bytes cannot be asked for", () => {
  const ask = (hostname: string) => formatRequest("connect", { hostname, port: 1 });
  assertEquals(ask("a".repeat(255)).length, 262);
  assertThrows(() => ask("a".repeat(256)), WirecatError, "1 to 255 bytes");
  assertThrows(() => ask(""), WirecatError, "1 to 255 bytes");
  assertThrows(() => ask("1::2::3"), WirecatError, "not an IPv6 address");
});

Deno.test("socks5: a reply is read with any type of address", () => {
  const read = (text: string) => {
    const bytes = hex(text);
    assertEquals(replyLength(bytes.subarray(0, 5)), bytes.length);
    return parseReply(bytes);
  };
  assertEquals(read("05 00 00 01 7f 00 00 01 1f 90"), { hostname: "127.0.0.1", port: 8080 });
  assertEquals(read("05 00 00 03 02 68 69 00 50"), { hostname: "hi", port: 80 });
  assertEquals(
    read("05 00 00 04 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 00 01"),
    { hostname: "::1", port: 1 },
  );
});

Deno.test("socks5: every refusal says why", () => {
  const texts = [1, 2, 3, 4, 5, 6, 7, 8, 99].map((code) => {
    const reply = Uint8Array.of(5, code, 0, 1, 0, 0, 0, 0, 0, 0);
    const error = assertThrows(() => parseReply(reply), WirecatError) as WirecatError;
    assertEquals([error.kind, error.hint === undefined], ["connection", false]);
    return error.message.replace("refused: ", "");
  });
  assertEquals(texts[4], "connection refused");
  assertEquals(texts[8], "unknown code 99");
  assertEquals(new Set(texts).size, 9);
});

Deno.test("socks5: a refusal without an address is a refusal, other nonsense is not", () => {
  assertThrows(() => replyLength(hex("05 02 00 00 00")), WirecatError, "rules do not allow");
  assertThrows(() => replyLength(hex("05 00 00 02 00")), WirecatError, "unknown type 2");
  assertThrows(() => replyLength(hex("04 00 00 01 00")), WirecatError, "SOCKS4");
});

Deno.test("socks5: addresses and their bytes", () => {
  assertEquals(parseIpv4("255.0.2.1"), [255, 0, 2, 1]);
  assertEquals(parseIpv4("256.0.2.1"), undefined);
  assertEquals(parseIpv4("1.2.3"), undefined);
  for (const text of ["::", "::1", "1::", "2001:db8::7:0:1", "1:2:3:4:5:6:7:8", "1:0:0:2::3"]) {
    const bytes = parseIpv6(text)!;
    assertEquals(bytes.length, 16);
    assertEquals(
      formatIpv6(Uint8Array.from(bytes)),
      new URL(`http://[${text}]`).hostname.slice(1, -1),
    );
  }
  assertEquals(parseIpv6("::ffff:192.0.2.1")!.slice(10), [255, 255, 192, 0, 2, 1]);
  assertEquals(parseIpv6("1:2"), undefined);
  assertEquals(parseIpv6("]/"), undefined);
});

Deno.test("socks5: destinations are read with and without brackets", () => {
  const read = (text: string) => parseDestination(text, "--socks5-destination");
  assertEquals(read("1.2.3.4:5678"), { hostname: "1.2.3.4", port: 5678 });
  assertEquals(read("[::1]:5678"), { hostname: "::1", port: 5678 });
  assertEquals(read("2600:::80"), { hostname: "2600::", port: 80 });
  assertEquals(read("hostname:0"), { hostname: "hostname", port: 0 });
  for (const bad of ["", "host", "host:", ":80", "host:65536", "host:http"]) {
    assertThrows(() => read(bad), WirecatError, "is not HOST:PORT");
  }
});

Deno.test("socks5: credentials are split at the first colon", () => {
  const read = (text: string) => parseCredentials(text, "--socks5-user-pass");
  assertEquals(read("a:b:c"), { user: "a", password: "b:c" });
  assertThrows(() => read("ab"), WirecatError, "no colon");
  assertThrows(() => read(":b"), WirecatError, "1 to 255");
  assertThrows(() => read(`a:${"ü".repeat(128)}`), WirecatError, "1 to 255");
});
