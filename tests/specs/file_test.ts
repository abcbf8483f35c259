import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import type { Batch } from "../../lib/core/batch.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import { openToRead } from "../../lib/file/file.ts";
import { opener, parseSpecifier, trait } from "../../lib/core/specifier.ts";
import { Registry } from "../../lib/core/registry.ts";
import { family } from "../../specs/file.ts";
import { batchOf, MessageReader, testEnv } from "../peers.ts";
import { openSpecifier } from "./endpoint.ts";

const linux = Deno.build.os === "linux";
const unix = Deno.build.os !== "windows";

/** A test with a folder of its own. */
function test(
  name: string,
  run: (folder: string) => Promise<void>,
  options: Omit<Deno.TestDefinition, "fn" | "name"> = {},
): void {
  Deno.test(name, options, async () => {
    const folder = await Deno.makeTempDir();
    try {
      await run(folder);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

async function readAll(readable: ReadableStream<Batch>): Promise<Uint8Array> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const reader = readable.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    chunks.push(next.value.join().slice());
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

test("readfile: gives the bytes of the file, then the end", async (folder) => {
  for (const size of [0, 1, 1023, 65536, 262_144, 1_000_001]) {
    const bytes = new Uint8Array(size).map((_, i) => i * 7 + (i >> 9));
    await Deno.writeFile(`${folder}/a`, bytes);
    const peer = await openSpecifier(family, `readfile:${folder}/a`);
    assertEquals(await readAll(peer.readable), bytes);
    await peer.close();
  }
});

test("readfile: a small file is one read, and -B bounds a read", async (folder) => {
  await Deno.writeTextFile(`${folder}/a`, "x".repeat(5000));
  const peer = await openSpecifier(family, `readfile:${folder}/a`);
  assertEquals((await new MessageReader(peer.readable).rest()).map((m) => m.length), [5000]);
  await peer.close();
  const small = await openSpecifier(family, `readfile:${folder}/a`, {
    options: { "buffer-size": 2000 },
  });
  const lengths = (await new MessageReader(small.readable).rest()).map((m) => m.length);
  assertEquals(lengths, [2000, 2000, 1000]);
  await small.close();
});

test("readfile: a file whose size is not known beforehand is read to its end", async () => {
  const peer = await openSpecifier(family, "readfile:/proc/self/status");
  const text = new TextDecoder().decode(await readAll(peer.readable));
  assertStringIncludes(text, "nonvoluntary_ctxt_switches");
  await peer.close();
}, { ignore: !linux });

test("readfile: what is written is thrown away", async (folder) => {
  await Deno.writeTextFile(`${folder}/a`, "text");
  const peer = await openSpecifier(family, `readfile:${folder}/a`);
  const writer = peer.writable.getWriter();
  await writer.write(batchOf("x", "y"));
  await writer.close();
  assertEquals(await new MessageReader(peer.readable).rest(), ["text"]);
  await peer.close();
  assertEquals(await Deno.readTextFile(`${folder}/a`), "text");
});

test("readfile: a missing file and a directory are clear errors", async (folder) => {
  const error = await assertRejects(
    () => openSpecifier(family, `readfile:${folder}/none`),
    WirecatError,
    `cannot open ${folder}/none: there is no such file`,
  );
  assertEquals(error.kind, "connection");
  await assertRejects(
    () => openSpecifier(family, `readfile:${folder}`),
    WirecatError,
    `cannot open ${folder}: it is a directory`,
  );
});

test("readfile: after closing there is nothing more to read", async (folder) => {
  await Deno.writeFile(`${folder}/a`, new Uint8Array(1_000_000));
  const peer = await openSpecifier(family, `readfile:${folder}/a`);
  const reader = peer.readable.getReader();
  await reader.read();
  await peer.close();
  await peer.close();
  assertEquals((await reader.read()).done, true);
});

test("writefile: holds what was written, in place of what was there", async (folder) => {
  await Deno.writeTextFile(`${folder}/a`, "something longer");
  const peer = await openSpecifier(family, `writefile:${folder}/a`);
  assertEquals(await Deno.readTextFile(`${folder}/a`), "");
  const writer = peer.writable.getWriter();
  await writer.write(batchOf("one ", "", "two "));
  await writer.write(batchOf("three"));
  await writer.close();
  await peer.close();
  assertEquals(await Deno.readTextFile(`${folder}/a`), "one two three");
});

test("writefile: makes a file that does not exist", async (folder) => {
  const peer = await openSpecifier(family, `writefile:${folder}/new`);
  await peer.close();
  assertEquals(await Deno.readTextFile(`${folder}/new`), "");
});

test("writefile: a write under way when it is closed is not lost", async (folder) => {
  const peer = await openSpecifier(family, `writefile:${folder}/a`);
  const writing = peer.writable.getWriter().write(batchOf("x".repeat(3_000_000)));
  await peer.close();
  await writing;
  assertEquals((await Deno.stat(`${folder}/a`)).size, 3_000_000);
});

for (const name of ["writefile", "appendfile"]) {
  test(`${name}: there is nothing to read from it`, async (folder) => {
    const peer = await openSpecifier(family, `${name}:${folder}/a`);
    assertEquals(await new MessageReader(peer.readable).rest(), []);
    await peer.close();
  });

  test(`${name}: a missing folder and a directory are clear errors`, async (folder) => {
    await assertRejects(
      () => openSpecifier(family, `${name}:${folder}/none/a`),
      WirecatError,
      `cannot open ${folder}/none/a: its folder does not exist`,
    );
    await assertRejects(
      () => openSpecifier(family, `${name}:${folder}`),
      WirecatError,
      `cannot open ${folder}: it is a directory`,
    );
  });

  test(`${name}: a full disk is a clear error`, async () => {
    const peer = await openSpecifier(family, `${name}:/dev/full`);
    const error = await assertRejects(
      () => peer.writable.getWriter().write(batchOf("x")),
      WirecatError,
      "cannot write to /dev/full: no space left on device",
    );
    assertStringIncludes(error.hint!, "full");
    await peer.close();
  }, { ignore: !linux });
}

test("appendfile: adds to what is there, and two writers do not overwrite each other", async (folder) => {
  await Deno.writeTextFile(`${folder}/a`, "0");
  const peers = [
    await openSpecifier(family, `appendfile:${folder}/a`),
    await openSpecifier(family, `appendfile:${folder}/a`),
  ];
  const writers = peers.map((peer) => peer.writable.getWriter());
  for (const [i, text] of ["1", "2", "3", "4"].entries()) {
    await writers[i % 2].write(batchOf(text));
  }
  for (const peer of peers) await peer.close();
  assertEquals(await Deno.readTextFile(`${folder}/a`), "01234");
});

test("readfile: waiting for a named pipe's other end stops when the run ends", async (folder) => {
  await new Deno.Command("mkfifo", { args: [`${folder}/pipe`] }).output();
  const controller = new AbortController();
  const path = `${folder}/pipe`;
  const opening = openToRead({ name: `readfile:${path}`, path, signal: controller.signal });
  controller.abort(new Error("the run ended"));
  await assertRejects(() => opening, Error, "the run ended");
  // The runtime still opens it: the other end lets that come to its end, a moment later. Once
  // there is nothing to open any more, that cannot come too late to find it.
  const otherEnd = await Deno.open(path, { read: true, write: true });
  await Deno.remove(path);
  otherEnd.close();
}, { ignore: !unix, sanitizeOps: false, sanitizeResources: false });

Deno.test("files: a path is needed", () => {
  const registry = new Registry([family]);
  for (const name of ["readfile:", "writefile:", "appendfile:"]) {
    assertThrows(
      () => opener(parseSpecifier(name, registry), testEnv()),
      WirecatError,
      `${name} needs a path`,
    );
  }
});

Deno.test("files: sessions share those that are written", () => {
  const registry = new Registry([family]);
  const shared = ["readfile:a", "writefile:a", "appendfile:a"]
    .map((text) => trait(parseSpecifier(text, registry), "sharedWriter") === true);
  assertEquals(shared, [false, true, true]);
});
