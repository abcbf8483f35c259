import { assertEquals } from "@std/assert";
import { byteRange } from "../../lib/websockify/byte_range.ts";

Deno.test("byte range: from, from to, and the last bytes", () => {
  assertEquals(byteRange("bytes=2-4", 10), { start: 2, end: 5 });
  assertEquals(byteRange("bytes=2-", 10), { start: 2, end: 10 });
  assertEquals(byteRange("bytes=-3", 10), { start: 7, end: 10 });
  assertEquals(byteRange("bytes=2-99", 10), { start: 2, end: 10 });
  assertEquals(byteRange("bytes=-99", 10), { start: 0, end: 10 });
});

Deno.test("byte range: behind the end it cannot be satisfied", () => {
  for (const range of ["bytes=10-", "bytes=-0"]) {
    assertEquals(byteRange(range, 10), "unsatisfiable");
  }
  assertEquals(byteRange("bytes=-1", 0), "unsatisfiable");
});

Deno.test("byte range: what is many ranges, or none, is as if it were not there", () => {
  for (const range of [null, "bytes=", "bytes=-", "bytes=0-1,3-4", "lines=1-2", "bytes=4-2"]) {
    assertEquals(byteRange(range, 10), undefined);
  }
});
