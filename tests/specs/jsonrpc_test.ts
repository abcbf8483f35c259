import { assertEquals, assertThrows } from "@std/assert";
import { CONTINUED, MORE } from "../../lib/core/batch.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import { family } from "../../specs/jsonrpc.ts";
import { MemoryOpener, MessageReader, overlayOpener, request, testEnv } from "../peers.ts";
import { fixed } from "./fixed.ts";

Deno.test("jsonrpc: what is read becomes numbered requests", async () => {
  const inner = new MemoryOpener();
  const env = testEnv();
  const peer = await overlayOpener(family, "jsonrpc", inner, env).open(request());
  inner.peers[0].push("add 1,2\n", "list\n");
  inner.peers[0].push(["s", MORE], ["ay h", MORE | CONTINUED], ["i\n", CONTINUED]);
  inner.peers[0].end();
  assertEquals(await new MessageReader(peer.readable).rest(), [
    '{"jsonrpc":"2.0","id":1, "method":"add", "params":[1,2]}\n',
    '{"jsonrpc":"2.0","id":2, "method":"list", "params":[]}\n',
    '{"jsonrpc":"2.0","id":3, "method":"say", "params":[hi]}\n',
  ]);
  assertEquals(env.lines.length, 2, "a warning with a hint");
});

Deno.test("jsonrpc: --jsonrpc-omit-jsonrpc", async () => {
  const inner = new MemoryOpener();
  const env = testEnv({ "jsonrpc-omit-jsonrpc": true });
  const peer = await overlayOpener(family, "jsonrpc", inner, env).open(request());
  inner.peers[0].push("add 1,2\n");
  const reader = new MessageReader(peer.readable);
  assertEquals(await reader.next(), '{"id":1, "method":"add", "params":[1,2]}\n');
  await reader.cancel();
});

Deno.test("jsonrpc: --jsonrpc goes above the lines that are typed, in simple mode only", () => {
  const options = { jsonrpc: true };
  const simple = { simple: true };
  assertEquals(
    fixed(options, "-", "ws://h/", simple),
    "jsonrpc:line2msg:- msg2line:ws://h/",
  );
  assertEquals(
    fixed(options, "ws-l:127.0.0.1:1", "-", simple),
    "msg2line:ws-upgrade:tcp-listen:127.0.0.1:1 broadcast:jsonrpc:line2msg:-",
  );
  assertEquals(fixed(options, "-", "ws://h/", { simple: true, lines: false }), "jsonrpc:- ws://h/");
  assertThrows(() => fixed(options, "-", "ws://h/"), WirecatError, "--jsonrpc");
});
