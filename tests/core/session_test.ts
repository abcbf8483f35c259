import { assert, assertEquals, assertRejects } from "@std/assert";
import { CONTINUED, MORE, TEXT } from "../../lib/core/batch.ts";
import { OutputClosed, WirecatError } from "../../lib/core/errors.ts";
import type { Ending } from "../../lib/core/peer.ts";
import { BOTH_WAYS, runSession, type SessionRules } from "../../lib/core/session.ts";
import { MemoryPeer, settle } from "../peers.ts";
import { Clock } from "./clock.ts";

/** A peer with a closing handshake, as a WebSocket has. */
class ClosingPeer extends MemoryPeer {
  readonly #ending = Promise.withResolvers<Ending>();
  readonly closed = this.#ending.promise;
  override mustRead = true;

  /** The other end closes, and sends nothing more. */
  closeFromThere(code = 1000): void {
    this.end();
    this.#ending.resolve({ code, reason: "", ours: this.writeEnd !== undefined });
  }
}

/** A session of two memory peers that is under way. */
function session<R extends MemoryPeer = MemoryPeer>(
  rules: Partial<SessionRules> = {},
  right: R = new MemoryPeer("right") as R,
  left: MemoryPeer = new MemoryPeer("left"),
) {
  const result = { over: false };
  const done = runSession(left, right, { ...BOTH_WAYS, ...rules });
  done.then(() => result.over = true, () => result.over = true);
  return { left, right, done, result };
}

/** Some turns of the event loop: enough for all that does not wait for anything. */
async function turns(): Promise<void> {
  for (let i = 0; i < 5; i++) await settle();
}

// --- Both directions ---

Deno.test("session: messages go both ways, in order", async () => {
  const { left, right, done } = session();
  left.push("a", "b");
  right.push("1");
  left.push("c");
  left.end();
  right.end();
  await done;
  assertEquals(right.written, ["a", "b", "c"]);
  assertEquals(left.written, ["1"]);
});

Deno.test("session: the end of one side is told to the other, which may go on", async () => {
  const { left, right, done, result } = session();
  left.push("question");
  left.end();
  assertEquals(await right.ended, "closed");
  await turns();
  assertEquals(result.over, false);
  right.push("answer");
  right.end();
  await done;
  assertEquals(left.written, ["answer"]);
  assertEquals(await left.ended, "closed");
});

Deno.test("session: the right side may end first, and the left one go on", async () => {
  const { left, right, done, result } = session();
  right.end();
  assertEquals(await left.ended, "closed");
  await turns();
  assertEquals(result.over, false);
  left.push("more");
  assertEquals(await right.next(), "more");
  left.end();
  await done;
});

Deno.test("session: it closes neither peer itself", async () => {
  const { left, right, done } = session();
  left.end();
  right.end();
  await done;
  assertEquals([left.closes, right.closes], [0, 0]);
});

Deno.test("session: an empty message is a message, not an end", async () => {
  const { left, right, done } = session();
  left.push("", "after");
  left.push("");
  left.end();
  right.end();
  await done;
  assertEquals(right.written, ["", "after", ""]);
});

Deno.test("session: a receiver that is slow is waited for", async () => {
  const { left, right, done } = session();
  right.block();
  for (let i = 0; i < 10; i++) left.push(`${i}`);
  await turns();
  assert(left.pulls <= 3, `${left.pulls} batches were asked for`);
  right.unblock();
  left.end();
  right.end();
  await done;
  assertEquals(right.written.length, 10);
});

// --- -E ---

Deno.test("-E: the end of the left side ends the session, after it was told to the right", async () => {
  const { left, right, done } = session({ exitOnEof: true });
  left.push("last");
  left.end();
  await done;
  assertEquals(right.written, ["last"]);
  assertEquals(right.writeEnd, "closed");
  assertEquals(left.writeEnd, undefined);
});

Deno.test("-E: the end of the right side ends the session, after what it sent was handed on", async () => {
  const { left, right, done } = session({ exitOnEof: true });
  right.push("one");
  right.push("two");
  right.end();
  await done;
  assertEquals(left.written, ["one", "two"]);
  assertEquals(left.writeEnd, "closed");
});

Deno.test("-E: a direction that is skipped is not one that has ended", async () => {
  const { left, right, done, result } = session({ exitOnEof: true, skipReverse: true });
  await turns();
  assertEquals(result.over, false);
  left.push("still");
  assertEquals(await right.next(), "still");
  left.end();
  await done;
});

// --- -u, -U ---

Deno.test("-u: nothing goes back, and the end of the left side is the end", async () => {
  const { left, right, done } = session({ skipReverse: true });
  right.push("unheard");
  left.push("heard");
  left.end();
  await done;
  assertEquals([left.written, right.written], [[], ["heard"]]);
});

Deno.test("-u: the left side hears of the end only when the session is over", async () => {
  const { left, right, done } = session({ skipReverse: true });
  await turns();
  assertEquals(left.writeEnd, undefined);
  left.push("a");
  assertEquals(await right.next(), "a");
  assertEquals(left.writeEnd, undefined);
  left.end();
  await done;
  assertEquals([left.writeEnd, right.writeEnd], ["closed", "closed"]);
});

Deno.test("-U: nothing goes forward, and the right side hears of the end only at the end", async () => {
  const { left, right, done } = session({ skipForward: true });
  left.push("unheard");
  left.end();
  right.push("news");
  assertEquals(await left.next(), "news");
  await turns();
  assertEquals(right.writeEnd, undefined);
  right.end();
  await done;
  assertEquals([left.writeEnd, right.writeEnd, right.written], ["closed", "closed", []]);
});

Deno.test("-uU: the session is over at once, and both are told", async () => {
  const { left, right, done } = session({ skipForward: true, skipReverse: true });
  await done;
  assertEquals([left.writeEnd, right.writeEnd], ["closed", "closed"]);
});

Deno.test("-u: a WebSocket is read all the same, for its control frames; a pipe is left alone", async () => {
  const websocket = new ClosingPeer();
  const skipped = session({ skipReverse: true }, websocket);
  await turns();
  assertEquals(websocket.cancelled, true);
  skipped.left.end();
  await skipped.done;
  const pipe = session({ skipReverse: true });
  await turns();
  assertEquals([pipe.right.cancelled, pipe.right.pulls], [false, 0]);
  pipe.left.end();
  await pipe.done;
});

// --- Numbers of messages ---

Deno.test("--max-messages: the message after the last one is not copied, the other direction goes on", async () => {
  const { left, right, done, result } = session({ maxForward: 2 });
  left.push("a", "b", "c");
  left.push("d");
  assertEquals(await right.ended, "closed");
  assertEquals(right.written, ["a", "b"]);
  await turns();
  assertEquals(result.over, false);
  right.push("1", "2", "3");
  right.end();
  await done;
  assertEquals(left.written, ["1", "2", "3"]);
});

Deno.test("--max-messages-rev: counts the other way", async () => {
  const { left, right, done } = session({ maxReverse: 1 });
  right.push("1", "2");
  assertEquals(await left.ended, "closed");
  left.push("a", "b");
  left.end();
  await done;
  assertEquals([left.written, right.written], [["1"], ["a", "b"]]);
});

Deno.test("--max-messages: 0 ends a direction before its first message", async () => {
  const { left, right, done } = session({ maxForward: 0 });
  left.push("a");
  assertEquals(await right.ended, "closed");
  right.end();
  await done;
  assertEquals([right.written, left.pulls], [[], 0]);
});

Deno.test("--max-messages: the parts of a long message count as one, across batches", async () => {
  const { left, right, done } = session({ maxForward: 2 });
  left.push("whole", ["be", TEXT | MORE]);
  left.push(["gin", TEXT | MORE | CONTINUED]);
  left.push(["ning", TEXT | CONTINUED], "too many");
  assertEquals(await right.ended, "closed");
  right.end();
  await done;
  assertEquals(right.written, ["whole", "be>", "<gin>", "<ning"]);
});

Deno.test("-1: one message each way ends the session", async () => {
  const { left, right, done } = session({ maxForward: 1, maxReverse: 1 });
  left.push("a", "b");
  right.push("1", "2");
  await done;
  assertEquals([left.written, right.written], [["1"], ["a"]]);
});

Deno.test("-1: a WebSocket is read on for its control frames after its message", async () => {
  const websocket = new ClosingPeer();
  const { left } = session({ maxForward: 1, maxReverse: 1 }, websocket);
  websocket.push("1", "2");
  assertEquals(await left.ended, "closed");
  assertEquals(websocket.cancelled, true);
  left.push("a");
});

// --- Preambles ---

Deno.test("preambles: each is a message of its own, before all others, both ways", async () => {
  const { left, right, done } = session({ preamble: ["p", "q"], preambleReverse: ["r"] });
  left.push("a");
  right.push("1");
  left.end();
  right.end();
  await done;
  assertEquals([left.written, right.written], [["r", "1"], ["p", "q", "a"]]);
});

Deno.test("preambles: they go out in a skipped direction, too", async () => {
  const { left, right, done } = session({ skipForward: true, preamble: ["subscribe"] });
  left.push("unheard");
  assertEquals(await right.next(), "subscribe");
  right.push("news");
  right.end();
  await done;
  assertEquals([left.written, right.written], [["news"], ["subscribe"]]);
});

Deno.test("preambles: they do not count as messages", async () => {
  const { left, right, done } = session({ maxForward: 1, preamble: ["p"] });
  left.push("a", "b");
  right.end();
  await done;
  assertEquals(right.written, ["p", "a"]);
});

Deno.test("preambles: a receiver that is gone already is no error", async () => {
  const right = new MemoryPeer();
  right.failWrites(new Deno.errors.BrokenPipe("gone"));
  const { left, done } = session({ preamble: ["p"] }, right);
  right.push("last words");
  right.end();
  left.push("a");
  await done;
  assertEquals(left.written, ["last words"]);
});

// --- Linger ---

Deno.test("linger: absent, the right side is told at once", async () => {
  const { left, right, done } = session();
  left.end();
  await turns();
  assertEquals(right.writeEnd, "closed");
  right.end();
  await done;
});

Deno.test("linger: 0 tells the right side without waiting for it", async () => {
  const { left, right, done } = session({ linger: 0 });
  left.end();
  assertEquals(await right.ended, "closed");
  right.push("late");
  right.end();
  await done;
  assertEquals(left.written, ["late"]);
});

Deno.test("linger: what comes starts the time anew, then the right side is told", async () => {
  using clock = new Clock();
  const { left, right, done } = session({ linger: 400 });
  left.end();
  for (let i = 0; i < 4; i++) {
    await clock.pass(300);
    assertEquals(right.writeEnd, undefined);
    right.push(`${i}`);
    assertEquals(await left.next(), `${i}`);
  }
  await clock.pass(399);
  assertEquals(right.writeEnd, undefined);
  await clock.pass(1);
  assertEquals(right.writeEnd, "closed");
  right.end();
  await done;
});

Deno.test("linger: while output waits for its reader it is no silence", async () => {
  using clock = new Clock();
  const { left, right, done } = session({ linger: 40 });
  left.block();
  right.push("for a slow reader");
  left.end();
  await clock.pass(150);
  left.unblock();
  await clock.pass(39);
  assertEquals(right.writeEnd, undefined);
  await clock.pass(1);
  assertEquals(right.writeEnd, "closed");
  right.end();
  await done;
});

Deno.test("linger: forever waits for the right side's end", async () => {
  const { left, right, done } = session({ linger: Infinity });
  left.end();
  await turns();
  assertEquals(right.writeEnd, undefined);
  right.push("at last");
  right.end();
  await done;
  assertEquals(left.written, ["at last"]);
});

Deno.test("linger: a time beyond the runtime's timers is long, not short", async () => {
  using clock = new Clock();
  const { left, right, done } = session({ linger: 2 ** 33 });
  left.end();
  await clock.pass(2 ** 33 - 1);
  assertEquals(right.writeEnd, undefined);
  await clock.pass(1);
  assertEquals(right.writeEnd, "closed");
  right.end();
  await done;
});

Deno.test("linger: where nothing is to come any more it is over", async () => {
  const enough = session({ linger: Infinity, maxReverse: 1 });
  enough.right.push("the only one");
  enough.left.end();
  await enough.done;
  assertEquals(enough.right.writeEnd, "closed");
  const skipped = session({ linger: Infinity, skipReverse: true });
  skipped.left.push("a");
  skipped.left.end();
  await skipped.done;
  assertEquals([skipped.right.writeEnd, skipped.right.written], ["closed", ["a"]]);
});

// --- Closed peers ---

Deno.test("closing: a WebSocket that closed ends the session, though the other side's input is open", async () => {
  const { left, right, done } = session({}, new ClosingPeer());
  right.push("last words");
  right.closeFromThere();
  await done;
  assertEquals([left.written, left.writeEnd], [["last words"], "closed"]);
});

Deno.test("closing: what it sent before is handed on first, however slowly", async () => {
  const { left, right, done, result } = session({}, new ClosingPeer());
  left.block();
  right.push("one");
  right.push("two");
  right.closeFromThere();
  await turns();
  assertEquals(result.over, false);
  left.unblock();
  await done;
  assertEquals(left.written, ["one", "two"]);
});

Deno.test("closing: a WebSocket on the left that closed ends the session, too", async () => {
  const left = new ClosingPeer();
  const { right, done } = session({}, new MemoryPeer(), left);
  left.push("last words");
  left.closeFromThere();
  await done;
  assertEquals([right.written, right.writeEnd], [["last words"], "closed"]);
});

Deno.test("closing: under -u, a WebSocket that closed ends the session", async () => {
  const { right, done } = session({ skipReverse: true }, new ClosingPeer());
  right.closeFromThere();
  await done;
});

// --- Errors ---

for (const side of ["left", "right"] as const) {
  const other = side === "left" ? "right" : "left";

  Deno.test(`errors: a failure to read from the ${side} side ends the session`, async () => {
    const parts = session();
    parts[side].fail(new WirecatError("protocol", "nonsense"));
    await assertRejects(() => parts.done, WirecatError, "nonsense");
  });

  Deno.test(`errors: a failure to write to the ${side} side ends the session`, async () => {
    const parts = session();
    parts[side].failWrites(new WirecatError("other", "no room"));
    parts[other].push("a");
    await assertRejects(() => parts.done, WirecatError, "no room");
  });

  Deno.test(`errors: a ${side} side that has gone is at its end, which is no failure`, async () => {
    for (const gone of [Deno.errors.ConnectionReset, Deno.errors.BrokenPipe]) {
      const parts = session();
      parts[side].fail(new gone("gone"));
      assertEquals(await parts[other].ended, "closed");
      parts[other].end();
      await parts.done;
    }
  });

  Deno.test(`errors: a ${side} side that takes no more ends its direction, the other goes on`, async () => {
    const parts = session();
    parts[side].failWrites(new Deno.errors.BrokenPipe("gone"));
    parts[other].push("a");
    await turns();
    assertEquals([parts.result.over, parts[other].cancelled], [false, true]);
    parts[side].push("still here");
    assertEquals(await parts[other].next(), "still here");
    parts[side].end();
    await parts.done;
  });
}

Deno.test("errors: what was copied before stays copied", async () => {
  const { left, right, done } = session();
  left.push("before");
  assertEquals(await right.next(), "before");
  left.fail(new Error("after"));
  await assertRejects(() => done, Error, "after");
});

Deno.test("errors: output that nobody reads ends the session, and the caller hears of it", async () => {
  const { left, right, done } = session();
  left.failWrites(new OutputClosed());
  right.push("tick");
  await assertRejects(() => done, OutputClosed);
});

Deno.test("errors: a preamble that cannot be written ends the session", async () => {
  const right = new MemoryPeer();
  right.failWrites(new WirecatError("other", "no room"));
  const { done } = session({ preamble: ["p"] }, right);
  await assertRejects(() => done, WirecatError, "no room");
});

Deno.test("errors: a server that waits for its answers to be taken does not keep a client that is gone", async () => {
  const left = new MemoryPeer("left");
  Object.assign(left, { info: { name: "left", client: "[::1]:5000" } });
  left.failWrites(new Deno.errors.BrokenPipe("gone"));
  const right = new MemoryPeer("right");
  right.block();
  const { done } = session({}, right, left);
  left.push("request", "another");
  left.fail(new Deno.errors.ConnectionReset("gone"));
  await turns(); // The request is under way.
  right.push("answer");
  right.push("another answer");
  while (right.pulls < 3) await settle();
  right.unblock(); // Now that it is rid of its answers it takes the requests.
  assertEquals(await right.ended, "closed");
  await done;
  assertEquals([right.written, right.cancelled], [["request", "another"], false]);
});
