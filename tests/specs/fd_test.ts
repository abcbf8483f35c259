import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { Batch } from "../../lib/core/batch.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import { opener, parseSpecifier } from "../../lib/core/specifier.ts";
import { Registry } from "../../lib/core/registry.ts";
import { family } from "../../specs/fd.ts";
import {
  inheritableFile,
  inheritablePipe,
  inheritableSockets,
  makeFifo,
  openDescriptorOf,
} from "../ffi/descriptors.ts";
import { testDescriptors } from "../ffi/descriptor_test_case.ts";
import { batchOf, messagesOf, testEnv } from "../peers.ts";
import { openSpecifier } from "./endpoint.ts";

const SEQPACKET = 5;
const STREAM = 1;
const APPEND = 0o2001;

async function text(reader: ReadableStreamDefaultReader<Batch>): Promise<string[] | undefined> {
  const { value, done } = await reader.read();
  return done ? undefined : messagesOf(value);
}

testDescriptors(
  "open-async: reads a device in messages of 64 KiB at most, --buffer-size changes that",
  async () => {
    for (const [options, most] of [[{}, 65536], [{ "buffer-size": 100 }, 100]] as const) {
      const peer = await openSpecifier(family, "open-async:/dev/zero", { options });
      const reader = peer.readable.getReader();
      let longest = 0;
      for (let i = 0; i < 20; i++) {
        const { value } = await reader.read();
        assertEquals(value!.length, 1);
        longest = Math.max(longest, value!.byteLength);
      }
      assertEquals(longest, most);
      await peer.close();
    }
  },
);

testDescriptors(
  "open-async: opens a named pipe without waiting for its other end, and it does not end",
  async (directory) => {
    const path = `${directory}/fifo`;
    makeFifo(path);
    const peer = await openSpecifier(family, `open-async:${path}`);
    const reader = peer.readable.getReader();
    for (const word of ["first", "second"]) {
      const reading = text(reader);
      await Deno.writeTextFile(path, word);
      assertEquals(await reading, [word]);
    }
    const reading = text(reader);
    await peer.close();
    assertEquals(await reading, undefined);
  },
);

testDescriptors(
  "open-async: closing gets a write back that waits for a full pipe",
  async (directory) => {
    const path = `${directory}/fifo`;
    makeFifo(path);
    const peer = await openSpecifier(family, `open-async:${path}`);
    const writing = peer.writable.getWriter().write(Batch.of(new Uint8Array(1 << 20)))
      .then(() => "written", () => "stopped");
    await new Promise((done) => setTimeout(done, 5));
    await peer.close();
    assertEquals(await writing, "stopped");
  },
);

testDescriptors("open-async: a regular file is refused with a hint", async (directory) => {
  await Deno.writeTextFile(`${directory}/file`, "");
  const error = await assertRejects(
    () => openSpecifier(family, `open-async:${directory}/file`),
    WirecatError,
    "regular file",
  );
  assertStringIncludes(error.hint!, "readfile:");
});

testDescriptors("open-async: what does not exist is not made", async (directory) => {
  await assertRejects(
    () => openSpecifier(family, `open-async:${directory}/none`),
    WirecatError,
    "no such file",
  );
  assertEquals([...Deno.readDirSync(directory)], []);
});

testDescriptors("open-fd: the reading end of a pipe, and writes to it are dropped", async () => {
  const [r, w] = inheritablePipe();
  const peer = await openSpecifier(family, `open-fd:${r}`);
  const sender = await openSpecifier(family, `open-fd:${w}`);
  const reader = peer.readable.getReader();
  const writer = sender.writable.getWriter();
  await peer.writable.getWriter().write(batchOf("nowhere"));
  await writer.write(batchOf("one"));
  assertEquals(await text(reader), ["one"]);
  assertEquals(await text(sender.readable.getReader()), undefined);
  await writer.close();
  assertEquals(await text(reader), undefined);
  await peer.close();
  await sender.close();
});

testDescriptors("open-fd: a pipe that is full does not block the program", async () => {
  const [r, w] = inheritablePipe();
  const receiver = await openSpecifier(family, `open-fd:${r}`);
  const sender = await openSpecifier(family, `open-fd:${w}`);
  const total = 1 << 20;
  const writing = sender.writable.getWriter().write(Batch.of(new Uint8Array(total)));
  await new Promise((done) => setTimeout(done, 5));
  const reader = receiver.readable.getReader();
  let got = 0;
  while (got < total) got += (await reader.read()).value!.byteLength;
  await writing;
  assertEquals(got, total);
  await receiver.close();
  await sender.close();
});

testDescriptors("open-fd: a stream socket, both ways, with a half-close", async () => {
  const [a, b] = inheritableSockets(STREAM);
  const [left, right] = [
    await openSpecifier(family, `open-fd:${a}`),
    await openSpecifier(family, `open-fd:${b}`),
  ];
  const toRight = left.writable.getWriter();
  await toRight.write(batchOf("there"));
  await toRight.close();
  const atRight = right.readable.getReader();
  assertEquals(await text(atRight), ["there"]);
  assertEquals(await text(atRight), undefined);
  await right.writable.getWriter().write(batchOf("and back"));
  assertEquals(await text(left.readable.getReader()), ["and back"]);
  await left.close();
  await right.close();
});

testDescriptors("open-fd: a seqpacket socket keeps message bounds", async () => {
  const [a, b] = inheritableSockets(SEQPACKET);
  const [left, right] = [
    await openSpecifier(family, `open-fd:${a}`),
    await openSpecifier(family, `open-fd:${b}`),
  ];
  await left.writable.getWriter().write(batchOf("one", "two"));
  assertEquals(await text(right.readable.getReader()), ["one", "two"]);
  await left.close();
  await right.close();
});

testDescriptors("open-fd: a file is used where it stands", async (directory) => {
  const path = `${directory}/file`;
  await Deno.writeTextFile(path, "old ");
  const peer = await openSpecifier(family, `open-fd:${inheritableFile(path, APPEND)}`);
  await peer.writable.getWriter().write(batchOf("and ", "new"));
  await peer.close();
  assertEquals(await Deno.readTextFile(path), "old and new");
});

testDescriptors("open-fd: a descriptor of the runtime's own is refused", async (directory) => {
  using _open = await Deno.open(directory);
  const own = openDescriptorOf(directory);
  for (const fd of [own, 999_999]) {
    const error = await assertRejects(
      () => openSpecifier(family, `open-fd:${fd}`),
      WirecatError,
      `no descriptor ${fd} was inherited`,
    );
    assert(error.hint!.includes(`${fd}<>FILE`));
  }
});

Deno.test("open-fd: takes only a number", () => {
  const registry = new Registry([family]);
  for (const argument of ["", "x", "-1", "1.5"]) {
    assertThrows(
      () => opener(parseSpecifier(`open-fd:${argument}`, registry), testEnv()),
      WirecatError,
      "needs the number of a descriptor",
    );
  }
});
