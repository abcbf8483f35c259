import { assertEquals, assertRejects } from "@std/assert";
import { exitStatus, WirecatError } from "../../lib/core/errors.ts";
import { family } from "../../specs/assert.ts";
import { batchOf, MessageReader } from "../peers.ts";
import { openSpecifier } from "./endpoint.ts";

/** Writes batches to a fresh assertion and closes it. */
async function feed(specifier: string, ...batches: string[][]): Promise<void> {
  const peer = await openSpecifier(family, specifier);
  const writer = peer.writable.getWriter();
  writer.closed.catch(() => {});
  try {
    for (const texts of batches) await writer.write(batchOf(...texts));
    await writer.close();
  } finally {
    await peer.close();
  }
}

for (const name of ["assert:", "assert2:"]) {
  Deno.test(`${name} the expected input passes, however it is cut`, async () => {
    await feed(`${name}hello`, ["hello"]);
    await feed(`${name}hello`, ["h", "", "el"], ["lo"]);
    await feed(name);
    await feed(name, [""]);
  });

  Deno.test(`${name} a difference has exit status 10 and names its place`, async () => {
    const error = await assertRejects(
      () => feed(`${name}hello world`, ["hello"], [" there"]),
      WirecatError,
      `${name} the input differs at byte 6: expected "world", got "there"`,
    );
    assertEquals(exitStatus(error), 10);
  });

  Deno.test(`${name} input that ends early fails`, async () => {
    await assertRejects(
      () => feed(`${name}hello`, ["hel"]),
      WirecatError,
      'differs at byte 3: expected "lo", got the end',
    );
    await assertRejects(() => feed(`${name}hello`), WirecatError, "byte 0");
  });

  Deno.test(`${name} more than expected fails`, async () => {
    await assertRejects(
      () => feed(`${name}hello`, ["hello\n"]),
      WirecatError,
      'differs at byte 5: expected the end, got "\\n"',
    );
  });
}

Deno.test("assert: long differences are shortened, odd bytes are escaped", async () => {
  await assertRejects(
    () => feed(`assert:${"x".repeat(1000)}`, ['ü"\\' + "y".repeat(1000)]),
    WirecatError,
    `expected "${"x".repeat(32)}"…, got "\\xc3\\xbc\\"\\\\${"y".repeat(28)}"…`,
  );
});

Deno.test("assert: there is nothing to read from it", async () => {
  const peer = await openSpecifier(family, "assert:hello");
  assertEquals(await new MessageReader(peer.readable).rest(), []);
  await peer.close();
});

Deno.test("assert: an aborted input is not judged", async () => {
  const peer = await openSpecifier(family, "assert:hello");
  await peer.writable.abort();
  await peer.close();
});

Deno.test("assert: closing refuses further writes", async () => {
  const peer = await openSpecifier(family, "assert:hello");
  await peer.close();
  await assertRejects(() => peer.writable.getWriter().write(batchOf("hello")), Error, "closed");
});
