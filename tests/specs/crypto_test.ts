import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type Batch, BINARY, CONTINUED, MORE } from "../../lib/core/batch.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import { connector } from "../../lib/core/opener.ts";
import type { Peer } from "../../lib/core/peer.ts";
import { family } from "../../specs/crypto.ts";
import {
  batchOf,
  MemoryOpener,
  type Message,
  MessageReader,
  overlayOpener,
  request,
  testEnv,
} from "../peers.ts";

const KEY = `base64:${new Uint8Array(32).fill(9).toBase64()}`;

/** A peer that gives back what is written to it, all in one batch. */
function echo(): Peer {
  const kept: Batch[] = [];
  return {
    info: { name: "echo:" },
    readable: new ReadableStream<Batch>({
      pull(controller) {
        const batch = kept.shift();
        if (batch === undefined) controller.close();
        else controller.enqueue(batch);
      },
    }, { highWaterMark: 0 }),
    writable: new WritableStream<Batch>({ write: (batch) => void kept.push(batch.copy()) }),
    close() {},
  };
}

async function through(options: Record<string, unknown>, ...messages: Message[]) {
  const inner = connector(() => Promise.resolve(echo()));
  const env = testEnv({ "crypto-key": KEY, ...options });
  const peer = await overlayOpener(family, "crypto", inner, env).open(request());
  await peer.writable.getWriter().write(batchOf(...messages));
  return await new MessageReader(peer.readable).rest();
}

Deno.test("crypto: what was written can be read with the same key", async () => {
  assertEquals(await through({}, "one", "", "two"), ["one", "", "two"]);
});

Deno.test("crypto: a message in parts is sealed as one", async () => {
  assertEquals(await through({}, ["on", BINARY | MORE], ["e", BINARY | CONTINUED]), ["one"]);
});

Deno.test("crypto: a bad message fails the connection", async () => {
  const inner = new MemoryOpener();
  const env = testEnv({ "crypto-key": KEY });
  const peer = await overlayOpener(family, "crypto", inner, env).open(request());
  inner.peers[0].push("not sealed, but long enough to be so");
  await assertRejects(() => new MessageReader(peer.readable).rest(), WirecatError, "crypto:");
});

Deno.test("crypto: --crypto-reverse seals what is read and opens what is written", async () => {
  const inner = new MemoryOpener();
  const env = testEnv({ "crypto-key": KEY, "crypto-reverse": true });
  const peer = await overlayOpener(family, "crypto", inner, env).open(request());
  inner.peers[0].push("hello");
  const reader = peer.readable.getReader();
  const sealed = (await reader.read()).value!.copy();
  assertEquals(sealed.bytes.length, 5 + 28);
  await peer.writable.getWriter().write(sealed);
  assertEquals(inner.peers[0].written, ["hello"]);
});

Deno.test("crypto: a key that cannot be is a usage error before anything is opened", () => {
  const inner = new MemoryOpener();
  for (const key of [undefined, "secret", "base64:AAAA"]) {
    const env = testEnv({ "crypto-key": key });
    const error = assertThrows(() => overlayOpener(family, "crypto", inner, env), WirecatError);
    assertEquals(error.kind, "usage");
  }
  assertEquals(inner.attempts, 0);
});

Deno.test("crypto: a key file that cannot be read closes the connection, and is tried again", async () => {
  const inner = new MemoryOpener();
  const path = await Deno.makeTempFile();
  await Deno.remove(path);
  const env = testEnv({ "crypto-key": `file:${path}` });
  const opener = overlayOpener(family, "crypto", inner, env);
  await assertRejects(() => opener.open(request()), WirecatError, path);
  assertEquals(inner.peers[0].closes, 1);
  await Deno.writeFile(path, new Uint8Array(32));
  try {
    await (await opener.open(request())).close();
  } finally {
    await Deno.remove(path);
  }
});
