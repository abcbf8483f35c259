import { assertEquals, assertThrows } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { clientBehind, isTrusted, parseTrusted } from "../../lib/http/forwarded.ts";

/** Who it is by a field's value, where 10.0.0.0/8 and fd00::/8 are trusted. */
function client(
  value: string | undefined,
  remote = "10.0.0.1:5000",
  header = "X-Forwarded-For",
  trust = "10.0.0.0/8,fd00::/8",
): string | undefined {
  const headers = new Headers(value === undefined ? {} : { [header]: value });
  return clientBehind(headers, remote, parseTrusted([trust], "--trust"), header);
}

Deno.test("forwarded: the last address that is no trusted proxy's is the client", () => {
  assertEquals(client("192.0.2.1"), "192.0.2.1");
  assertEquals(client("192.0.2.1, 10.0.0.2"), "192.0.2.1");
  assertEquals(client("192.0.2.1,10.0.0.3 ,fd00::1,10.0.0.2"), "192.0.2.1");
  assertEquals(client("2001:db8::1"), "2001:db8::1");
  assertEquals(client("192.0.2.1:4711"), "192.0.2.1:4711");
  assertEquals(client("[2001:db8::1]:4711, 10.0.0.2"), "[2001:db8::1]:4711");
});

Deno.test("forwarded: what a client writes itself is not believed", () => {
  assertEquals(client("6.6.6.6, 192.0.2.1"), "192.0.2.1");
  assertEquals(client("10.0.0.9, 192.0.2.1, 10.0.0.2"), "192.0.2.1");
  assertEquals(client("6.6.6.6", "192.0.2.9:1"), "192.0.2.9:1");
});

Deno.test("forwarded: without a field, or one that tells nothing, the proxy is the client", () => {
  assertEquals(client(undefined), "10.0.0.1:5000");
  assertEquals(client(""), "10.0.0.1:5000");
  assertEquals(client("unknown"), "10.0.0.1:5000");
  assertEquals(client("192.0.2.1, unknown, 10.0.0.2"), "10.0.0.2");
  assertEquals(client("10.0.0.3, 10.0.0.2"), "10.0.0.3");
});

Deno.test("forwarded: RFC 7239 has names, quotes and other parameters", () => {
  const forwarded = (value: string) => client(value, "10.0.0.1:5000", "Forwarded");
  assertEquals(forwarded("for=192.0.2.1"), "192.0.2.1");
  assertEquals(forwarded('For="[2001:db8::1]:4711";proto=https'), "[2001:db8::1]:4711");
  assertEquals(forwarded('proto=http;by=10.0.0.1;for="192.0.2.1:80"'), "192.0.2.1:80");
  assertEquals(forwarded('for=192.0.2.1;host="a,b;for=6.6.6.6", for=10.0.0.2'), "192.0.2.1");
  assertEquals(forwarded("for=6.6.6.6, for=192.0.2.1"), "192.0.2.1");
  assertEquals(forwarded("for=192.0.2.1, for=_hidden"), "10.0.0.1:5000");
  assertEquals(forwarded("for=192.0.2.1, proto=https"), "10.0.0.1:5000");
  assertEquals(forwarded('host="a;for=6.6.6.6;b=";for=192.0.2.1'), "192.0.2.1");
  assertEquals(forwarded("xfor=6.6.6.6;for=192.0.2.1"), "192.0.2.1");
});

Deno.test("forwarded: an open quote of a client swallows nothing that proxies add", () => {
  for (const added of ['for="[2001:db8::1]"', "for=192.0.2.1"]) {
    for (const forged of ['for=6.6.6.6;x="', 'for="6.6.6.6', 'for=6.6.6.6;x="\\"']) {
      assertEquals(client(`${forged}, ${added}`, "10.0.0.1:5000", "Forwarded"), "10.0.0.1:5000");
    }
  }
});

Deno.test("forwarded: other fields with one address; UNIX sockets when they are named", () => {
  assertEquals(client("192.0.2.1", "10.0.0.1:1", "X-Real-IP"), "192.0.2.1");
  const unix = parseTrusted(["unix"], "--trust");
  const forwarded = new Headers({ "X-Forwarded-For": "192.0.2.1" });
  assertEquals(clientBehind(forwarded, undefined, unix, "X-Forwarded-For"), "192.0.2.1");
  const none = parseTrusted(["10.0.0.0/8"], "--trust");
  assertEquals(isTrusted(undefined, none), false);
  assertEquals(clientBehind(new Headers({ a: "1.1.1.1" }), undefined, none, "a"), undefined);
  assertThrows(
    () => parseTrusted(["10.0.0.0/8, h"], "--trust"),
    WirecatError,
    "--trust: 'h' is not",
  );
});

Deno.test("forwarded: what only has an address in it is none", () => {
  for (const forged of ["::1]/;rm", "a:b@[::1", "::1%$(id)", "010.1.1.1"]) {
    assertEquals(client(forged), "10.0.0.1:5000", forged);
  }
  assertEquals(client("fe80::1%eth0"), "fe80::1%eth0");
});
