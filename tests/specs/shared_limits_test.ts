/** A message that one session's peer cannot take, where many sessions share that peer. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { Batch, CONTINUED, MORE, TEXT } from "../../lib/core/batch.ts";
import type { ListenAddress, Opener } from "../../lib/core/opener.ts";
import { opener, parseSpecifier } from "../../lib/core/specifier.ts";
import { Registry, type SpecFamily } from "../../lib/core/registry.ts";
import { family as broadcast } from "../../specs/broadcast.ts";
import { family as lengthPrefixed } from "../../specs/lengthprefixed.ts";
import { family as reuseRaw } from "../../specs/reuse_raw.ts";
import { family as seqpacket } from "../../specs/seqpacket.ts";
import { family as udp } from "../../specs/udp.ts";
import { nextClient, readMessages, testDescriptors } from "../ffi/descriptor_test_case.ts";
import { batchOf, MemoryOpener, overlayOpener, request, type TestEnv, testEnv } from "../peers.ts";

function open(specifier: string, family: SpecFamily, env: TestEnv): Opener {
  const registry = new Registry([broadcast, reuseRaw, family]);
  return opener(parseSpecifier(specifier, registry), env);
}

/** One session writes what the peer cannot take; the other one goes on, and so does the first. */
async function writeTooLong(shared: Opener, tooLong: Batch[]): Promise<() => Promise<void>> {
  const [one, other] = [await shared.open(request()), await shared.open(request())];
  const [bad, good] = [one.writable.getWriter(), other.writable.getWriter()];
  for (const batch of tooLong) await bad.write(batch);
  await good.write(batchOf(["good", TEXT]));
  await bad.write(batchOf(["good again", TEXT]));
  return async () => {
    await one.close();
    await other.close();
  };
}

for (const name of ["broadcast", "reuse-raw"]) {
  Deno.test(`${name}:udp: a message that fits in no datagram ends nobody's session`, async () => {
    const end = new AbortController();
    const env = testEnv({}, [udp], 2, end.signal);
    let port = 0;
    const listening = {
      ...testEnv({}, [udp]),
      onListening: (at: ListenAddress) => port = "port" in at ? at.port : 0,
    };
    const receiver = await open("udp-l:127.0.0.1:0", udp, listening).open(request());
    const close = await writeTooLong(open(`${name}:udp:127.0.0.1:${port}`, udp, env), [
      Batch.of(new Uint8Array(70_000), TEXT),
      Batch.of(new Uint8Array(60_000), TEXT | MORE),
      Batch.of(new Uint8Array(60_000), TEXT | CONTINUED),
    ]);
    assertEquals(await readMessages(receiver.readable.getReader(), 2), ["good", "good again"]);
    assertStringIncludes(env.lines.join("\n"), "dropped a message of 70000 bytes: a UDP datagram");
    assertEquals(env.lines.filter((line) => line.includes("warning")).length, 1);
    await close();
    end.abort();
    await receiver.close();
  });
}

Deno.test("broadcast:lengthprefixed: a message too long for the header ends nobody's session", async () => {
  const end = new AbortController();
  const env = testEnv({ "lengthprefixed-nbytes": 1 }, [], 2, end.signal);
  const inner = new MemoryOpener();
  const prefixed = overlayOpener(lengthPrefixed, "lengthprefixed", inner, env);
  const close = await writeTooLong(overlayOpener(broadcast, "broadcast", prefixed, env), [
    Batch.of(new Uint8Array(256), TEXT),
    Batch.of(new Uint8Array(257), TEXT),
  ]);
  assertEquals(inner.peers[0].written, ["\x04good", "\x0agood again"]);
  assertStringIncludes(env.lines.join("\n"), "lengthprefixed: dropped a message of 256 bytes");
  assertEquals(env.lines.filter((line) => line.includes("warning")).length, 1);
  await close();
  end.abort();
});

testDescriptors(
  "broadcast:seqpacket: a message too long for a packet ends nobody's session",
  async (directory) => {
    const path = `${directory}/s`;
    const end = new AbortController();
    const env = testEnv({}, [seqpacket], 2, end.signal);
    const listening = open(`seqpacket-l:${path}`, seqpacket, testEnv({}, [seqpacket]));
    const listener = await listening.listen!(request());
    const shared = open(`broadcast:seqpacket:${path}`, seqpacket, env);
    const close = await writeTooLong(shared, [
      Batch.of(new Uint8Array(64 * 1024 * 1024), TEXT),
      Batch.of(new Uint8Array(10), TEXT | MORE),
      Batch.of(new Uint8Array(1024 * 1024), TEXT | CONTINUED),
    ]);
    const server = await nextClient(listener);
    assertEquals(await readMessages(server.readable.getReader(), 2), ["good", "good again"]);
    assertStringIncludes(env.lines.join("\n"), `dropped a message of ${64 * 1024 * 1024} bytes`);
    await close();
    end.abort();
    await server.close();
    listener.close();
  },
);
