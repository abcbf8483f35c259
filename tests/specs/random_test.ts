import { assertEquals, assertNotEquals } from "@std/assert";
import { BINARY } from "../../lib/core/batch.ts";
import { family } from "../../specs/random.ts";
import { batchOf } from "../peers.ts";
import { openSpecifier } from "./endpoint.ts";

Deno.test("random: binary messages of 64 KiB, each another one", async () => {
  const peer = await openSpecifier(family, "random:");
  const reader = peer.readable.getReader();
  const first = (await reader.read()).value!;
  assertEquals([first.length, first.byteLength, first.kind(0)], [1, 65536, BINARY]);
  const head = first.message(0).slice(0, 32);
  const second = (await reader.read()).value!;
  assertNotEquals(second.message(0).slice(0, 32), head);
  await peer.close();
});

Deno.test("random: -B sets the length of a message, up to 64 KiB", async () => {
  for (const [size, length] of [[10, 10], [1, 1], [1_000_000, 65536]]) {
    const peer = await openSpecifier(family, "random:", { options: { "buffer-size": size } });
    const { value } = await peer.readable.getReader().read();
    assertEquals(value!.byteLength, length);
    await peer.close();
  }
});

Deno.test("random: a greedy reader leaves timers their turn", async () => {
  const peer = await openSpecifier(family, "random:");
  const reader = peer.readable.getReader();
  let fired = false;
  const timer = setTimeout(() => fired = true, 5);
  const giveUp = performance.now() + 20_000;
  while (!fired && performance.now() < giveUp) await reader.read();
  clearTimeout(timer);
  assertEquals(fired, true);
  await peer.close();
});

Deno.test("random: what is written is thrown away, and reading goes on", async () => {
  const peer = await openSpecifier(family, "random:");
  const writer = peer.writable.getWriter();
  await writer.write(batchOf("a"));
  await writer.close();
  assertEquals((await peer.readable.getReader().read()).done, false);
  await peer.close();
});

Deno.test("random: closing ends it, also while it is read", async () => {
  const peer = await openSpecifier(family, "random:");
  const reader = peer.readable.getReader();
  await reader.read();
  await peer.close();
  assertEquals((await reader.read()).done, true);
  await peer.close();
});

Deno.test("random: cancelling ends it", async () => {
  const peer = await openSpecifier(family, "random:");
  const reader = peer.readable.getReader();
  const reading = reader.read();
  await reader.cancel();
  await reading;
  await peer.close();
});
