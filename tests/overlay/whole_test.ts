import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { BINARY, CONTINUED, MORE, TEXT } from "../../lib/core/batch.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import { WholeMessages } from "../../lib/overlay/whole.ts";
import { batchOf, type Message, messagesOf } from "../peers.ts";

const FIRST = BINARY | MORE;
const MIDDLE = BINARY | MORE | CONTINUED;
const LAST = BINARY | CONTINUED;

/** What comes out of batches whose buffers are overwritten afterwards. */
function assemble(batches: Message[][], limit = 1000): string[][] {
  const whole = new WholeMessages(limit);
  return batches.map((messages) => {
    const batch = batchOf(...messages);
    const out = whole.add(batch);
    for (let i = 0; i < out.length; i++) assertEquals(out.whole(i), true);
    const result = messagesOf(out);
    batch.bytes.fill(0);
    return result;
  });
}

Deno.test("whole messages: a batch without parts is handed on itself", () => {
  const batch = batchOf("a", ["b", TEXT]);
  assertStrictEquals(new WholeMessages(1).add(batch), batch);
});

Deno.test("whole messages: parts in one batch are put together", () => {
  assertEquals(
    assemble([["x", ["a", FIRST], ["b", MIDDLE], ["", MIDDLE], ["c", LAST], "y"]]),
    [["x", "abc", "y"]],
  );
});

Deno.test("whole messages: parts in many batches are put together, others keep their place", () => {
  assertEquals(
    assemble([
      ["x", ["a", FIRST]],
      [["b", MIDDLE]],
      [["c", LAST], "y", ["d", FIRST]],
      [["e", LAST]],
      ["z"],
    ]),
    [["x"], [], ["abc", "y"], ["de"], ["z"]],
  );
});

Deno.test("whole messages: the kind is that of the first part", () => {
  const whole = new WholeMessages(10);
  const out = whole.add(batchOf(["a", FIRST], ["b", LAST], ["c", TEXT]));
  assertEquals([out.kind(0), out.kind(1)], [BINARY, TEXT]);
});

Deno.test("whole messages: many parts, each in a batch of its own", () => {
  const parts: Message[] = Array.from(
    { length: 200 },
    (_, i) => ["ab", i === 0 ? FIRST : i === 199 ? LAST : MIDDLE],
  );
  assertEquals(assemble(parts.map((part) => [part])).at(-1), ["ab".repeat(200)]);
});

Deno.test("whole messages: over the limit is an error that names the option", () => {
  const whole = new WholeMessages(3);
  assertEquals(messagesOf(whole.add(batchOf(["ab", FIRST], ["c", LAST]))), ["abc"]);
  assertEquals(whole.add(batchOf(["ab", FIRST])).length, 0);
  const error = assertThrows(() => whole.add(batchOf(["cd", MIDDLE])), WirecatError);
  assertEquals(error.hint?.includes("--max-ws-message-length"), true);
  assertThrows(() => new WholeMessages(3).add(batchOf("abcd", ["e", FIRST])), WirecatError);
});
