import { assertEquals } from "@std/assert";
import { Batch } from "../../lib/core/batch.ts";
import { LineAssembler } from "../../lib/events/line_assembler.ts";

const text = (line: Uint8Array | "too long") =>
  typeof line === "string" ? `(${line})` : new TextDecoder().decode(line);

/** The lines of pieces, each of which is overwritten when the next one comes, as a batch may be. */
function lines(pieces: readonly string[], limit = 100): string[] {
  const assembler = new LineAssembler(limit);
  const found: string[] = [];
  for (const piece of pieces) {
    const bytes = new TextEncoder().encode(piece);
    found.push(...Array.from(assembler.lines(Batch.of(bytes)), text));
    bytes.fill(0x21);
  }
  found.push(...Array.from(assembler.end(), text));
  return found;
}

Deno.test("line assembler: lines come whole, however their bytes come", () => {
  assertEquals(lines(["a\nb\n"]), ["a", "b"]);
  assertEquals(lines(["a", "b", "c\nd", "\n"]), ["abc", "d"]);
  assertEquals(lines(["a\n\n", "\nb"]), ["a", "", "", "b"]);
  assertEquals(lines(["one\ntwo"]), ["one", "two"], "the last one needs no newline");
});

Deno.test("line assembler: a line that is too long is told once and dropped to its end", () => {
  assertEquals(lines(["0123456789\nok\n"], 4), ["(too long)", "ok"]);
  assertEquals(lines(["012", "345", "678", "\nok\n"], 4), ["(too long)", "ok"]);
  assertEquals(lines(["0123456789"], 4), ["(too long)"]);
});

Deno.test("line assembler: the entries of a batch are bytes in order", () => {
  const batch = new Batch(new TextEncoder().encode("ab\ncd\n"));
  batch.push(0, 1, 0);
  batch.push(1, 4, 0);
  batch.push(4, 6, 0);
  assertEquals(Array.from(new LineAssembler(100).lines(batch), text), ["ab", "cd"]);
});
