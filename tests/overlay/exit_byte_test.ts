import { assertEquals } from "@std/assert";
import { BYTES, CONTINUED, MORE } from "../../lib/core/batch.ts";
import { cutAtByte } from "../../lib/overlay/exit_byte.ts";
import { batchOf, type Message, messagesOf } from "../peers.ts";

function cut(...messages: Message[]): [boolean, string[]] {
  const batch = batchOf(...messages);
  return [cutAtByte(batch, 28), messagesOf(batch)];
}

Deno.test("exit_on_specific_byte: what comes before the byte is kept", () => {
  assertEquals(cut("one", "tw\x1co", "three"), [true, ["one", "tw"]]);
  assertEquals(cut("one", "two"), [false, ["one", "two"]]);
  assertEquals(cut(), [false, []]);
});

Deno.test("exit_on_specific_byte: no empty message is made of what begins with the byte", () => {
  assertEquals(cut("one", "\x1ctwo"), [true, ["one"]]);
  assertEquals(cut("\x1c"), [true, []]);
});

Deno.test("exit_on_specific_byte: a message that was begun in parts is completed", () => {
  assertEquals(cut(["ab\x1cc", BYTES | MORE], ["d", BYTES | CONTINUED]), [true, ["ab"]]);
  assertEquals(cut(["\x1cc", BYTES | MORE | CONTINUED]), [true, ["<"]]);
});

Deno.test("exit_on_specific_byte: bytes between messages do not count", () => {
  const batch = batchOf("a", "\x1c", "b", "c\x1c");
  batch.set(1, batch.end(0), batch.end(0), BYTES);
  assertEquals([cutAtByte(batch, 28), messagesOf(batch)], [true, ["a", "", "b", "c"]]);
});
