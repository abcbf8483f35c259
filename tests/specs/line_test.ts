import { assertEquals } from "@std/assert";
import { TEXT } from "../../lib/core/batch.ts";
import { peerFromConn } from "../../lib/core/conn.ts";
import { connector } from "../../lib/core/opener.ts";
import { family } from "../../specs/line.ts";
import { batchOf, MemoryOpener, MessageReader, overlayOpener, request, testEnv } from "../peers.ts";

Deno.test("line2msg: lines are read as messages, what is written passes as it is", async () => {
  const inner = new MemoryOpener();
  const peer = await overlayOpener(family, "line2msg", inner, testEnv()).open(request());
  const below = inner.peers[0];
  below.push("one\ntw");
  below.push("o\nthree");
  below.end();
  assertEquals(await new MessageReader(peer.readable).rest(), ["one\n", "two\n", "three"]);
  const writer = peer.writable.getWriter();
  await writer.write(batchOf(["a\nb", TEXT], "c"));
  await writer.close();
  assertEquals([below.written, below.writeEnd], [["a\nb", "c"], "closed"]);
  await peer.close();
  assertEquals(below.closes, 1);
});

Deno.test("line2msg: reads a connection's bytes into its own buffer", async () => {
  const input = ["a\nb", "\n"];
  const written: string[] = [];
  let closed = 0;
  const conn = {
    read(into: Uint8Array) {
      const text = input.shift();
      if (text === undefined) return Promise.resolve(null);
      return Promise.resolve(new TextEncoder().encodeInto(text, into).written);
    },
    write(bytes: Uint8Array) {
      written.push(new TextDecoder().decode(bytes));
      return Promise.resolve(bytes.length);
    },
    closeWrite: () => Promise.resolve(),
    close: () => void closed++,
  };
  const inner = connector(() => Promise.resolve(peerFromConn(conn, { name: "test:" })));
  const peer = await overlayOpener(family, "line2msg", inner, testEnv()).open(request());
  assertEquals(await new MessageReader(peer.readable).rest(), ["a\n", "b\n"]);
  await peer.writable.getWriter().write(batchOf("x"));
  await peer.close();
  assertEquals([written, closed, peer.info.name], [["x"], 1, "test:"]);
});

Deno.test("line2msg: the options of lines are heeded", async () => {
  const cases: [Record<string, unknown>, string, string[], number][] = [
    [{ "linemode-strip-newlines": true }, "a\r\nb", ["a", "b"], 0],
    [{ "null-terminated": true }, "a\nb\0c", ["a\nb", "c"], 0],
    [{ strict: true }, "a\nb", ["a\n"], 1],
    [{ "buffer-size": 2 }, "abc\n", ["ab", "c\n"], 2],
    [{ "buffer-size": 2, strict: true }, "abc\nd\n", ["d\n"], 2],
  ];
  for (const [options, input, messages, lines] of cases) {
    const inner = new MemoryOpener();
    const env = testEnv(options);
    const peer = await overlayOpener(family, "line2msg", inner, env).open(request());
    inner.peers[0].push(input);
    inner.peers[0].end();
    assertEquals(await new MessageReader(peer.readable).rest(), messages);
    assertEquals(env.lines.length, lines, env.lines.join());
  }
});

Deno.test("line2msg: cancelling stops the reading below", async () => {
  const inner = new MemoryOpener();
  const peer = await overlayOpener(family, "line2msg", inner, testEnv()).open(request());
  await peer.readable.cancel();
  assertEquals(inner.peers[0].cancelled, true);
});

Deno.test("msg2line: messages are read as lines, and stay messages that can be counted", async () => {
  const inner = new MemoryOpener();
  const peer = await overlayOpener(family, "msg2line", inner, testEnv()).open(request());
  const below = inner.peers[0];
  below.push(["one", TEXT], ["t\nwo\n", TEXT], "");
  below.push("three");
  below.end();
  assertEquals(await new MessageReader(peer.readable).rest(), ["one\n", "t wo\n", "\n", "three\n"]);
  await peer.writable.getWriter().write(batchOf("a\nb"));
  assertEquals(below.written, ["a\nb"]);
});

Deno.test("msg2line: the options of lines are heeded", async () => {
  const cases: [Record<string, unknown>, string, string[], number][] = [
    [{ "null-terminated": true }, "a\nb\0", ["a\nb\0"], 0],
    [{ "null-terminated": true }, "a\0b", ["a\0b\0"], 1],
    [{ "buffer-size": 2 }, "abc", ["ab\nc\n"], 2],
    [{ "buffer-size": 2, strict: true }, "abc", [], 2],
  ];
  for (const [options, input, messages, lines] of cases) {
    const inner = new MemoryOpener();
    const env = testEnv(options);
    const peer = await overlayOpener(family, "msg2line", inner, env).open(request());
    inner.peers[0].push(input);
    inner.peers[0].end();
    assertEquals(await new MessageReader(peer.readable).rest(), messages);
    assertEquals(env.lines.length, lines, env.lines.join());
  }
});
