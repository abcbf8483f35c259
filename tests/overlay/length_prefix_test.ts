import { assertEquals, assertThrows } from "@std/assert";
import { type Batch, CONTINUED, MORE } from "../../lib/core/batch.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import {
  type LengthHeader,
  LengthPrefixReader,
  LengthPrefixWriter,
  MAX_HELD_MESSAGE,
  readLength,
  writeLength,
} from "../../lib/overlay/length_prefix.ts";
import { batchOf } from "../peers.ts";

const BIG4: LengthHeader = { bytes: 4, littleEndian: false };

/** All messages of an input that arrives in pieces, and how many parts did not end one. */
function parse(pieces: readonly Uint8Array[], header = BIG4, limit = 64 * 1024 * 1024) {
  const reader = new LengthPrefixReader(header, limit, "-B");
  const messages: string[] = [];
  let parts = 0;
  let open = false;
  const take = (batch: Batch) => {
    for (let i = 0; i < batch.length; i++) {
      const text = new TextDecoder().decode(batch.message(i));
      assertEquals((batch.flags(i) & CONTINUED) !== 0, open, "parts follow each other");
      if (open) messages[messages.length - 1] += text;
      else messages.push(text);
      open = (batch.flags(i) & MORE) !== 0;
      if (open) parts++;
    }
    if (batch.length > 0) batch.bytes.fill(0xff, batch.floor, batch.end(batch.length - 1));
  };
  for (let piece of pieces) {
    while (piece.length > 0) {
      const room = reader.room();
      const length = Math.min(room.length, piece.length);
      room.set(piece.subarray(0, length));
      take(reader.received(length));
      piece = piece.subarray(length);
    }
  }
  return { messages, parts, cut: reader.end() };
}

function format(messages: string[], header: LengthHeader): Uint8Array {
  return new LengthPrefixWriter(header).write(batchOf(...messages)).join().slice();
}

Deno.test("lengthprefixed: headers of 1 to 8 bytes in both orders, read and written", () => {
  for (let bytes = 1; bytes <= 8; bytes++) {
    for (const littleEndian of [false, true]) {
      const header = { bytes, littleEndian };
      for (const length of [0, 1, 255, 256, 65535, 2 ** 32 - 1, 2 ** 48 + 3, 2 ** 53 - 1]) {
        if (length >= 256 ** bytes) continue;
        const buffer = new Uint8Array(bytes + 2).fill(0xaa);
        writeLength(buffer, 1, length, header);
        assertEquals(readLength(buffer, 1, header), length);
        assertEquals([buffer[0], buffer[bytes + 1]], [0xaa, 0xaa]);
      }
    }
  }
});

Deno.test("lengthprefixed: the default header is four bytes, the most significant first", () => {
  assertEquals(format(["abc"], BIG4), new Uint8Array([0, 0, 0, 3, 97, 98, 99]));
  assertEquals(
    format(["abc"], { bytes: 2, littleEndian: true }),
    new Uint8Array([3, 0, 97, 98, 99]),
  );
});

Deno.test("lengthprefixed: messages are found wherever the input is cut", () => {
  const messages = ["one", "", "three", "x".repeat(40), ""];
  for (
    const header of [{ bytes: 1, littleEndian: false }, BIG4, { bytes: 8, littleEndian: true }]
  ) {
    const bytes = format(messages, header);
    assertEquals(parse([bytes], header).messages, messages);
    for (let cut = 1; cut < bytes.length; cut++) {
      const pieces = [bytes.subarray(0, cut), bytes.subarray(cut)];
      assertEquals(parse(pieces, header).messages, messages, `cut at ${cut}`);
    }
    const single = Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
    assertEquals(parse(single, header).messages, messages);
  }
});

Deno.test("lengthprefixed: messages much longer than reads", () => {
  const messages = ["a".repeat(3000), "b".repeat(200_000), "c"];
  const bytes = format(messages, BIG4);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += 700) pieces.push(bytes.subarray(at, at + 700));
  const result = parse(pieces);
  assertEquals([result.messages, result.parts], [messages, 0]);
});

Deno.test("lengthprefixed: a message over 1 MiB passes in parts", () => {
  const messages = ["a", "b".repeat(MAX_HELD_MESSAGE), "c".repeat(3 * MAX_HELD_MESSAGE), "d"];
  const bytes = format(messages, BIG4);
  for (const first of [5, 9, bytes.length]) {
    const { messages: read, parts } = parse([bytes.subarray(0, first), bytes.subarray(first)]);
    assertEquals(read.map((m) => m.length), messages.map((m) => m.length));
    assertEquals(parts >= 2, true);
  }
});

Deno.test("lengthprefixed: a length over the limit fails at its header, before memory is taken", () => {
  const reader = new LengthPrefixReader(BIG4, 100, "-B");
  const room = reader.room();
  room.set([0x7f, 0xff, 0xff, 0xff]);
  const error = assertThrows(() => reader.received(4), WirecatError, "2147483647");
  assertEquals([error.kind, error.hint?.startsWith("-B ")], ["protocol", true]);
  assertEquals(parse([format(["x".repeat(100)], BIG4)], BIG4, 100).messages.length, 1);
});

Deno.test("lengthprefixed: the end within a message is an error, within a header it is told", () => {
  assertThrows(() => parse([new Uint8Array([0, 0, 0, 3, 97])]), WirecatError, "2 bytes");
  assertEquals(parse([new Uint8Array([0, 0, 0, 1, 97, 0, 0])]).cut, 2);
  const long = new Uint8Array(2000);
  long.set([0, 0x20, 0, 0]);
  assertThrows(() => parse([long]), WirecatError, `${0x200000 - 1996} bytes`);
});

Deno.test("lengthprefixed: a message that is too long for its header is an error", () => {
  const header = { bytes: 1, littleEndian: false };
  assertEquals(format(["x".repeat(255)], header)[0], 255);
  assertThrows(() => format(["x".repeat(256)], header), WirecatError, "256 bytes");
});
