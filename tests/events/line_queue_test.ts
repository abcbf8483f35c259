import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Batch } from "../../lib/core/batch.ts";
import { LineQueue } from "../../lib/events/line_queue.ts";

const shown = (batch: Batch | undefined) =>
  batch &&
  Array.from({ length: batch.length }, (_, i) => new TextDecoder().decode(batch.message(i)));

Deno.test("line queue: lines that wait come together, each as an entry", async () => {
  const queue = new LineQueue();
  queue.push("one\n");
  queue.push("zwö\n");
  assertEquals(shown(await queue.read()), ["one\n", "zwö\n"]);
  const reading = queue.read();
  queue.push("drei\n");
  assertEquals(shown(await reading), ["drei\n"]);
});

Deno.test("line queue: many lines and long ones come in order and whole", async () => {
  const queue = new LineQueue();
  const lines = Array.from({ length: 5000 }, (_, i) => `${i} ${"€".repeat(i % 50)}\n`);
  lines.splice(100, 0, "x".repeat(1_000_000) + "\n");
  for (const line of lines) queue.push(line);
  queue.end();
  const read: string[] = [];
  for (let batch = await queue.read(); batch; batch = await queue.read()) {
    assert(batch.bytes.length <= 1_000_001);
    read.push(...shown(batch)!);
  }
  assertEquals(read, lines);
});

Deno.test("line queue: room is there again when what waits was read", async () => {
  const queue = new LineQueue();
  let has = true;
  for (let i = 0; i < 300; i++) queue.push("x".repeat(1023) + "\n");
  assertEquals(queue.hasRoom, false);
  has = false;
  const room = queue.room().then(() => has = true);
  await Promise.resolve();
  assertEquals(has, false, "whoever adds more has to wait");
  while (!queue.hasRoom) await queue.read();
  await room;
});

Deno.test("line queue: the end comes behind the last line, or an error does", async () => {
  const queue = new LineQueue();
  queue.push("last\n");
  queue.end();
  queue.push("too late\n");
  assertEquals(shown(await queue.read()), ["last\n"]);
  assertEquals(await queue.read(), undefined);
  const failed = new LineQueue();
  failed.push("last\n");
  failed.end({ error: new Error("gone") });
  await failed.read();
  await assertRejects(() => failed.read(), Error, "gone");
  const waiting = new LineQueue();
  const read = waiting.read();
  waiting.end();
  assertEquals(await read, undefined);
});

Deno.test("line queue: it is finished when its end has been read, not before", async () => {
  const queue = new LineQueue();
  let finished = false;
  queue.finished.then(() => finished = true);
  queue.push("last\n");
  assertEquals(queue.begun, false);
  assertEquals(shown(await queue.read()), ["last\n"]);
  queue.end();
  await Promise.resolve();
  assertEquals([queue.begun, finished], [true, false], "the line may not have been written yet");
  assertEquals(await queue.read(), undefined);
  await queue.finished;
  assertEquals(finished, true);
});
