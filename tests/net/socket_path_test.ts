import { assertEquals, assertThrows } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { parseAbstractName, parseSocketPath } from "../../lib/net/socket_path.ts";

const linux = Deno.build.os === "linux";
const most = linux ? 107 : 103;

Deno.test("socket path: as long as the system's structure holds, counted in bytes", () => {
  assertEquals(parseSocketPath("x".repeat(most), "unix:").length, most);
  const long = "x".repeat(most - 1) + "é";
  assertThrows(() => parseSocketPath(long, "unix:"), WirecatError, `${most + 1} bytes long`);
});

Deno.test("socket path: empty, or with a NUL byte, is a usage error", () => {
  assertThrows(() => parseSocketPath("", "unix:"), WirecatError, "needs a path");
  assertThrows(() => parseSocketPath("a\0b", "unix:"), WirecatError, "NUL");
});

Deno.test({
  name: "abstract name: goes after a NUL byte, and has its limit too",
  ignore: !linux,
  fn() {
    assertEquals(parseAbstractName("name", "abstract:"), "\0name");
    assertThrows(() => parseAbstractName("", "abstract:"), WirecatError, "needs a name");
    assertThrows(() => parseAbstractName("x".repeat(108), "abstract:"), WirecatError, "108 bytes");
  },
});
