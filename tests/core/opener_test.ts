import { assert, assertEquals, assertRejects } from "@std/assert";
import { Answered, connector, type Listener, listener, overPeer } from "../../lib/core/opener.ts";
import { derivePeer } from "../../lib/core/streams.ts";
import { MemoryListener, MemoryOpener, MemoryPeer, request, settle, testEnv } from "../peers.ts";

Deno.test("connector: opens, and does not listen", async () => {
  const peer = new MemoryPeer();
  const opener = connector(() => Promise.resolve(peer));
  assertEquals([await opener.open(request()), opener.listen], [peer, undefined]);
});

Deno.test("listener: opening it takes the first client and stops listening", async () => {
  const inner = new MemoryListener();
  const opener = listener(() => inner.listen());
  const peer = inner.connect();
  assert(await opener.open(request()) === peer);
  assertEquals([inner.listening, inner.listened], [0, 1]);
});

Deno.test("listener: clients that fail before are told of, and the next is taken", async () => {
  const { log, lines } = testEnv();
  const peer = new MemoryPeer();
  const opener = listener(() =>
    Promise.resolve(clients(
      () => Promise.reject(new Error("no handshake")),
      () => Promise.reject(new Answered("answered a request")),
      () => Promise.resolve(peer),
    )), log);
  assert(await opener.open(request()) === peer);
  assertEquals(lines, ["wirecat: error: no handshake", "wirecat: answered a request"]);
});

function clients(...opens: (() => Promise<MemoryPeer>)[]): Listener {
  return {
    close() {},
    async *[Symbol.asyncIterator]() {
      for (const open of opens) yield await Promise.resolve({ open });
    },
  };
}

Deno.test("listener: an abort ends the wait for a client", async () => {
  const inner = new MemoryListener();
  const controller = new AbortController();
  const opening = listener(() => inner.listen()).open(request(controller));
  await settle();
  controller.abort(new Error("interrupted"));
  await assertRejects(() => opening, Error, "interrupted");
  assertEquals(inner.listening, 0);
});

Deno.test("listener: one that ends before a client came says so", async () => {
  const opener = listener(() => Promise.resolve(clients()));
  await assertRejects(() => opener.open(request()), Error, "before a client came");
});

Deno.test("overPeer: wraps what a connector opens", async () => {
  const inner = new MemoryOpener();
  const opener = overPeer(inner, (peer) => derivePeer(peer, { info: { name: "wrapped" } }));
  assertEquals([(await opener.open(request())).info.name, opener.listen], ["wrapped", undefined]);
});

Deno.test("overPeer: what cannot be wrapped is closed", async () => {
  const inner = new MemoryOpener();
  const opener = overPeer(inner, () => Promise.reject(new Error("no handshake")));
  await assertRejects(() => opener.open(request()), Error, "no handshake");
  assertEquals(inner.peers[0].closes, 1);
});

Deno.test("overPeer: over a listener each client is wrapped when it is opened, not before", async () => {
  const inner = new MemoryListener();
  let wrapped = 0;
  const opener = overPeer(inner, (peer) => {
    wrapped++;
    return derivePeer(peer, { info: { name: `${peer.info.name} wrapped` } });
  });
  const listening = await opener.listen!(request());
  inner.connect();
  inner.connect();
  const found: string[] = [];
  for await (const client of listening) {
    if (found.length === 0) assertEquals(wrapped, 0);
    found.push((await client.open(request())).info.name);
    if (found.length === 2) listening.close();
  }
  assertEquals([found, inner.listening], [["memory client wrapped", "memory client wrapped"], 0]);
});

Deno.test("overPeer: opening it over a listener gives the first client that can be wrapped", async () => {
  const inner = new MemoryListener();
  let tried = 0;
  const { log } = testEnv();
  const opener = overPeer(inner, (peer) => {
    if (++tried === 1) throw new Error("no handshake");
    return peer;
  }, log);
  const first = inner.connect();
  const second = inner.connect();
  assert(await opener.open(request()) === second);
  assertEquals([first.closes, second.closes], [1, 0]);
});
