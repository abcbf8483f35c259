import { assertEquals } from "@std/assert";
import { firstWord } from "../../lib/websockify/first_byte.ts";

Deno.test("first byte: TLS records and the SSL 2 hello are TLS, < is Flash, all else is HTTP", () => {
  assertEquals([0x16, 0x80].map(firstWord), ["tls", "tls"]);
  assertEquals(firstWord("<".charCodeAt(0)), "flash");
  assertEquals(
    ["G", "H", "\r", "\0"].map((c) => firstWord(c.charCodeAt(0))),
    Array(4).fill("http"),
  );
});
