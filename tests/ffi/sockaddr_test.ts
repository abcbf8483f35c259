import { assertEquals, assertThrows } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { internetAddress } from "../../lib/ffi/sockaddr_in.ts";
import { unixAddress, unixName } from "../../lib/ffi/sockaddr_un.ts";

Deno.test("sockaddr_un: on Linux a family in two bytes, the path, a NUL", () => {
  assertEquals([...unixAddress(unixName("/a"), "linux")], [1, 0, 47, 97, 0]);
});

Deno.test("sockaddr_un: on macOS a length, the family, the path, a NUL", () => {
  assertEquals([...unixAddress(unixName("/a"), "darwin")], [5, 1, 47, 97, 0]);
});

Deno.test("sockaddr_un: an abstract name begins with a NUL and ends without one", () => {
  assertEquals([...unixAddress(unixName("@ab"), "linux")], [1, 0, 0, 97, 98]);
});

Deno.test("sockaddr_un: the longest path fits, one byte more is an error", () => {
  for (const [os, most] of [["linux", 107], ["darwin", 103]] as const) {
    assertEquals(unixAddress(unixName("x".repeat(most)), os).length, most + 3);
    assertThrows(
      () => unixAddress(unixName("x".repeat(most + 1)), os),
      WirecatError,
      `${most + 1} bytes, at most ${most}`,
    );
  }
});

Deno.test("sockaddr_un: a path's length is counted in bytes", () => {
  assertThrows(() => unixAddress(unixName("ü".repeat(54)), "linux"), WirecatError, "108 bytes");
});

Deno.test("sockaddr_un: only Linux has abstract names", () => {
  assertThrows(() => unixAddress(unixName("@x"), "darwin"), WirecatError, "only Linux");
});

Deno.test("sockaddr_un: a NUL in a path is an error, not its end", () => {
  assertThrows(() => unixAddress(unixName("/a\0b"), "linux"), WirecatError, "NUL");
});

Deno.test("sockaddr_in: the address and port of an IPv4 client", () => {
  const linux = new Uint8Array([2, 0, 0x1f, 0x90, 127, 0, 0, 1]);
  assertEquals(internetAddress(linux, "linux"), "127.0.0.1:8080");
  const darwin = new Uint8Array([16, 2, 0x1f, 0x90, 127, 0, 0, 1]);
  assertEquals(internetAddress(darwin, "darwin"), "127.0.0.1:8080");
});

Deno.test("sockaddr_in: IPv6 addresses are written as RFC 5952 says", () => {
  const cases: [number[], string][] = [
    [[0, 0, 0, 0, 0, 0, 0, 1], "[::1]:80"],
    [[0, 0, 0, 0, 0, 0, 0, 0], "[::]:80"],
    [[0x2001, 0xdb8, 0, 0, 1, 0, 0, 1], "[2001:db8::1:0:0:1]:80"],
    [[0x2001, 0xdb8, 0, 1, 1, 1, 1, 1], "[2001:db8:0:1:1:1:1:1]:80"],
    [[0, 0, 0, 0, 0, 0xffff, 0x7f00, 1], "[::ffff:127.0.0.1]:80"],
    [[0xfe80, 0, 0, 0, 0, 0, 0, 0], "[fe80::]:80"],
  ];
  for (const [groups, text] of cases) {
    const bytes = new Uint8Array(28);
    bytes.set([10, 0, 0, 80]);
    groups.forEach((group, i) => bytes.set([group >> 8, group & 255], 8 + i * 2));
    assertEquals(internetAddress(bytes, "linux"), text);
  }
});

Deno.test("sockaddr_in: the client of a UNIX socket has no address", () => {
  assertEquals(internetAddress(new Uint8Array([1, 0, 0, 0, 0, 0]), "linux"), undefined);
});
