import { assertEquals } from "@std/assert";
import { Batch } from "../../lib/core/batch.ts";
import { MAX_BUFFER } from "../../lib/core/conn.ts";
import { Decoder } from "../../lib/websocket/decoder.ts";
import { frame } from "../../scripts/bench/frames.ts";

Deno.test("decoder: the buffer grows even if every read ends within a frame", () => {
  const decoder = new Decoder({ from: "client", maxFrame: Infinity, maxMessage: Infinity });
  const message = frame(64, false, true);
  const control = { ping() {}, pong() {} };
  const batch = new Batch(new Uint8Array(0));
  let at = 0;
  let largest = 0;
  // Each read fills the whole room, as it does when the peer is faster.
  for (let reads = 0; reads < 10; reads++) {
    const room = decoder.room();
    largest = Math.max(largest, room.length);
    for (let i = 0; i < room.length; i++) room[i] = message[at++ % message.length];
    decoder.fill(room.length);
    decoder.decode(batch, control);
    assertEquals(decoder.error, undefined);
  }
  assertEquals(largest > MAX_BUFFER / 2, true, `the largest room was ${largest} bytes`);
});
