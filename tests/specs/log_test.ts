import { assertEquals, assertMatch } from "@std/assert";
import { BINARY, TEXT } from "../../lib/core/batch.ts";
import { family } from "../../specs/log.ts";
import { batchOf, MemoryOpener, MessageReader, overlayOpener, request, testEnv } from "../peers.ts";
import { fixed } from "./fixed.ts";

/** What is written to standard error while a few messages pass in both directions. */
async function shown(options: Record<string, unknown>, verbosity: 0 | 1 | 3 = 1) {
  const inner = new MemoryOpener();
  const env = testEnv(options, [], verbosity);
  const peer = await overlayOpener(family, "log", inner, env).open(request());
  const writer = peer.writable.getWriter();
  await writer.write(batchOf(["hi\n", TEXT], ["\0", BINARY]));
  inner.peers[0].push(["yes", TEXT]);
  inner.peers[0].end();
  const read = await new MessageReader(peer.readable).rest();
  await writer.close();
  assertEquals([read, inner.peers[0].written], [["yes"], ["hi\n", "\0"]], "nothing is changed");
  assertEquals(inner.peers[0].writeEnd, "closed");
  return env.lines.flatMap((line) => line.split("\n"));
}

Deno.test("log: shows what passes and the end of reading, even under -q", async () => {
  const lines = ['WRITE 3 "hi\\n"', 'WRITE 1 "\\x00"', 'READ 3 "yes"', 'READ 0 ""'];
  assertEquals(await shown({}), lines);
  assertEquals(await shown({}, 0), lines);
});

Deno.test("log: -vv adds bytes in hexadecimal", async () => {
  assertEquals((await shown({}, 3)).slice(0, 4), [
    'WRITE 3 "hi\\n"',
    'WRITE 1 "\\x00"',
    "wirecat: WRITE 3 68690a",
    "wirecat: WRITE 1 00",
  ]);
});

Deno.test("log: --log-hex, --log-omit-content, --log-verbose", async () => {
  assertEquals(await shown({ "log-hex": true }), [
    "WRITE 3 68690a",
    "WRITE 1 00",
    "READ 3 796573",
    "READ 0",
  ]);
  assertEquals(await shown({ "log-omit-content": true }), [
    "WRITE 3",
    "WRITE 1",
    "READ 3",
    "READ 0",
  ]);
  assertEquals(await shown({ "log-verbose": true }), [
    'WRITE 3 text "hi\\n"',
    'WRITE 1 binary "\\x00"',
    'READ 3 text "yes"',
    'READ 0 ""',
    "WRITE shutdown",
  ]);
});

Deno.test("log: --log-timestamps", async () => {
  for (const line of await shown({ "log-timestamps": true })) {
    assertMatch(line, /^\d{6}\.\d{6} (READ|WRITE) \d+ "/);
  }
});

Deno.test("log: --log-traffic looks at the messages of the WebSocket, or at the right side", () => {
  const options = { "log-traffic": true };
  assertEquals(fixed(options, "-", "ws://h/"), "line2msg:- msg2line:log:ws://h/");
  assertEquals(
    fixed(options, "ws-l:127.0.0.1:1", "tcp:h:1"),
    "msg2line:log:ws-upgrade:tcp-listen:127.0.0.1:1 line2msg:tcp:h:1",
  );
  assertEquals(fixed(options, "-", "tcp:h:1"), "- log:tcp:h:1");
});
