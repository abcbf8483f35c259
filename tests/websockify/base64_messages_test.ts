import { assertEquals, assertThrows } from "@std/assert";
import { encodeBase64 } from "@std/encoding/base64";
import { Batch, BINARY, CONTINUED, MORE, TEXT } from "../../lib/core/batch.ts";
import {
  Base64Decoder,
  encodedLength,
  encodeInto,
  NotBase64,
} from "../../lib/websockify/base64_messages.ts";

function messages(...texts: [string, number][]): Batch {
  const bytes = new TextEncoder().encode(texts.map(([text]) => text).join(""));
  const batch = new Batch(bytes);
  let at = 0;
  for (const [text, flags] of texts) batch.push(at, at += text.length, flags);
  return batch;
}

const text = (batch: Batch) => new TextDecoder().decode(batch.join());

Deno.test("base64: what is encoded is what the library makes of it, at every length", () => {
  for (let length = 0; length < 12; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 89 + 200) & 255);
    const into = new Uint8Array(encodedLength(length) + 3);
    const end = encodeInto(bytes, into, 3);
    assertEquals(new TextDecoder().decode(into.subarray(3, end)), encodeBase64(bytes));
    assertEquals(end, into.length);
  }
});

Deno.test("base64: messages are decoded each by itself, binary ones pass as they are", () => {
  const batch = messages(["aGk=", TEXT], ["raw", BINARY], ["IQ==", TEXT]);
  const decoded = new Base64Decoder().decode(batch);
  assertEquals(text(decoded), "hiraw!");
  assertEquals(decoded.length, 3);
});

Deno.test("base64: a long message in parts is decoded at its end", () => {
  const decoder = new Base64Decoder();
  assertEquals(text(decoder.decode(messages(["aG", TEXT | MORE]))), "");
  assertEquals(text(decoder.decode(messages(["k=", TEXT | CONTINUED]))), "hi");
});

Deno.test("base64: text that is none is refused", () => {
  assertThrows(() => new Base64Decoder().decode(messages(["%%%", TEXT])), NotBase64);
});
