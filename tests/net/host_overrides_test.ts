import { assertEquals, assertThrows } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { parseOverrides } from "../../lib/net/host_overrides.ts";

const at = (hostname: string, port: number) => ({ hostname, port });

Deno.test("resolve: addresses are for one host and port; a later one replaces", () => {
  const overrides = parseOverrides([
    "Example.org:80:127.0.0.1",
    "example.org:443:[::1],127.0.0.2",
    "*:81:127.0.0.3",
    "example.org:81:127.0.0.4",
    "example.org:80:::1",
  ], [])!;
  assertEquals(overrides.addresses(at("example.ORG.", 80)), ["::1"]);
  assertEquals(overrides.addresses(at("example.org", 443)), ["::1", "127.0.0.2"]);
  assertEquals(overrides.addresses(at("example.org", 81)), ["127.0.0.4"]);
  assertEquals(overrides.addresses(at("other", 81)), ["127.0.0.3"]);
  assertEquals(overrides.addresses(at("other", 80)), undefined);
  assertEquals(overrides.redirect(at("other", 80)), at("other", 80));
});

Deno.test("connect-to: the first that fits is taken; what is empty is any, or stays", () => {
  const overrides = parseOverrides([], [
    "a:80:b:8080",
    "a:80:c:1",
    "[::1]:1:[::2]:2",
    ":443::8443",
    "d:::9",
    "e::f:",
  ])!;
  assertEquals(overrides.redirect(at("A", 80)), at("b", 8080));
  assertEquals(overrides.redirect(at("::1", 1)), at("::2", 2));
  assertEquals(overrides.redirect(at("x", 443)), at("x", 8443));
  assertEquals(overrides.redirect(at("d", 5)), at("d", 9));
  assertEquals(overrides.redirect(at("e", 7)), at("f", 7));
  assertEquals(overrides.redirect(at("a", 81)), at("a", 81));
});

Deno.test("resolve and connect-to: what cannot be read is told with an example", () => {
  for (const text of ["", "h:80", "h:80:", "h:x:127.0.0.1", "h:99999:127.0.0.1", ":80:127.0.0.1"]) {
    assertThrows(() => parseOverrides([text], []), WirecatError, "is not HOST:PORT:ADDRESS");
  }
  assertThrows(
    () => parseOverrides(["h:80:name"], []),
    WirecatError,
    "'name' is not an IP address",
  );
  for (const text of ["", "a:80", "a:80:b", "a:80:b:c", "::1:80:b:1", "a:80:b:99999"]) {
    assertThrows(() => parseOverrides([], [text]), WirecatError, "is not HOST1:PORT1:HOST2:PORT2");
  }
  assertEquals(parseOverrides([], []), undefined);
});
