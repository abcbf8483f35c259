import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { type Batch, BINARY, CONTINUED, MORE, TEXT } from "../../lib/core/batch.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import type { Peer } from "../../lib/core/peer.ts";
import { family, transformPeer } from "../../specs/message_transform.ts";
import { batchOf, MemoryPeer, type Message, MessageReader, testEnv } from "../peers.ts";

async function exchange(
  options: Record<string, unknown>,
  incoming: Message[],
  outgoing: Message[],
) {
  const below = new MemoryPeer();
  const env = testEnv(options);
  const peer = await transformPeer(below, env);
  below.push(...incoming);
  below.end();
  const read = await new MessageReader(peer.readable).rest();
  const writer = peer.writable.getWriter();
  await writer.write(batchOf(...outgoing));
  await writer.close();
  return { read, written: below.written, end: below.writeEnd, lines: env.lines.length };
}

Deno.test("message transforms: without an option the peer is left alone", () => {
  const peer = new MemoryPeer();
  assertStrictEquals(transformPeer(peer, testEnv({ binary: true })), peer);
});

Deno.test("message transforms: --base64 in both directions, with -b", async () => {
  const result = await exchange(
    { base64: true, binary: true },
    [["abc", BINARY], ["text", TEXT]],
    ["YWJj\n", "?\n"],
  );
  assertEquals(result.read, ["YWJj\n", "text"]);
  assertEquals([result.written, result.lines], [["abc", "?"], 1]);
  assertEquals(result.end, "closed");
});

Deno.test("--websocket-ignore-zeromsg, --no-exit-on-zeromsg: empty messages are left out", async () => {
  const incoming: Message[] = ["", "a", "", ["", TEXT | MORE], ["b", TEXT | CONTINUED], ["", TEXT]];
  const left = async (options: Record<string, unknown>) =>
    (await exchange(options, incoming, [""])).read;
  assertEquals(await left({}), ["", "a", "", ">", "<b", ""]);
  assertEquals(await left({ "websocket-ignore-zeromsg": true }), ["a", ">", "<b"]);
  assertEquals(await left({ "no-exit-on-zeromsg": true }), ["a", ">", "<b"]);
  assertEquals(await left({ "no-exit-on-zeromsg": true, "text-prefix": "T" }), ["Ta", "Tb"]);
});

Deno.test("message transforms: prefixes see whole messages", async () => {
  const result = await exchange(
    { "text-prefix": "T:", "binary-prefix": "B:" },
    [["a", BINARY | MORE], ["b", BINARY | CONTINUED]],
    [["B", MORE], [":x", CONTINUED], "T:y"],
  );
  assertEquals([result.read, result.written], [["B:ab"], ["x", "y"]]);
});

Deno.test("message transforms: each compression undoes itself", async () => {
  for (const format of ["deflate", "gzip", "zlib"]) {
    const sent: Batch[] = [];
    const echo: Peer = {
      info: { name: "echo:" },
      readable: new ReadableStream<Batch>({
        pull(controller) {
          controller.enqueue(sent[0]);
          controller.close();
        },
      }, { highWaterMark: 0 }),
      writable: new WritableStream<Batch>({ write: (batch) => void sent.push(batch.copy()) }),
      close() {},
    };
    const options = { [`compress-${format}`]: true, [`uncompress-${format}`]: true, binary: true };
    const peer = await transformPeer(echo, testEnv(options));
    await peer.writable.getWriter().write(batchOf("x".repeat(1000)));
    assertEquals(sent[0].byteLength < 100, true);
    assertEquals(await new MessageReader(peer.readable).rest(), ["x".repeat(1000)]);
  }
});

Deno.test("message transforms: --uncompress without --compress leaves writing alone", async () => {
  const below = new MemoryPeer();
  const peer = await transformPeer(below, testEnv({ "uncompress-gzip": true }));
  await peer.writable.getWriter().write(batchOf(["a", BINARY]));
  assertEquals(below.written, ["a"]);
  below.push(["not gzip", BINARY]);
  await assertRejects(() => new MessageReader(peer.readable).rest(), WirecatError, "as gzip");
});

Deno.test("message transforms: two compressions exclude each other", () => {
  const row = (long: string) => family.options!.find((option) => option.long === long)!;
  assertEquals(row("compress-zlib").conflicts, ["compress-deflate", "compress-gzip"]);
  assertEquals(row("uncompress-gzip").conflicts, ["uncompress-deflate", "uncompress-zlib"]);
  assertEquals(row("compress-gzip").conflicts?.includes("uncompress-gzip"), false);
});
