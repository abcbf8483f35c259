import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Batch, CONTINUED, MORE } from "../../lib/core/batch.ts";
import { SharedPeer } from "../../lib/overlay/shared_peer.ts";
import { batchOf, MemoryOpener, testEnv } from "../peers.ts";

const MIB = 1024 * 1024;

/** One who writes; what it failed with is kept. */
class Writer {
  readonly name: string;
  gone = false;
  failure?: unknown;

  constructor(name: string) {
    this.name = name;
  }

  fail(error: unknown): void {
    this.failure = error;
  }
}

Deno.test("shared peer: of too many long messages at once, the one that stopped first is given up", async () => {
  const inner = new MemoryOpener();
  const env = testEnv();
  const { log, signal } = env;
  const options = { log, signal, maxMessage: 2 * MIB, maxUnfinished: 3 * MIB };
  const shared = new SharedPeer(inner, options, { failed: () => {} });
  await shared.acquire();
  const [a, b, c] = ["a", "b", "c"].map((name) => new Writer(name));
  const part = (flags: number) => Batch.of(new Uint8Array(MIB), flags);
  for (const writer of [a, b, c]) await shared.write(writer, part(MORE));
  await shared.write(a, part(MORE | CONTINUED));
  assertEquals([a.failure, c.failure], [undefined, undefined]);
  assertStringIncludes(String(b.failure), "b stopped in the middle of a message");
  assertStringIncludes(env.lines[0], "b stopped in the middle of a message, which is dropped");
  await assertRejects(() => shared.write(b, batchOf(["end", CONTINUED])), Error, "b stopped");
  await shared.write(c, batchOf(["end", CONTINUED]));
  await shared.write(a, batchOf(["", CONTINUED]));
  assertEquals(inner.peers[0].written.map((message) => message.length), [
    MIB + 1,
    4,
    MIB + 1,
    MIB + 1,
  ]);
});

Deno.test("shared peer: a write that fails is everybody's failure, and the next one opens it anew", async () => {
  const inner = new MemoryOpener();
  const { log, signal } = testEnv();
  const failures: unknown[] = [];
  const shared = new SharedPeer(inner, { log, signal, maxMessage: MIB }, {
    failed: (error) => failures.push(error),
  });
  await shared.acquire();
  const writer = new Writer("a");
  await shared.write(writer, batchOf(["half", MORE]));
  const cut = new Error("cut");
  inner.peers[0].failWrites(cut);
  await assertRejects(
    () => shared.write(writer, batchOf(["end", CONTINUED], "next")),
    Error,
    "cut",
  );
  assertEquals(failures, [cut]);
  await shared.acquire();
  await shared.write(new Writer("b"), batchOf("whole"));
  assertEquals(inner.peers[1].written, ["whole"]);
});
