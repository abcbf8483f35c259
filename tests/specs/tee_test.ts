import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { CONTINUED, MORE } from "../../lib/core/batch.ts";
import { OptionValues } from "../../lib/core/option.ts";
import type { Peer } from "../../lib/core/peer.ts";
import { Registry, type SpecFamily } from "../../lib/core/registry.ts";
import { parseSpecifier } from "../../lib/core/specifier.ts";
import { family } from "../../specs/tee.ts";
import {
  batchOf,
  MemoryOpener,
  type MemoryPeer,
  MessageReader,
  overlayOpener,
  request,
  settle,
  type TestEnv,
  testEnv,
} from "../peers.ts";

/** `memory:`, to be named by `--tee`. */
function memoryFamily(opener: MemoryOpener): SpecFamily {
  return {
    specifiers: [{
      kind: "endpoint",
      names: ["memory"],
      orientation: "messages",
      summary: "",
      opener: () => opener,
    }],
  };
}

/** `tee:` over `main` with `--tee memory:` so many times. */
async function setUp(
  others: number,
  options: Record<string, unknown> = {},
  onMain?: (main: MemoryPeer) => void,
): Promise<{ env: TestEnv; peer: Peer; main: MemoryPeer; extra: MemoryPeer[] }> {
  const inner = new MemoryOpener(onMain);
  const other = new MemoryOpener();
  const env = testEnv({ tee: Array(others).fill("memory:"), ...options }, [memoryFamily(other)]);
  const peer = await overlayOpener(family, "tee", inner, env).open(request());
  return { env, peer, main: inner.peers[0], extra: other.peers };
}

Deno.test("tee: everything that is written goes to all, whatever they do with the bytes", async () => {
  const { peer, main, extra } = await setUp(2);
  const writer = peer.writable.getWriter();
  await writer.write(batchOf("one", "two"));
  await writer.close();
  for (const below of [main, ...extra]) {
    assertEquals(below.written, ["one", "two"]);
    assertEquals(below.writeEnd, "closed");
  }
  await peer.close();
  assertEquals([main, ...extra].map((below) => below.closes), [1, 1, 1]);
});

Deno.test("tee: it ends in order where one of them does", async () => {
  assertEquals((await setUp(1)).peer.shutdown, undefined);
  const codes: (number | undefined)[] = [];
  const shutdown = (code?: number) => Promise.resolve(void codes.push(code));
  const { peer } = await setUp(1, {}, (main) => Object.assign(main, { shutdown }));
  await peer.shutdown!(1001);
  assertEquals(codes, [1001]);
});

Deno.test("tee: writing waits for the slowest", async () => {
  const { peer, extra: [slow] } = await setUp(1);
  slow.block();
  let done = false;
  const write = peer.writable.getWriter().write(batchOf("x")).then(() => done = true);
  await settle();
  assertEquals(done, false);
  slow.unblock();
  await write;
});

Deno.test("tee: what comes from any is read, until all have ended", async () => {
  const { peer, main, extra: [other] } = await setUp(1);
  const reader = new MessageReader(peer.readable);
  main.push("a");
  assertEquals(await reader.next(), "a");
  other.push("b");
  assertEquals(await reader.next(), "b");
  main.end();
  other.push("c");
  assertEquals(await reader.next(), "c");
  other.end();
  assertEquals(await reader.next(), undefined);
});

Deno.test("tee: --tee-propagate-eof ends with the first", async () => {
  const { peer, extra: [other] } = await setUp(1, { "tee-propagate-eof": true });
  other.end();
  assertEquals(await new MessageReader(peer.readable).next(), undefined);
});

Deno.test("tee: no message comes between the parts of another", async () => {
  const { peer, main, extra: [other] } = await setUp(1);
  const reader = new MessageReader(peer.readable);
  main.push(["long", MORE]);
  assertEquals(await reader.next(), "long>");
  const next = reader.next();
  other.push("other");
  await settle();
  main.push([" end", CONTINUED]);
  assertEquals(await next, "< end");
  assertEquals(await reader.next(), "other");
});

Deno.test("tee: a message that is never finished is an error", async () => {
  const { peer, main } = await setUp(1);
  const reader = new MessageReader(peer.readable);
  main.push(["long", MORE]);
  main.end();
  assertEquals(await reader.next(), "long>");
  await assertRejects(() => reader.next(), Error, "ended in the middle of a message");
});

Deno.test("tee: --tee-tolerate-torn-msgs cuts it short", async () => {
  const { peer, main, extra: [other], env } = await setUp(1, { "tee-tolerate-torn-msgs": true });
  const reader = new MessageReader(peer.readable);
  main.push(["long", MORE]);
  main.fail(new Error("cut"));
  assertEquals(await reader.next(), "long>");
  assertEquals(await reader.next(), "<");
  other.push("on");
  assertEquals(await reader.next(), "on");
  assertEquals(env.lines.length, 2);
});

Deno.test("tee: the others go on without one that fails", async () => {
  const { peer, main, extra: [other], env } = await setUp(1);
  const writer = peer.writable.getWriter();
  other.failWrites(new Error("disk full"));
  await writer.write(batchOf("one"));
  await writer.write(batchOf("two"));
  assertEquals(main.written, ["one", "two"]);
  assertStringIncludes(env.lines[0], "memory:0 is no longer written to: disk full");
  assertEquals(env.lines.length, 1);
  main.failWrites(new Error("broken"));
  await assertRejects(() => writer.write(batchOf("three")), Error, "broken");
});

Deno.test("tee: --tee-propagate-failures makes one failure everybody's", async () => {
  const { peer, extra: [other] } = await setUp(1, { "tee-propagate-failures": true });
  other.failWrites(new Error("disk full"));
  await assertRejects(() => peer.writable.getWriter().write(batchOf("x")), Error, "disk full");
  other.fail(new Error("cut"));
  await assertRejects(() => peer.readable.getReader().read(), Error, "cut");
});

Deno.test("tee: without --tee it changes nothing", async () => {
  const { peer, main } = await setUp(0);
  await peer.writable.getWriter().write(batchOf("x"));
  main.push("y");
  main.end();
  assertEquals(await new MessageReader(peer.readable).rest(), ["y"]);
  assertEquals(main.written, ["x"]);
});

Deno.test("tee: when another end cannot be opened the main one is closed", async () => {
  const inner = new MemoryOpener();
  const other = new MemoryOpener();
  other.failNext(new Error("refused"));
  const env = testEnv({ tee: ["memory:", "memory:"] }, [memoryFamily(other)]);
  const opener = overlayOpener(family, "tee", inner, env);
  await assertRejects(() => opener.open(request()), Error, "refused");
  assertEquals([inner.peers[0].closes, other.peers[0].closes], [1, 1]);
});

Deno.test("tee: a wrong specifier after --tee is found when the command line is read", () => {
  const env = testEnv({ tee: ["nonsense:"] }, [family]);
  assertThrows(() => overlayOpener(family, "tee", new MemoryOpener(), env), Error, "nonsense");
});

Deno.test("tee: --tee alone puts tee: on the right side, once", () => {
  const end: SpecFamily = {
    specifiers: [{
      kind: "endpoint",
      names: ["end"],
      orientation: "messages",
      summary: "",
      opener: () => new MemoryOpener(),
    }],
  };
  const registry = new Registry([family, end]);
  const names = (left: string, right: string, tee: string[]) => {
    const context = {
      options: new OptionValues(new Map([["tee", tee]])),
      registry,
      simple: false,
      warn: () => {},
    };
    const pair = {
      left: parseSpecifier(left, registry),
      right: parseSpecifier(right, registry),
    };
    const out = registry.fixups[0].apply(pair, context);
    return [out.left, out.right].map((side) => side.overlays.map((o) => o.names[0]).join());
  };
  assertEquals(names("end:", "end:", ["end:"]), ["", "tee"]);
  assertEquals(names("tee:end:", "end:", ["end:"]), ["tee", ""]);
  assertEquals(names("end:", "end:", []), ["", ""]);
});
