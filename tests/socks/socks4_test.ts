import { assertEquals, assertThrows } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { checkReply, formatRequest } from "../../lib/socks/socks4.ts";

const hex = (bytes: Uint8Array) => bytes.toHex();
const at = (hostname: string) => ({ hostname, port: 0x1234 });

Deno.test("SOCKS4: an address goes as four bytes, a name behind an address that is none", () => {
  assertEquals(hex(formatRequest(at("192.0.2.1"))), "04011234c000020100");
  assertEquals(hex(formatRequest(at("192.0.2.1"), "me")), "04011234c00002016d6500");
  assertEquals(hex(formatRequest(at("ä.x"), "me")), "04011234000000016d6500c3a42e7800");
});

Deno.test("SOCKS4: what cannot be said is a usage error", () => {
  assertThrows(() => formatRequest(at("::1")), WirecatError, "knows no IPv6 addresses such as ::1");
  assertThrows(() => formatRequest(at("x".repeat(256))), WirecatError, "names of 1 to 255 bytes");
  assertThrows(() => formatRequest(at("")), WirecatError, "names of 1 to 255 bytes");
  for (const [host, user] of [["good.test\0bad.test", ""], ["192.0.2.1", "me\0x"]]) {
    assertThrows(() => formatRequest(at(host), user), WirecatError, "zero byte");
  }
  assertThrows(() => formatRequest(at("0.0.0.7")), WirecatError, "which says that a name follows");
  assertEquals(hex(formatRequest(at("0.0.0.0"))), "040112340000000000");
});

Deno.test("SOCKS4: each reply has its meaning", () => {
  const reply = (version: number, code: number) => Uint8Array.of(version, code, 0, 0, 0, 0, 0, 0);
  checkReply(reply(0, 90));
  for (
    const [version, code, kind, said, hint] of [
      [0, 91, "connection", "refused: request rejected or failed", "own log"],
      [0, 92, "connection", "it cannot ask this machine's identd", "run an identd"],
      [0, 93, "connection", "identd names another user", "socks4://USER@HOST:PORT"],
      [0, 7, "connection", "refused: unknown code 7", "own log"],
      [5, 255, "protocol", "does not speak SOCKS4", "socks5h://HOST:PORT"],
      [0x48, 0x54, "protocol", "does not speak SOCKS4", "--proxy http://HOST:PORT"],
      [4, 90, "protocol", "does not speak SOCKS4", "is it a SOCKS4 proxy"],
    ] as const
  ) {
    const error = assertThrows(() => checkReply(reply(version, code)), WirecatError, said);
    assertEquals([error.kind, (error.hint ?? "").includes(hint)], [kind, true], said);
  }
});
