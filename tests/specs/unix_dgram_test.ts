import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { opener, parseSpecifier } from "../../lib/core/specifier.ts";
import { Registry } from "../../lib/core/registry.ts";
import { family } from "../../specs/unix_dgram.ts";
import { readMessages, testDescriptors } from "../ffi/descriptor_test_case.ts";
import { Python } from "../ffi/descriptors.ts";
import { batchOf, testEnv } from "../peers.ts";
import { openSpecifier } from "./endpoint.ts";
import { assertFreesDescriptors } from "../descriptors.ts";

/** Prints the length of each packet and where it came from; sends what it is told where it is told. */
const OTHER = `
import socket, sys, threading
name = lambda text: b"\\0" + text[1:].encode() if text[0] == "@" else text
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(name(sys.argv[1])); print("bound")
for line in sys.stdin:
    word = line.rstrip("\\n").split(" ", 2)
    if word[0] == "send": s.sendto(word[2].encode(), name(word[1]))
    if word[0] == "receive":
        data, peer = s.recvfrom(1 << 20)
        print(len(data), data[:20].decode(), peer if isinstance(peer, str) else "@" + peer[1:].decode())
`;

testDescriptors(
  "unix-dgram: receives at the first path and sends from there to the second",
  async (directory) => {
    const [mine, theirs] = [`${directory}/mine`, `${directory}/theirs`];
    await using other = new Python(OTHER, theirs);
    assertEquals(await other.line(), "bound");
    await assertFreesDescriptors(async () => {
      const peer = await openSpecifier(family, `unix-dgram:${mine}:${theirs}`);
      const writer = peer.writable.getWriter();
      await writer.write(batchOf("hello", "you"));
      await other.say("receive");
      assertEquals(await other.line(), `5 hello ${mine}`);
      await other.say("receive");
      assertEquals(await other.line(), `3 you ${mine}`);
      await other.say(`send ${mine} back`);
      const reader = peer.readable.getReader();
      assertEquals(await readMessages(reader, 1), ["back"]);
      const reading = reader.read();
      await peer.close();
      assertEquals((await reading).done, true);
      await assertRejects(() => Deno.lstat(mine), Deno.errors.NotFound);
    });
  },
  "python3",
);

testDescriptors("unix-dgram: receives from a third program too", async (directory) => {
  const [mine, theirs] = [`${directory}/mine`, `${directory}/theirs`];
  await using other = new Python(OTHER, theirs);
  await using third = new Python(OTHER, `${directory}/third`);
  assertEquals([await other.line(), await third.line()], ["bound", "bound"]);
  const peer = await openSpecifier(family, `unix-dgram:${mine}:${theirs}`);
  await third.say(`send ${mine} from the third`);
  assertEquals(await readMessages(peer.readable.getReader(), 1), ["from the third"]);
  await peer.close();
}, "python3");

testDescriptors("unix-dgram: empty packets are messages, both ways", async (directory) => {
  const [mine, theirs] = [`${directory}/mine`, `${directory}/theirs`];
  await using other = new Python(OTHER, theirs);
  assertEquals(await other.line(), "bound");
  const peer = await openSpecifier(family, `unix-dgram:${mine}:${theirs}`);
  await peer.writable.getWriter().write(batchOf(""));
  await other.say("receive");
  assertEquals(await other.line(), `0  ${mine}`);
  await other.say(`send ${mine} `);
  await other.say(`send ${mine} x`);
  assertEquals(await readMessages(peer.readable.getReader(), 2), ["", "x"]);
  await peer.close();
}, "python3");

testDescriptors(
  "unix-dgram: a writer waits for a receiver whose queue is full, and loses nothing",
  async (directory) => {
    const [mine, theirs] = [`${directory}/mine`, `${directory}/theirs`];
    await using other = new Python(OTHER, theirs);
    assertEquals(await other.line(), "bound");
    const peer = await openSpecifier(family, `unix-dgram:${mine}:${theirs}`);
    const length = Number(await Deno.readTextFile("/proc/sys/net/unix/max_dgram_qlen"));
    const count = length + 100;
    const messages = Array.from({ length: count }, (_, i) => `m${i}`);
    let done = false;
    const writing = peer.writable.getWriter().write(batchOf(...messages)).then(() => done = true);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert(!done);
    for (const message of messages) {
      await other.say("receive");
      assertEquals(await other.line(), `${message.length} ${message} ${mine}`);
    }
    await writing;
    await peer.close();
  },
  "python3",
);

testDescriptors("abstract-dgram: both names are abstract, no file appears", async (directory) => {
  const [mine, theirs] = [`wirecat-mine-${Deno.pid}`, `wirecat-theirs-${Deno.pid}`];
  await using other = new Python(OTHER, `@${theirs}`);
  assertEquals(await other.line(), "bound");
  const peer = await openSpecifier(family, `abstract-dgram:${mine}:${theirs}`);
  await peer.writable.getWriter().write(batchOf("hello"));
  await other.say("receive");
  assertEquals(await other.line(), `5 hello @${mine}`);
  await other.say(`send @${mine} back`);
  assertEquals(await readMessages(peer.readable.getReader(), 1), ["back"]);
  await peer.close();
  assertEquals([...Deno.readDirSync(directory)], []);
}, "python3");

testDescriptors(
  "unix-dgram: nobody at the second path is an error, and leaves no file",
  async (directory) => {
    const error = await assertRejects(
      () => openSpecifier(family, `unix-dgram:${directory}/mine:${directory}/theirs`),
      WirecatError,
      "no such file",
    );
    assertEquals(error.kind, "connection");
    assertEquals([...Deno.readDirSync(directory)], []);
  },
);

testDescriptors(
  "unix-dgram: a path that is taken is an error, --unlink removes the socket",
  async (directory) => {
    const [mine, theirs] = [`${directory}/mine`, `${directory}/theirs`];
    await using other = new Python(OTHER, theirs);
    await using stale = new Python(OTHER, mine);
    assertEquals([await other.line(), await stale.line()], ["bound", "bound"]);
    const specifier = `unix-dgram:${mine}:${theirs}`;
    const error = await assertRejects(
      () => openSpecifier(family, specifier),
      WirecatError,
      "in use",
    );
    assertStringIncludes(error.hint!, "--unlink");
    const peer = await openSpecifier(family, specifier, { options: { unlink: true } });
    await peer.close();
  },
  "python3",
);

Deno.test("unix-dgram: needs exactly two addresses", () => {
  const registry = new Registry([family]);
  for (const argument of ["", "a", "a:", ":b", "a:b:c"]) {
    assertThrows(
      () => opener(parseSpecifier(`unix-dgram:${argument}`, registry), testEnv()),
      WirecatError,
      "needs two addresses",
    );
  }
});
