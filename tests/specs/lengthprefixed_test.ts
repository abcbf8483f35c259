import { assertEquals, assertRejects } from "@std/assert";
import { CONTINUED, MORE } from "../../lib/core/batch.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import { family } from "../../specs/lengthprefixed.ts";
import { batchOf, MemoryOpener, MessageReader, overlayOpener, request, testEnv } from "../peers.ts";

async function open(options: Record<string, unknown> = {}) {
  const inner = new MemoryOpener();
  const env = testEnv(options);
  const peer = await overlayOpener(family, "lengthprefixed", inner, env).open(request());
  return { peer, below: inner.peers[0], env };
}

Deno.test("lengthprefixed: reads and writes lengths before messages", async () => {
  const { peer, below } = await open();
  below.push("\0\0\0\x03one\0\0\0");
  below.push("\x03two\0\0\0\0");
  below.end();
  assertEquals(await new MessageReader(peer.readable).rest(), ["one", "two", ""]);
  const writer = peer.writable.getWriter();
  await writer.write(batchOf("a", ""));
  await writer.write(batchOf(["b", MORE]));
  await writer.write(batchOf(["cd", CONTINUED]));
  await writer.close();
  assertEquals(below.written, ["\0\0\0\x01a", "\0\0\0\0", "\0\0\0\x03bcd"]);
  assertEquals(below.writeEnd, "closed");
  await peer.close();
  assertEquals(below.closes, 1);
});

Deno.test("lengthprefixed: size and byte order of the header", async () => {
  const { peer, below } = await open({
    "lengthprefixed-nbytes": 2,
    "lengthprefixed-little-endian": true,
  });
  below.push("\x01\0x");
  below.end();
  assertEquals(await new MessageReader(peer.readable).rest(), ["x"]);
  await peer.writable.getWriter().write(batchOf("yz"));
  assertEquals(below.written, ["\x02\0yz"]);
});

Deno.test("lengthprefixed: either direction can be left as it is", async () => {
  const plainRead = await open({ "lengthprefixed-skip-read-direction": true });
  plainRead.below.push("\0\0\0\x01");
  plainRead.below.end();
  assertEquals(await new MessageReader(plainRead.peer.readable).rest(), ["\0\0\0\x01"]);
  await plainRead.peer.writable.getWriter().write(batchOf("a"));
  assertEquals(plainRead.below.written, ["\0\0\0\x01a"]);

  const plainWrite = await open({ "lengthprefixed-skip-write-direction": true });
  plainWrite.below.push("\0\0\0\x01x");
  plainWrite.below.end();
  assertEquals(await new MessageReader(plainWrite.peer.readable).rest(), ["x"]);
  await plainWrite.peer.writable.getWriter().write(batchOf("a"));
  assertEquals(plainWrite.below.written, ["a"]);
});

Deno.test("lengthprefixed: limits are -B, or else that of messages", async () => {
  for (
    const [options, name] of [
      [{ "buffer-size": 2 }, "-B"],
      [{ "max-ws-message-length": 2 }, "--max-ws-message-length"],
    ] as const
  ) {
    const { peer, below } = await open(options);
    below.push("\0\0\0\x02ab\0\0\0\x03");
    const reader = new MessageReader(peer.readable);
    const error = await assertRejects(() => reader.rest(), WirecatError, "3 bytes");
    assertEquals(error.hint?.startsWith(name), true);
  }
});

Deno.test("lengthprefixed: a cut header is warned about, a cut message fails", async () => {
  const header = await open();
  header.below.push("\0\0");
  header.below.end();
  assertEquals(await new MessageReader(header.peer.readable).rest(), []);
  assertEquals(header.env.lines.length, 1);
  const message = await open();
  message.below.push("\0\0\0\x02a");
  message.below.end();
  await assertRejects(
    () => new MessageReader(message.peer.readable).rest(),
    WirecatError,
    "1 byte",
  );
});

Deno.test("lengthprefixed: cancelling stops the reading below", async () => {
  const { peer, below } = await open();
  await peer.readable.cancel();
  assertEquals(below.cancelled, true);
});
