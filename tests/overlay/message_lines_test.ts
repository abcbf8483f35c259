import { assertEquals } from "@std/assert";
import { Batch, BYTES, CONTINUED, MORE, TEXT } from "../../lib/core/batch.ts";
import { LineWriter, type LineWriterOptions } from "../../lib/overlay/message_lines.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** A batch of messages with `gap` bytes before each, which may be overwritten if `owned`. */
function batchOf(
  messages: readonly string[],
  gap: number,
  owned: boolean,
  flags?: number[],
): Batch {
  const parts = messages.map((message) => encode(message));
  const length = parts.reduce((sum, part) => sum + gap + part.length, 0);
  const bytes = new Uint8Array(length).fill(10);
  const batch = new Batch(bytes);
  let at = 0;
  parts.forEach((part, i) => {
    at += gap;
    bytes.set(part, at);
    batch.push(at, at + part.length, flags?.[i] ?? TEXT);
    at += part.length;
  });
  batch.floor = owned ? 0 : gap;
  return batch;
}

/** Checks batches of all layouts, and one message a batch. */
function check(messages: string[], expected: string, options: LineWriterOptions = {}) {
  for (const gap of [0, 1, 2, 6]) {
    for (const owned of [true, false]) {
      const writer = new LineWriter(options);
      const batch = batchOf(messages, gap, owned);
      const out = writer.lines(batch);
      const what = `gap ${gap}, ${owned ? "owned" : "not owned"}`;
      assertEquals(decode(out.join()), expected, what);
      assertEquals(
        messages.map((message) => {
          const out = writer.lines(batchOf([message], gap, owned));
          return decode(out.join());
        }).join(""),
        expected,
        `${what}, one by one`,
      );
    }
  }
}

Deno.test("msg2line: every message becomes a line", () => {
  check(["one", "two", ""], "one\ntwo\n\n");
});

Deno.test("msg2line: one newline at the end of a message is not doubled", () => {
  check(["a\n", "b\r\n", "c\r", "d\n\n", "\n", "\r\n", "\n\r"], "a\nb\nc\nd \n\n\n \n");
});

Deno.test("msg2line: newlines and carriage returns inside become spaces", () => {
  check(["a\nb\rc\r\nd"], "a b c  d\n");
});

Deno.test("msg2line: long messages are cleaned as short ones are", () => {
  const long = "x".repeat(100);
  check(
    [long, `${long}\n${long}\r${long}\r\n`, "y", `\n\n${long}`],
    `${long}\n${long} ${long} ${long}\ny\n  ${long}\n`,
  );
});

Deno.test("msg2line: -0 ends lines with NUL and leaves newlines alone", () => {
  check(["a\nb", "c\0", "", "d\0\0", "e\r\n"], "a\nb\0c\0\0d\0\0e\r\n\0", { nullTerminated: true });
});

Deno.test("msg2line: -0 warns once of NUL bytes inside messages, and keeps them", () => {
  for (const filler of ["", "x".repeat(100)]) {
    const warnings: string[] = [];
    const writer = new LineWriter({ nullTerminated: true, warn: (w) => warnings.push(w) });
    const messages = [filler + "fine\0", filler + "a\0b", filler + "c\0d"];
    const out = writer.lines(batchOf(messages, 2, true));
    assertEquals(decode(out.join()), `${filler}fine\0${filler}a\0b\0${filler}c\0d\0`);
    assertEquals(warnings.length, 1);
  }
});

Deno.test("msg2line: -B makes several lines of a longer message", () => {
  check(["abcd", "abcdefghi", "a\nb", "abcd\r\n"], "abcd\nabcd\nefgh\ni\na b\nabcd\n", {
    limit: 4,
  });
  check(["abc"], "a\nb\nc\n", { limit: 1 });
  check(["ab\0", "abc"], "ab\0ab\0c\0", { limit: 2, nullTerminated: true });
});

Deno.test("msg2line: -B with -S drops longer messages and warns once", () => {
  check(["abcd", "abcde", "x", "abcdefgh"], "abcd\nx\n", { limit: 4, strict: true });
  check(["abcde"], "", { limit: 4, strict: true });
  const warnings: string[] = [];
  const writer = new LineWriter({ limit: 4, strict: true, warn: (w) => warnings.push(w) });
  writer.lines(batchOf(["abcde", "abcde"], 2, true));
  assertEquals(warnings.length, 1);
});

Deno.test("msg2line: WebSocket batches are done in place", () => {
  const batch = batchOf(["one", "two", "x".repeat(200)], 2, true);
  const out = new LineWriter().lines(batch);
  assertEquals(out.bytes === batch.bytes, true);
});

Deno.test("msg2line: nothing outside floor and the last message is written", () => {
  const bytes = encode("keep|abc|keep");
  const batch = new Batch(bytes);
  batch.push(5, 8, TEXT);
  batch.floor = 5;
  const out = new LineWriter().lines(batch);
  assertEquals(decode(out.join()), "abc\n");
  assertEquals(decode(bytes), "keep|abc|keep");
});

Deno.test("msg2line: the bytes of a shared batch are left as they are", () => {
  const batch = batchOf(["a\nb", "x".repeat(100) + "\r\n" + "y", "\n"], 2, true);
  const before = batch.bytes.slice();
  const out = new LineWriter().lines(batch.share());
  assertEquals(decode(out.join()), `a b\n${"x".repeat(100)}  y\n\n`);
  assertEquals(batch.bytes, before);
});

Deno.test("msg2line: a message in parts is one line, wherever it is cut", () => {
  const cases = [
    ["abc", "abc\n"],
    ["a\r\nb", "a  b\n"],
    ["ab\n", "ab\n"],
    ["ab\r\n", "ab\n"],
    ["ab\r", "ab\n"],
    ["a\r\n\r\n", "a  \n"],
    ["a\n\r", "a \n"],
    ["\n\n\n", "  \n"],
    ["\r\r\n", " \n"],
  ];
  for (const [message, expected] of cases) {
    for (let a = 0; a <= message.length; a++) {
      for (let b = a; b <= message.length; b++) {
        const parts = [message.slice(0, a), message.slice(a, b), message.slice(b), "next"];
        const flags = [TEXT | MORE, TEXT | MORE | CONTINUED, TEXT | CONTINUED, TEXT];
        const what = JSON.stringify(parts);
        const whole = new LineWriter().lines(batchOf(parts, 2, true, flags));
        assertEquals(decode(whole.join()), expected + "next\n", what);
        const writer = new LineWriter();
        let text = "";
        parts.forEach((part, i) => {
          const out = writer.lines(batchOf([part], 2, true, [flags[i]]));
          if (out.length > 0) text += decode(out.join());
        });
        assertEquals(text, expected + "next\n", `${what} in batches`);
      }
    }
  }
});

Deno.test("msg2line: -0 and messages in parts", () => {
  for (
    const [parts, expected] of [[["a\0", "b"], "a\0b\0"], [["a\0", ""], "a\0"], [
      ["a", "\0"],
      "a\0",
    ]] as const
  ) {
    const writer = new LineWriter({ nullTerminated: true });
    const out = writer.lines(batchOf([...parts], 2, true, [TEXT | MORE, TEXT | CONTINUED]));
    assertEquals(decode(out.join()), expected);
  }
});

Deno.test("msg2line: -B goes through parts as through a whole message", () => {
  const flags = [TEXT | MORE, TEXT | MORE | CONTINUED, TEXT | CONTINUED];
  const cut = (options: LineWriterOptions, parts: string[]) => {
    const out = new LineWriter(options).lines(batchOf(parts, 2, true, flags));
    return out.length === 0 ? "" : decode(out.join());
  };
  assertEquals(cut({ limit: 4 }, ["abc", "def", "ghi"]), "abcd\nefgh\ni\n");
  assertEquals(cut({ limit: 4 }, ["ab", "cd", "\n"]), "abcd\n");
  assertEquals(cut({ limit: 4, strict: true }, ["abcde", "fgh", "i"]), "");
  assertEquals(cut({ limit: 4, strict: true }, ["ab", "cd", ""]), "abcd\n");
  assertEquals(cut({ limit: 4, strict: true }, ["ab", "cd", "ef"]), "abcd\n");
});

Deno.test("msg2line: each message is an entry, so that messages can be counted", () => {
  const entries = (writer: LineWriter, batch: Batch) => {
    const out = writer.lines(batch);
    return Array.from({ length: out.length }, (_, i) => [decode(out.message(i)), out.flags(i)]);
  };
  for (const gap of [0, 1, 6]) {
    const writer = new LineWriter();
    const messages = ["one", "", "x".repeat(100), "two\n"];
    assertEquals(
      entries(writer, batchOf(messages, gap, false)),
      messages.map((message) => [message.trimEnd() + "\n", BYTES]),
    );
    assertEquals(entries(writer, batchOf(["a", "b", "", "c"], gap, true, [0, MORE, 12, 8])), [
      ["a\n", BYTES],
      ["b", MORE],
      ["c\n", CONTINUED],
    ]);
  }
  const strict = new LineWriter({ limit: 3, strict: true });
  assertEquals(entries(strict, batchOf(["long", "abc"], 1, true)), [["abc\n", BYTES]]);
});
