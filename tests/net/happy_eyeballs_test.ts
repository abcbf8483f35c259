import { assertEquals, assertRejects } from "@std/assert";
import { connectFirst, interleaved } from "../../lib/net/happy_eyeballs.ts";

/** Connections that are answered by hand. */
class Dials {
  readonly started: string[] = [];
  readonly aborted: string[] = [];
  readonly dropped: string[] = [];
  readonly attempts: string[] = [];
  readonly answers = new Map<string, PromiseWithResolvers<string>>();
  readonly connect = (address: string, signal: AbortSignal) => {
    this.started.push(address);
    signal.addEventListener("abort", () => this.aborted.push(address));
    const answer = Promise.withResolvers<string>();
    this.answers.set(address, answer);
    return answer.promise;
  };
  readonly drop = (conn: string) => void this.dropped.push(conn);
  readonly onAttempt = (address: string, ms: number, error?: unknown) => {
    assertEquals(ms >= 0, true);
    this.attempts.push(`${address} ${error instanceof Error ? error.message : "connected"}`);
  };
}

Deno.test("happy eyeballs: the families take turns, the system's first choice first", () => {
  assertEquals(interleaved(["::1", "::2", "1.1.1.1", "::3", "2.2.2.2"]), [
    ..."::1 1.1.1.1 ::2 2.2.2.2 ::3".split(" "),
  ]);
  assertEquals(interleaved(["1.1.1.1"]), ["1.1.1.1"]);
});

Deno.test("happy eyeballs: an address that refuses is followed by the next at once", async () => {
  const dials = new Dials();
  const connecting = connectFirst(["a", "b"], dials);
  assertEquals(dials.started, ["a"]);
  dials.answers.get("a")!.reject(new Error("refused"));
  await Promise.resolve().then(() => {});
  assertEquals(dials.started, ["a", "b"]); // No timer has had a turn.
  dials.answers.get("b")!.resolve("conn b");
  assertEquals(await connecting, "conn b");
  assertEquals(dials.attempts, ["a refused", "b connected"]);
});

Deno.test("happy eyeballs: after a quarter of a second the next runs beside; late ones are dropped", async () => {
  const dials = new Dials();
  const started = Promise.withResolvers<void>();
  const connecting = connectFirst(["a", "b", "c"], {
    ...dials,
    connect: (address, signal) => {
      if (address === "b") started.resolve();
      return dials.connect(address, signal);
    },
  });
  const began = performance.now();
  await started.promise;
  assertEquals(performance.now() - began > 200, true);
  dials.answers.get("b")!.resolve("conn b");
  assertEquals(await connecting, "conn b");
  assertEquals(dials.started, ["a", "b"]);
  assertEquals(dials.aborted, ["a", "b"]);
  dials.answers.get("a")!.resolve("conn a");
  await Promise.resolve().then(() => {});
  assertEquals(dials.dropped, ["conn a"]);
  assertEquals(dials.attempts, ["b connected"]);
});

Deno.test("happy eyeballs: when all fail the first error is told", async () => {
  const connect = (address: string) => Promise.reject(new Error(`no ${address}`));
  const connecting = connectFirst(["a", "b"], { connect, drop: () => {} });
  await assertRejects(() => connecting, Error, "no a");
});

Deno.test("happy eyeballs: an abort calls off all attempts and stops the clock", async () => {
  const dials = new Dials();
  const abort = new AbortController();
  const connecting = connectFirst(["a", "b"], { ...dials, signal: abort.signal });
  abort.abort(new Error("over"));
  await assertRejects(() => connecting, Error, "over");
  assertEquals(dials.aborted, ["a"]);
  dials.answers.get("a")!.resolve("conn a");
  await Promise.resolve().then(() => {});
  assertEquals(dials.dropped, ["conn a"]);
  await assertRejects(() => connectFirst(["a"], { ...dials, signal: abort.signal }), Error, "over");
  assertEquals(dials.started, ["a"]);
});
