import { assertEquals, assertMatch } from "@std/assert";
import { CONTINUED, MORE, TEXT } from "../../lib/core/batch.ts";
import { family, formatSeconds } from "../../specs/timestamp.ts";
import { MemoryOpener, MessageReader, overlayOpener, request, testEnv } from "../peers.ts";

async function stamped(options: Record<string, unknown>): Promise<string[]> {
  const inner = new MemoryOpener();
  const peer = await overlayOpener(family, "timestamp", inner, testEnv(options)).open(request());
  inner.peers[0].push(["one", TEXT], "");
  inner.peers[0].push(["tw", MORE], ["o", CONTINUED]);
  inner.peers[0].end();
  return await new MessageReader(peer.readable).rest();
}

Deno.test("timestamp: each message begins with the time, a part of one does not", async () => {
  const before = Date.now() / 1000;
  const messages = await stamped({});
  const after = Date.now() / 1000;
  assertMatch(messages[0], /^\d+(\.\d{1,6})? one$/);
  assertMatch(messages[1], /^\d+(\.\d{1,6})? $/);
  assertMatch(messages[2], /^\d+(\.\d{1,6})? tw>$/);
  assertEquals(messages[3], "<o");
  const time = Number(messages[0].split(" ")[0]);
  assertEquals(time > before - 0.1 && time < after + 0.1, true);
});

Deno.test("timestamp: --timestamp-monotonic counts from the opening", async () => {
  const before = performance.now();
  const [first] = await stamped({ "timestamp-monotonic": true });
  const passed = (performance.now() - before) / 1000;
  const time = Number(first.split(" ")[0]);
  assertEquals(time >= 0 && time <= passed + 0.001, true, `${first} after ${passed}`);
});

Deno.test("timestamp: seconds are as short as can be", () => {
  assertEquals(
    [1_700_000_000_123.456, 1500, 2000, 0.0004, 0.001].map(formatSeconds),
    ["1700000000.123456", "1.5", "2", "0", "0.000001"],
  );
});
