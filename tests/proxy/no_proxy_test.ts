import { assertEquals } from "@std/assert";
import { bypassesProxy } from "../../lib/proxy/no_proxy.ts";

const cases: [list: string, host: string, bypasses: boolean][] = [
  ["", "h.test", false],
  ["*", "h.test", true],
  ["h.test", "h.test", true],
  ["h.test", "H.Test.", true],
  ["H.TEST.", "h.test", true],
  ["h.test", "www.h.test", true],
  ["h.test", "nonh.test", false],
  [".h.test", "www.h.test", true],
  [".h.test", "h.test", true],
  ["www.h.test", "h.test", false],
  ["a.test,h.test", "h.test", true],
  ["a.test , h.test", "h.test", true],
  ["a.test h.test", "h.test", true],
  ["a.test,,h.test", "h.test", true],
  ["localhost", "127.0.0.1", false],
  ["127.0.0.1", "localhost", false],
  ["127.0.0.1", "127.0.0.1", true],
  ["0.0.1", "127.0.0.1", false],
  ["127.0.0.0/8", "127.1.2.3", true],
  ["127.0.0.0/8", "128.1.2.3", false],
  ["10.0.0.0/16,127.0.0.0/31", "127.0.0.1", true],
  ["::1", "::1", true],
  ["[::1]", "[::1]", true],
  ["fd00::/8", "[fd12::1]", true],
  ["fd00::/8", "fe12::1", false],
  // Beyond curl.
  ["*.h.test", "www.h.test", true],
  ["a.test,*", "h.test", true],
  ["h.test:80", "h.test", true],
  ["h.test:81", "h.test", false],
  ["127.0.0.1:80", "127.0.0.1", true],
  ["[::1]:81", "::1", false],
];

Deno.test("noproxy: names with all below them, addresses, networks, ports and *", () => {
  for (const [list, hostname, bypasses] of cases) {
    assertEquals(bypassesProxy(list, { hostname, port: 80 }), bypasses, `${hostname} in '${list}'`);
  }
});
