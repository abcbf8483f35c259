import { assertEquals } from "@std/assert";
import { BINARY, CONTINUED, MORE, TEXT } from "../../lib/core/batch.ts";
import { escapeBytes, formatElapsed, trafficLines } from "../../lib/overlay/traffic_log.ts";
import { batchOf } from "../peers.ts";

Deno.test("log: escapes what cannot be printed, quotes and backslashes", () => {
  const bytes = new TextEncoder().encode("a\t\r\n'\"\\\0\x1b~\x7fé ");
  assertEquals(escapeBytes(bytes), `a\\t\\r\\n\\'\\"\\\\\\x00\\x1b~\\x7f\\xc3\\xa9 `);
});

Deno.test("log: a line for each message, with its length in bytes", () => {
  assertEquals(trafficLines(batchOf("hello\n", ""), "READ"), ['READ 6 "hello\\n"', 'READ 0 ""']);
});

Deno.test("log: hexadecimal, lengths only, kinds and parts", () => {
  const batch = batchOf(["a", TEXT], ["bc", BINARY | MORE], ["d", BINARY | CONTINUED], "e");
  assertEquals(trafficLines(batch, "READ", { hex: true })[1], "READ 2 6263");
  assertEquals(trafficLines(batch, "WRITE", { omitContent: true })[1], "WRITE 2");
  assertEquals(trafficLines(batch, "READ", { verbose: true }), [
    'READ 1 text "a"',
    'READ 2 binary+ "bc"',
    'READ 1 +binary "d"',
    'READ 1 bytes "e"',
  ]);
});

Deno.test("log: times are seconds with microseconds", () => {
  assertEquals(formatElapsed(1234.567), "000001.234567");
});
