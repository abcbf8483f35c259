import { assertEquals } from "@std/assert";
import { Batch, TEXT } from "../../lib/core/batch.ts";
import { batchOf, messagesOf } from "../peers.ts";

Deno.test("Batch.share: entries are its own, bytes are joined and owned by copying", () => {
  const batch = batchOf("ab", "cd", "ef");
  const share = batch.share();
  share.set(1, 2, 3, TEXT);
  share.push(0, 1, TEXT);
  assertEquals(batch.length, 3);
  assertEquals(new TextDecoder().decode(batch.message(1)), "cd");
  assertEquals(share.origin, undefined);
  assertEquals(new TextDecoder().decode(share.join()), "abcefa");
  assertEquals(new TextDecoder().decode(batch.bytes), "abcdef");
  const own = batch.share(1).own();
  own.bytes.fill(0);
  assertEquals(new TextDecoder().decode(batch.bytes), "abcdef");
  assertEquals(own.length, 2);
  assertEquals(batch.own() === batch, true);
});

Deno.test("Batch.copy: overwrites an earlier copy if it is large enough", () => {
  const kept = new Batch(new Uint8Array(10));
  const copy = batchOf("ab", "cd").copy(kept);
  assertEquals(copy === kept, true);
  assertEquals(new TextDecoder().decode(copy.join()), "abcd");
  assertEquals(batchOf("more than ten bytes").copy(kept) === kept, false);
});

Deno.test("Batch.copy: messages side by side keep their places, others are put together", () => {
  const bytes = new TextEncoder().encode("..one,two.....three..");
  const copyOf = (...ranges: [number, number][]) => {
    const batch = new Batch(bytes.slice());
    for (const [start, end] of ranges) batch.push(start, end, TEXT);
    const copy = batch.copy();
    batch.bytes.fill(0);
    return { copy, texts: messagesOf(copy), size: copy.bytes.length };
  };
  const near = copyOf([2, 5], [6, 9]);
  assertEquals([near.texts, near.size], [["one", "two"], 7]);
  assertEquals(new TextDecoder().decode(near.copy.join()), "onetwo");
  const apart = copyOf([2, 5], [14, 15], [15, 19]);
  assertEquals([apart.texts, apart.size], [["one", "t", "hree"], 8]);
  assertEquals(copyOf([6, 9], [2, 5]).texts, ["two", "one"]);
  const empty = copyOf([4, 4], [20, 20]);
  assertEquals([empty.texts, empty.size], [["", ""], 0]);
  assertEquals(copyOf().texts, []);
});
