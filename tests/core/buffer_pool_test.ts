import { assert, assertEquals } from "@std/assert";
import { giveBuffer, takeBuffer } from "../../lib/core/buffer_pool.ts";

Deno.test("buffer pool: a buffer that was given back is taken again", () => {
  const buffer = takeBuffer(100_000);
  assert(buffer.length >= 100_000);
  giveBuffer(buffer);
  assert(takeBuffer(50_000) === buffer);
  assert(takeBuffer(50_000) !== buffer);
});

Deno.test("buffer pool: one that is too short for what is asked for stays", () => {
  const buffer = takeBuffer(20_000);
  giveBuffer(buffer);
  assert(takeBuffer(buffer.length + 1).length > buffer.length);
  assert(takeBuffer(20_000) === buffer);
});

Deno.test("buffer pool: short and very long buffers, and too many of them, are not kept", () => {
  for (const length of [1000, 4 * 1024 * 1024]) {
    const buffer = takeBuffer(length);
    giveBuffer(buffer);
    assert(takeBuffer(length) !== buffer);
  }
  const given = Array.from({ length: 20 }, () => takeBuffer(16 * 1024));
  given.forEach(giveBuffer);
  const again = new Set(given.map(() => takeBuffer(16 * 1024)));
  assertEquals(given.filter((buffer) => again.has(buffer)).length, 16);
});
