import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Batch } from "../../lib/core/batch.ts";
import { DatagramQueue, type DatagramQueueOptions } from "../../lib/net/datagram_queue.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function queueOf(options: Partial<DatagramQueueOptions> = {}, delivered: string[] = []) {
  let drops = 0;
  const queue = new DatagramQueue<string>({
    maxCount: 100,
    maxBytes: 1000,
    maxDatagram: 1000,
    onDrop: () => drops++,
    ...options,
  }, (sender) => delivered.push(sender));
  const push = (text: string, sender = "a") => queue.push(encoder.encode(text), sender);
  const reader = queue.readable.getReader();
  const next = async () => texts((await reader.read()).value);
  return { queue, push, reader, next, drops: () => drops };
}

function texts(batch: Batch | undefined): string[] {
  return Array.from({ length: batch?.length ?? 0 }, (_, i) => decoder.decode(batch!.message(i)));
}

Deno.test("datagram queue: all that waits is one batch, empty datagrams too", async () => {
  const { push, next } = queueOf();
  for (const text of ["one", "", "two"]) push(text);
  assertEquals(await next(), ["one", "", "two"]);
});

Deno.test("datagram queue: what waits stays as it is when more room is needed", async () => {
  const { push, next } = queueOf();
  const texts = Array.from({ length: 20 }, (_, i) => `${i}`.padEnd(40, "x"));
  for (const text of texts) push(text);
  assertEquals(await next(), texts);
});

Deno.test("datagram queue: a reader that waits gets a datagram at once", async () => {
  const { push, next } = queueOf();
  push("first");
  await next();
  const read = next();
  push("now");
  push("later");
  assertEquals(await read, ["now"]);
  assertEquals(await next(), ["later"]);
});

Deno.test("datagram queue: what the reader has stays as it is until it reads on", async () => {
  const { push, reader } = queueOf();
  push("first");
  const { value } = await reader.read();
  for (let i = 0; i < 50; i++) push("xxxxxxxxxx");
  assertEquals(texts(value), ["first"]);
  assertEquals((await reader.read()).value!.length, 50);
});

Deno.test("datagram queue: the reader may overwrite its own batch, not what comes after", async () => {
  const { push, reader, next } = queueOf();
  push("aaa", "a");
  push("bbb", "b");
  const { value } = await reader.read();
  value!.bytes.fill(0, value!.floor, value!.end(value!.length - 1));
  const second = await reader.read();
  assertEquals(texts(second.value), ["bbb"]);
  assert(second.value!.floor === second.value!.start(0));
  push("ccc");
  assertEquals(await next(), ["ccc"]);
});

Deno.test("datagram queue: a batch has one sender, who is told when it is delivered", async () => {
  const delivered: string[] = [];
  const { push, next } = queueOf({}, delivered);
  push("1", "a");
  push("2", "a");
  push("3", "b");
  assertEquals(delivered, []);
  assertEquals(await next(), ["1", "2"]);
  assertEquals(delivered, ["a"]);
  assertEquals(await next(), ["3"]);
  assertEquals(delivered, ["a", "b"]);
});

Deno.test("datagram queue: single gives one datagram at a time", async () => {
  const { push, next } = queueOf({ single: true });
  push("1");
  push("2");
  assertEquals([await next(), await next()], [["1"], ["2"]]);
});

Deno.test("datagram queue: beyond the count the newest are dropped", async () => {
  const { push, next, drops } = queueOf({ maxCount: 2 });
  for (const text of ["1", "2", "3", "4"]) push(text);
  assertEquals(drops(), 2);
  assertEquals(await next(), ["1", "2"]);
});

Deno.test("datagram queue: beyond the bytes the newest are dropped, but one always fits", async () => {
  const { push, next, drops } = queueOf({ maxBytes: 4 });
  push("123456");
  push("7");
  assertEquals(drops(), 1);
  assertEquals(await next(), ["123456"]);
  push("12");
  push("34");
  push("5");
  assertEquals(drops(), 2);
  assertEquals(await next(), ["12", "34"]);
});

Deno.test("datagram queue: a datagram longer than the limit is cut off", async () => {
  const { push, next } = queueOf({ maxDatagram: 3 });
  push("12345");
  assertEquals(await next(), ["123"]);
});

Deno.test("datagram queue: the end comes after what waits", async () => {
  const { queue, push, reader, next } = queueOf();
  push("last");
  queue.end();
  push("too late");
  assertEquals(await next(), ["last"]);
  assertEquals((await reader.read()).done, true);
});

Deno.test("datagram queue: a failure reaches a reader that waits", async () => {
  const { queue, reader } = queueOf();
  const read = assertRejects(() => reader.read(), Error, "broken");
  queue.fail(new Error("broken"));
  await read;
  queue.fail(new Error("again"));
  queue.end();
});

Deno.test("datagram queue: after a cancel only senders are taken note of", async () => {
  const delivered: string[] = [];
  const { push, reader, drops } = queueOf({ maxCount: 1 }, delivered);
  await reader.cancel();
  push("1", "a");
  push("2", "b");
  assertEquals([delivered, drops()], [["a", "b"], 0]);
});

Deno.test("datagram queue: a buffer that a burst made large is given up", async () => {
  const { queue, reader, push } = queueOf({ maxBytes: 1 << 20, maxDatagram: 1 << 20 });
  queue.push(new Uint8Array(1 << 18), "a");
  assertEquals((await reader.read()).value!.bytes.length, 1 << 18);
  const sizes: number[] = [];
  for (let i = 0; i < 4; i++) {
    push("small");
    sizes.push((await reader.read()).value!.bytes.length);
  }
  assert(sizes.at(-1)! < 1024 && sizes.at(-2)! < 1024, String(sizes));
});
