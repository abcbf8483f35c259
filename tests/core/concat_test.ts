import { assertEquals } from "@std/assert";
import { concat } from "../../lib/core/concat.ts";

Deno.test("concat: the parts lie behind one another in a buffer of their own", () => {
  const parts = [Uint8Array.of(1, 2), Uint8Array.of(), Uint8Array.of(3)];
  const bytes = concat(parts);
  assertEquals([...bytes], [1, 2, 3]);
  parts[0][0] = 9;
  assertEquals([bytes[0], bytes.byteLength, bytes.buffer.byteLength], [1, 3, 3]);
  assertEquals(concat([]).length, 0);
});
