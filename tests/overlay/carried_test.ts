import { assertEquals, assertStrictEquals } from "@std/assert";
import { capacityFor, carried } from "../../lib/overlay/carried.ts";

Deno.test("carried: a buffer grows by doubling until what is held is half of it, up to a limit", () => {
  assertEquals(
    [[0, 8, 64], [4, 8, 64], [5, 8, 64], [20, 8, 64], [60, 64, 100], [60, 8, 48]].map((
      [held, capacity, most],
    ) => capacityFor(held, capacity, most)),
    [8, 8, 16, 64, 100, 48],
  );
});

Deno.test("carried: what is left is at the front, of the same buffer if its size will do", () => {
  const bytes = Uint8Array.of(1, 2, 3, 4);
  assertStrictEquals(carried(bytes, 2, 4, 4), bytes);
  assertEquals([...bytes], [3, 4, 3, 4]);
  assertStrictEquals(carried(bytes, 4, 4, 4), bytes);
  assertEquals([...carried(bytes, 1, 3, 6)], [4, 3, 0, 0, 0, 0]);
  assertEquals([...carried(bytes, 0, 2, 2)], [3, 4]);
});
