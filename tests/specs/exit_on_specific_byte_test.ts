import { assertEquals } from "@std/assert";
import { family } from "../../specs/exit_on_specific_byte.ts";
import { batchOf, MemoryOpener, MessageReader, overlayOpener, request, testEnv } from "../peers.ts";

async function read(options: Record<string, unknown>, pieces: string[]) {
  const inner = new MemoryOpener();
  const opener = overlayOpener(family, "exit_on_specific_byte", inner, testEnv(options));
  const peer = await opener.open(request());
  const below = inner.peers[0];
  for (const piece of pieces) below.push(piece);
  below.end();
  const text = (await new MessageReader(peer.readable).rest()).join("");
  await peer.writable.getWriter().write(batchOf("out\x1c!"));
  assertEquals(below.written, ["out\x1c!"]);
  return { text, cancelled: below.cancelled };
}

Deno.test("exit_on_specific_byte: reading ends at the byte, wherever the input is cut", async () => {
  const input = "ab\x1ccd";
  for (let cut = 0; cut <= input.length; cut++) {
    const pieces = [input.slice(0, cut), input.slice(cut)];
    assertEquals(await read({}, pieces), { text: "ab", cancelled: true });
  }
  assertEquals(await read({}, [...input]), { text: "ab", cancelled: true });
  assertEquals(await read({}, ["abc"]), { text: "abc", cancelled: false });
});

Deno.test("exit_on_specific_byte: --byte-to-exit-on", async () => {
  assertEquals((await read({ "byte-to-exit-on": 98 }, ["a\x1cbc"])).text, "a\x1c");
  assertEquals((await read({ "byte-to-exit-on": 0 }, ["a\0bc"])).text, "a");
});
