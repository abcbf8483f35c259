import { assert, assertEquals, assertRejects } from "@std/assert";
import { serveMany, serveOne, type Service } from "../../lib/cli/serve.ts";
import { OutputClosed, WirecatError } from "../../lib/core/errors.ts";
import { Answered, type Opener } from "../../lib/core/opener.ts";
import type { Ending } from "../../lib/core/peer.ts";
import { BOTH_WAYS } from "../../lib/core/session.ts";
import { MemoryListener, MemoryOpener, MemoryPeer, settle, testEnv } from "../peers.ts";

/** A peer that notes the code it is ended with. */
class EndedPeer extends MemoryPeer {
  readonly codes: (number | undefined)[] = [];
  closed?: Promise<Ending>;

  shutdown(code?: number): Promise<void> {
    this.codes.push(code);
    return Promise.resolve();
  }
}

const opening = (peer: MemoryPeer): Opener => ({ open: () => Promise.resolve(peer) });

/** A service of two openers, with what its parts are told. */
function service(left: Opener, right: Opener, more: Partial<Service> = {}) {
  const controller = new AbortController();
  const env = testEnv({}, [], 2, controller.signal);
  const whole: Service = { left, right, rules: BOTH_WAYS, env, conncap: Infinity, ...more };
  return { ...whole, controller, lines: env.lines };
}

function two() {
  const left = new EndedPeer("left");
  const right = new EndedPeer("right");
  return { left, right, service: service(opening(left), opening(right)) };
}

Deno.test("serveOne: both peers are closed when the session is over", async () => {
  const { left, right, service } = two();
  left.push("a");
  left.end();
  right.end();
  await serveOne(service);
  assertEquals([right.written, left.closes, right.closes], [["a"], 1, 1]);
  assertEquals([left.codes, right.codes], [[], []]);
});

Deno.test("serveOne: the right side knows what the left one is connected to", async () => {
  const { left, right, service } = two();
  const seen: unknown[] = [];
  left.end();
  right.end();
  await serveOne({
    ...service,
    right: {
      open(request) {
        seen.push(request.left?.name);
        return Promise.resolve(right);
      },
    },
  });
  assertEquals(seen, ["left"]);
});

Deno.test("serveOne: when the right side cannot be opened the left one is told and closed", async () => {
  const { left, service } = two();
  const right = new MemoryOpener();
  right.failNext(new WirecatError("connection", "refused"));
  await assertRejects(() => serveOne({ ...service, right }), WirecatError, "refused");
  assertEquals([left.codes, left.closes], [[1011], 1]);
});

Deno.test("serveOne: an error of one peer is told to both", async () => {
  const { left, right, service } = two();
  right.fail(new WirecatError("protocol", "nonsense"));
  await assertRejects(() => serveOne(service), WirecatError, "nonsense");
  assertEquals([left.codes, right.codes, left.closes, right.closes], [[1011], [1011], 1, 1]);
});

Deno.test("serveOne: an abort tells both that we go, and is no error", async () => {
  const { left, right, service } = two();
  const serving = serveOne(service);
  left.push("a");
  await right.next();
  service.controller.abort(new Error("interrupted"));
  await serving;
  assertEquals([left.codes, right.codes, left.closes, right.closes], [[1001], [1001], 1, 1]);
});

Deno.test("serveOne: an abort while the right side is opened tells the left one", async () => {
  const { left, service } = two();
  const asked = Promise.withResolvers<void>();
  const serving = serveOne({
    ...service,
    right: {
      open: ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
          asked.resolve();
        }),
    },
  });
  await asked.promise;
  service.controller.abort(new Error("interrupted"));
  await serving;
  assertEquals([left.codes, left.closes], [[1001], 1]);
});

Deno.test("serveOne: an abort does not wait for an opening that cannot be called off", async () => {
  const { left, service } = two();
  const asked = Promise.withResolvers<void>();
  const serving = serveOne({
    ...service,
    right: {
      open() {
        asked.resolve();
        return new Promise(() => {});
      },
    },
  });
  await asked.promise;
  const began = performance.now();
  service.controller.abort(new Error("interrupted"));
  await serving;
  assert(performance.now() - began < 20_000);
  assertEquals(left.closes, 1);
});

Deno.test("serveOne: a peer that is opened in spite of an abort is closed", async () => {
  const { right, service } = two();
  const late = Promise.withResolvers<MemoryPeer>();
  const asked = Promise.withResolvers<void>();
  const serving = serveOne({
    ...service,
    right: {
      open() {
        asked.resolve();
        return late.promise;
      },
    },
  });
  await asked.promise;
  service.controller.abort(new Error("interrupted"));
  await settle();
  late.resolve(right);
  await serving;
  assertEquals([right.codes, right.closes], [[1001], 1]);
});

Deno.test("serveOne: a peer that does not let itself be told is closed all the same", async () => {
  const { left, right, service } = two();
  left.shutdown = () => new Promise(() => {});
  right.shutdown = () => Promise.reject(new Error("no"));
  const serving = serveOne(service);
  left.push("a");
  await right.next();
  service.controller.abort();
  await serving;
  assertEquals([left.closes, right.closes], [1, 1]);
});

Deno.test("serveOne: output that nobody reads ends it; the others are told that we go", async () => {
  const { left, right, service } = two();
  left.failWrites(new OutputClosed());
  right.push("tick");
  await assertRejects(() => serveOne(service), OutputClosed);
  assertEquals([right.codes, right.closes], [[1001], 1]);
});

for (
  const [code, ours, good] of [
    [1000, false, true],
    [1001, false, true],
    [1005, false, true],
    [3000, false, true],
    [4999, false, true],
    [1006, false, false],
    [1002, false, false],
    [1011, false, false],
    [1006, true, true],
    [1011, true, true],
  ] as const
) {
  const whose = ours ? "in answer to ours" : "of their own";
  Deno.test(`serveOne: a close with ${code} ${whose} is ${good ? "a success" : "none"}`, async () => {
    const { left, right, service } = two();
    const said: string[] = [];
    right.closed = Promise.resolve({ code, reason: "why", ours });
    right.end();
    const serving = serveOne({ ...service, onClosed: (text) => said.push(text) });
    if (good) await serving;
    else await assertRejects(() => serving, WirecatError, "right closed: " + code);
    assertEquals([left.closes, said.length], [1, good && !ours ? 1 : 0]);
  });
}

Deno.test("serveMany: each client has a session of its own, with a right side of its own", async () => {
  const left = new MemoryListener();
  const right = new MemoryOpener();
  const { controller, ...parts } = service(left, right);
  const serving = serveMany(parts);
  const clients = [left.connect(), left.connect()];
  clients[0].push("a");
  clients[1].push("b");
  const rights = [await right.opened(), await right.opened()];
  assertEquals([await rights[0].next(), await rights[1].next()], ["a", "b"]);
  rights[0].push("only to the first");
  assertEquals(await clients[0].next(), "only to the first");
  assertEquals(clients[1].written, []);
  controller.abort();
  await serving;
  assertEquals([...clients, ...rights].map(({ closes }) => closes), [1, 1, 1, 1]);
  assertEquals(left.listening, 0);
});

Deno.test("serveMany: an error ends one session, and is told of in one line", async () => {
  const left = new MemoryListener();
  const right = new MemoryOpener();
  right.failNext(
    new WirecatError("connection", "refused", { hint: "who listens?" }),
    new WirecatError("abnormal", "vanished"),
    new Answered("answered a request"),
  );
  const { controller, lines, ...parts } = service(left, right);
  const serving = serveMany(parts);
  const failed = [left.connect(), left.connect(), left.connect()];
  await Promise.all(failed.map(({ gone }) => gone));
  const client = left.connect();
  client.push("still served");
  assertEquals(await (await right.opened()).next(), "still served");
  controller.abort();
  await serving;
  assertEquals(lines, [
    "wirecat: error: refused",
    "  who listens?",
    "wirecat: vanished",
    "wirecat: answered a request",
  ]);
});

Deno.test("serveMany: an abort says nothing of sessions that were being opened", async () => {
  const left = new MemoryListener();
  const asked = Promise.withResolvers<void>();
  const { controller, lines, ...parts } = service(left, {
    open({ signal }) {
      asked.resolve();
      return new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(new Error("called off")))
      );
    },
  });
  const serving = serveMany(parts);
  const client = left.connect();
  await asked.promise;
  controller.abort();
  await serving;
  assertEquals([lines, client.closes], [[], 1]);
});

Deno.test("serveMany: clients beyond --conncap are closed unserved, until a place is free", async () => {
  const left = new MemoryListener();
  const right = new MemoryOpener();
  const { controller, lines, ...parts } = service(left, right, { conncap: 1 });
  const serving = serveMany(parts);
  const first = left.connect();
  const firstRight = await right.opened();
  const second = left.connect();
  await second.gone;
  assertEquals([second.pulls, right.attempts, lines.length], [0, 1, 1]);
  first.end();
  firstRight.end();
  await first.gone;
  await settle();
  left.connect();
  await right.opened();
  controller.abort();
  await serving;
});

Deno.test("serveMany: output that nobody reads ends all sessions, and the listener", async () => {
  const left = new MemoryListener();
  const right = new MemoryOpener((peer) => peer.failWrites(new OutputClosed()));
  const parts = service(left, right);
  const serving = serveMany(parts);
  const idle = left.connect();
  await right.opened();
  const writing = left.connect();
  writing.push("x");
  await serving;
  assertEquals([left.listening, idle.closes, writing.closes, parts.lines], [0, 1, 1, []]);
});

Deno.test("serveMany: sessions leave nothing behind at the run's signal", async () => {
  const left = new MemoryListener();
  const right = new MemoryOpener((peer) => peer.end());
  const { controller, ...parts } = service(left, right);
  let listeners = 0;
  const { signal } = controller;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners++;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners--;
    remove(...args);
  };
  const serve = async () => {
    const peer = new MemoryPeer();
    peer.end();
    await serveOne(parts, opening(peer));
  };
  await serve();
  const once = listeners;
  for (let i = 0; i < 10; i++) await serve();
  assertEquals(listeners, once);
});

Deno.test("serveOne: an abort does not wait for a preamble that is not taken", async () => {
  const { left, right, service } = two();
  right.block();
  const serving = serveOne({ ...service, rules: { ...BOTH_WAYS, preamble: ["hello"] } });
  await settle();
  service.controller.abort(new Error("interrupted"));
  await serving;
  assertEquals([left.closes, right.closes, right.codes], [1, 1, [1001]]);
});
