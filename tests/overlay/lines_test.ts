import { assertEquals } from "@std/assert";
import { type Batch, CONTINUED, MORE } from "../../lib/core/batch.ts";
import { MIN_BUFFER } from "../../lib/core/conn.ts";
import {
  LineSplitter,
  type LineSplitterOptions,
  lineStream,
  MAX_HELD_LINE,
} from "../../lib/overlay/lines.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** All messages of an input that arrives in the given pieces; parts are put together. */
function split(
  pieces: readonly Uint8Array[],
  options: LineSplitterOptions = {},
): { messages: string[]; parts: number; warnings: string[] } {
  const warnings: string[] = [];
  const splitter = new LineSplitter({ ...options, warn: (message) => warnings.push(message) });
  const messages: string[] = [];
  let parts = 0;
  let open = false;
  const take = (batch: Batch | undefined) => {
    if (batch === undefined) return;
    for (let i = 0; i < batch.length; i++) {
      const text = decode(batch.message(i));
      assertEquals((batch.flags(i) & CONTINUED) !== 0, open, "parts follow each other");
      if (open) messages[messages.length - 1] += text;
      else messages.push(text);
      open = (batch.flags(i) & MORE) !== 0;
      if (open) parts++;
      batch.message(i).fill(0x78); // As a consumer may.
    }
  };
  for (let piece of pieces) {
    while (piece.length > 0) {
      const room = splitter.room();
      const length = Math.min(room.length, piece.length);
      room.set(piece.subarray(0, length));
      take(splitter.received(length));
      piece = piece.subarray(length);
    }
  }
  take(splitter.rest());
  assertEquals(open, false, "the last message is complete");
  return { messages, parts, warnings };
}

/** Checks an input whole, byte by byte, and cut in two at every place. */
function check(input: string, expected: string[], options: LineSplitterOptions = {}) {
  const bytes = encode(input);
  assertEquals(split([bytes], options).messages, expected, "whole");
  const single = Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
  assertEquals(split(single, options).messages, expected, "byte by byte");
  for (let cut = 1; cut < bytes.length; cut++) {
    const pieces = [bytes.subarray(0, cut), bytes.subarray(cut)];
    assertEquals(split(pieces, options).messages, expected, `cut at ${cut}`);
  }
}

Deno.test("line2msg: every line is a message with its newline", () => {
  check("one\ntwo\r\n\nthree\n", ["one\n", "two\r\n", "\n", "three\n"]);
});

Deno.test("line2msg: a last line without newline is sent as it is", () => {
  check("one\ntwo", ["one\n", "two"]);
  check("two\r", ["two\r"], { stripNewlines: true });
});

Deno.test("line2msg: -S drops a last line without newline, and says so", () => {
  check("one\ntwo", ["one\n"], { strict: true });
  assertEquals(split([encode("one\ntwo")], { strict: true }).warnings.length, 1);
  check("", [], { strict: true });
});

Deno.test("line2msg: --linemode-strip-newlines strips every line of a read", () => {
  check("a\nbb\r\n\n\r\nc\rd\r\r\n", ["a", "bb", "", "", "c\rd\r"], { stripNewlines: true });
});

Deno.test("line2msg: -0 takes lines that end with NUL and does not send the NUL", () => {
  check("a\nb\0\0c\0d", ["a\nb", "", "c", "d"], { nullTerminated: true });
});

Deno.test("line2msg: -B splits longer lines into messages of that length", () => {
  check("abcd\nabcdefghi\nx\n", ["abcd", "\n", "abcd", "efgh", "i\n", "x\n"], { limit: 4 });
  check("ab\n", ["a", "b", "\n"], { limit: 1 });
  check("abcdef", ["abcd", "ef"], { limit: 4 });
});

Deno.test("line2msg: -B counts what is sent, not the newline that is stripped", () => {
  const options = { limit: 4, stripNewlines: true };
  check("abcd\r\nabcd\nabcd\r\r\nabcde\n", ["abcd", "abcd", "abcd", "\r", "abcd", "e"], options);
  check("abcd\0abcde\0", ["abcd", "abcd", "e"], { limit: 4, nullTerminated: true });
});

Deno.test("line2msg: -B with -S drops longer lines whole", () => {
  check("abcd\nabc\nabcdefghijk\nx\n", ["abc\n", "x\n"], { limit: 4, strict: true });
});

Deno.test("line2msg: a line over -B is warned about once", () => {
  const input = [encode("abcdefghijklmn\nabcdefgh\n")];
  assertEquals(split(input, { limit: 4 }).warnings.length, 1);
  assertEquals(split(input, { limit: 4, strict: true }).warnings.length, 1);
  assertEquals(split(input).warnings.length, 0);
});

Deno.test("line2msg: a line longer than the buffer stays one message", () => {
  const long = "x".repeat(300_000) + "\n";
  const { messages, parts } = split([encode("a\n" + long + "b\n")]);
  assertEquals(messages.map((m) => m.length), [2, 300_001, 2]);
  assertEquals(parts, 0);
});

Deno.test("line2msg: a line over 1 MiB passes in parts", () => {
  const bytes = encode("a\n" + "x".repeat(3 * MAX_HELD_LINE) + "\r\nb\n");
  for (const stripNewlines of [false, true]) {
    const { messages, parts } = split([bytes], { stripNewlines });
    const newline = stripNewlines ? 0 : 1;
    assertEquals(
      messages.map((m) => m.length),
      [1 + newline, 3 * MAX_HELD_LINE + 2 * newline, 1 + newline],
    );
    assertEquals(parts >= 2, true);
  }
});

Deno.test("line2msg: a carriage return at the end of a part is stripped only before a newline", () => {
  const start = encode("x".repeat(MAX_HELD_LINE - 1) + "\r");
  for (const [rest, length] of [["\n", -1], ["y\n", 1], ["\r\n", 0], ["", 0], ["\r", 1]] as const) {
    const { messages } = split([start, encode(rest)], { stripNewlines: true });
    assertEquals(messages.map((m) => m.length), [MAX_HELD_LINE + length], JSON.stringify(rest));
  }
});

Deno.test("line2msg: under -S a line that was begun in parts is still completed", () => {
  const { messages } = split([encode("x".repeat(MAX_HELD_LINE + 5))], { strict: true });
  assertEquals(messages.map((m) => m.length), [MAX_HELD_LINE + 5]);
});

Deno.test("line2msg: -B over 1 MiB holds such lines whole", () => {
  const limit = 3 * MAX_HELD_LINE;
  const { messages, parts } = split([encode("x".repeat(limit + 1) + "\n")], { limit });
  assertEquals(messages.map((m) => m.length), [limit, 2]);
  assertEquals(parts, 0);
});

Deno.test("line2msg: lines of one read share its buffer, nothing is copied", () => {
  const splitter = new LineSplitter();
  const room = splitter.room();
  room.set(encode("one\ntwo\nthr"));
  const batch = splitter.received(11);
  assertEquals(batch.length, 2);
  assertEquals(batch.bytes.buffer === room.buffer, true);
  assertEquals([batch.floor, batch.start(1)], [0, 4]);
});

Deno.test("line2msg: an idle splitter is back at a small buffer", () => {
  const splitter = new LineSplitter();
  let room = splitter.room();
  for (let i = 0; i < 4; i++) {
    room.fill(10);
    splitter.received(room.length);
    room = splitter.room();
  }
  assertEquals(room.length, 256 * 1024);
  for (let i = 0; i < 20; i++) {
    splitter.room()[0] = 10;
    splitter.received(1);
  }
  assertEquals(splitter.room().length, MIN_BUFFER);
});

Deno.test("line2msg: a line much longer than the reads does not shrink away the buffer", () => {
  const splitter = new LineSplitter();
  let sent = 0;
  while (sent < 200_000) {
    const room = splitter.room();
    const length = Math.min(room.length, 100);
    room.fill(0x61, 0, length);
    assertEquals(splitter.received(length).length, 0);
    sent += length;
  }
  splitter.room()[0] = 10;
  const batch = splitter.received(1);
  assertEquals([batch.length, batch.end(0) - batch.start(0)], [1, sent + 1]);
});

Deno.test("line2msg: the stream reads only when it is pulled, and ends with the rest", async () => {
  const input = ["a\nb", "c", "\n", "d"];
  let reads = 0;
  const stream = lineStream({
    read(into) {
      const text = input[reads++];
      if (text === undefined) return Promise.resolve(null);
      into.set(encode(text));
      return Promise.resolve(text.length);
    },
  });
  const reader = stream.getReader();
  const next = async () => {
    const { value, done } = await reader.read();
    return done ? undefined : decode(value.join());
  };
  await Promise.resolve();
  assertEquals(reads, 0);
  assertEquals([await next(), reads], ["a\n", 1]);
  assertEquals([await next(), reads], ["bc\n", 3]);
  assertEquals([await next(), await next()], ["d", undefined]);
});
