import { assertEquals, assertThrows } from "@std/assert";
import { Batch, BINARY, CONTINUED, MORE, TEXT } from "../../lib/core/batch.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import { UnfinishedMessages } from "../../lib/overlay/unfinished_messages.ts";
import { batchOf, messagesOf } from "../peers.ts";

const MIB = 1024 * 1024;

/** A part of so many bytes, each `fill`. */
function part(length: number, flags: number, fill = 0): Batch {
  return Batch.of(new Uint8Array(length).fill(fill), flags);
}

/** All messages of what is ready. */
function all(ready: Batch[]): string[] {
  return ready.flatMap(messagesOf);
}

Deno.test("unfinished messages: whole ones of who is in the middle of none need no care", () => {
  const unfinished = new UnfinishedMessages<string>(MIB);
  assertEquals(unfinished.concerns("a", batchOf("one", "two")), false);
  assertEquals(unfinished.concerns("a", batchOf("one", ["two", MORE])), true);
  unfinished.add("a", batchOf(["begin", MORE]));
  assertEquals(unfinished.concerns("a", batchOf(["end", CONTINUED])), true);
  assertEquals(unfinished.concerns("b", batchOf("one")), false);
});

Deno.test("unfinished messages: a message is ready with its last part, with its kind", () => {
  const unfinished = new UnfinishedMessages<string>(MIB);
  assertEquals(unfinished.add("a", batchOf(["one ", TEXT | MORE])), []);
  assertEquals(unfinished.add("a", batchOf(["two ", TEXT | CONTINUED | MORE])), []);
  const ready = unfinished.add("a", batchOf(["three", TEXT | CONTINUED]));
  assertEquals(all(ready), ["one two three"]);
  assertEquals(ready[0].flags(0), TEXT);
  assertEquals(unfinished.held, 0);
});

Deno.test("unfinished messages: what comes around the parts keeps its place", () => {
  const unfinished = new UnfinishedMessages<string>(MIB);
  const first = batchOf("whole", ["be", MORE], ["gin", MORE | CONTINUED]);
  assertEquals(all(unfinished.add("a", first)), ["whole"]);
  const next = batchOf(["end", CONTINUED], "between", ["an", MORE]);
  assertEquals(all(unfinished.add("a", next)), ["beginend", "between"]);
  assertEquals(all(unfinished.add("a", batchOf(["other", CONTINUED]))), ["another"]);
});

Deno.test("unfinished messages: those of two senders do not mix", () => {
  const unfinished = new UnfinishedMessages<string>(MIB);
  unfinished.add("a", batchOf(["a1", MORE]));
  unfinished.add("b", batchOf(["b1", MORE]));
  assertEquals(all(unfinished.add("b", batchOf(["b2", CONTINUED]))), ["b1b2"]);
  assertEquals(all(unfinished.add("a", batchOf(["a2", CONTINUED]))), ["a1a2"]);
});

Deno.test("unfinished messages: what is kept is a copy", () => {
  const unfinished = new UnfinishedMessages<string>(MIB);
  const lent = batchOf(["begin", MORE]);
  unfinished.add("a", lent);
  lent.bytes.fill(0);
  assertEquals(all(unfinished.add("a", batchOf(["end", CONTINUED]))), ["beginend"]);
});

Deno.test("unfinished messages: an empty message in parts is a message", () => {
  const unfinished = new UnfinishedMessages<string>(MIB);
  assertEquals(unfinished.add("a", batchOf(["", MORE])), []);
  assertEquals(all(unfinished.add("a", batchOf(["", CONTINUED]))), [""]);
});

Deno.test("unfinished messages: a long one goes on in parts, byte for byte", () => {
  const unfinished = new UnfinishedMessages<string>(8 * MIB);
  const lengths = [MIB - 1, 1, MIB + 7, 3, 2 * MIB - 10];
  const flags = lengths.map((_, i) => BINARY | (i > 0 ? CONTINUED : 0) | (i < 4 ? MORE : 0));
  const ready = lengths.flatMap((n, i) => unfinished.add("a", part(n, flags[i], i + 1)));
  const expected = lengths.flatMap((n, i) => Array(n).fill(i + 1));
  assertEquals(ready.map((batch) => batch.length), ready.map(() => 1));
  assertEquals(
    ready.map((batch) => batch.flags(0)),
    [BINARY | MORE, ...ready.slice(2).map(() => BINARY | MORE | CONTINUED), BINARY | CONTINUED],
  );
  const got = new Uint8Array(expected.length);
  let at = 0;
  for (const batch of ready) {
    got.set(batch.message(0), at);
    at += batch.byteLength;
  }
  assertEquals(at, expected.length);
  assertEquals(got.every((byte, i) => byte === expected[i]), true);
});

Deno.test("unfinished messages: one over the limit is refused and forgotten", () => {
  const unfinished = new UnfinishedMessages<string>(10);
  unfinished.add("a", batchOf(["12345", MORE]));
  unfinished.add("b", batchOf(["12345", MORE]));
  assertEquals(all(unfinished.add("b", batchOf(["67890", CONTINUED]))), ["1234567890"]);
  assertThrows(
    () => unfinished.add("a", batchOf(["678901", CONTINUED | MORE])),
    WirecatError,
    "longer than 10 bytes",
  );
  assertEquals([unfinished.held, unfinished.drop("a")], [0, false]);
});

Deno.test("unfinished messages: many small parts take no more than few large ones", () => {
  const unfinished = new UnfinishedMessages<string>(MIB);
  for (let i = 0; i < 10_000; i++) {
    unfinished.add("a", batchOf(["x", i > 0 ? MORE | CONTINUED : MORE]));
  }
  assertEquals(unfinished.held, MIB);
});

Deno.test("unfinished messages: when too much is held, who has stopped longest is named", () => {
  const unfinished = new UnfinishedMessages<string>(2 * MIB, 3 * MIB);
  for (const sender of ["a", "b", "c"]) {
    unfinished.add(sender, part(MIB, MORE));
    assertEquals(unfinished.stalest(), undefined);
  }
  unfinished.touch("a");
  unfinished.add("c", part(MIB, MORE | CONTINUED));
  assertEquals(unfinished.stalest(), "b");
  unfinished.drop("b");
  assertEquals(unfinished.stalest(), undefined);
  assertEquals(unfinished.held, 3 * MIB);
});

Deno.test("unfinished messages: a single one may always be as long as the limit", () => {
  const unfinished = new UnfinishedMessages<string>(5 * MIB, MIB);
  unfinished.add("a", part(5 * MIB, MORE));
  assertEquals(unfinished.stalest(), undefined);
});
