/** Timers, be they signals or the runtime's own. */
import { assertEquals, assertGreaterOrEqual } from "@std/assert";
import { startTimer } from "../../lib/core/timer.ts";

/** More than are signals, so that some of either sort are among them. */
const MANY = 20;

Deno.test("timers: each fires once, after its time", async () => {
  const begun = performance.now();
  let fired = 0;
  await Promise.all(Array.from({ length: MANY }, () =>
    new Promise<void>((resolve) => {
      startTimer(15.5, () => {
        fired++;
        resolve();
      });
    })));
  assertEquals(fired, MANY);
  assertGreaterOrEqual(performance.now() - begun, 15);
});

Deno.test("timers: one that was stopped does not fire", async () => {
  let fired = 0;
  const stops = Array.from({ length: MANY }, () => startTimer(1, () => fired++));
  for (const stop of stops) stop();
  await new Promise<void>((resolve) => startTimer(20, resolve));
  assertEquals(fired, 0);
});

Deno.test("timers: a delay that is longer than a timer can be does not end at once", async () => {
  let fired = 0;
  const stops = Array.from({ length: MANY }, () => startTimer(Infinity, () => fired++));
  await new Promise<void>((resolve) => startTimer(5, resolve));
  for (const stop of stops) stop();
  assertEquals(fired, 0);
});

Deno.test("timers: one that is longer than the runtime's can be is made of several", async () => {
  for (let i = 0; i < MANY; i++) startTimer(0, () => {})(); // The next one is the runtime's own.
  const { setTimeout } = globalThis;
  const delays: (number | undefined)[] = [];
  const fired = Promise.withResolvers<void>();
  Reflect.set(globalThis, "setTimeout", (callback: () => void, delay?: number) => {
    delays.push(delay);
    queueMicrotask(callback);
  });
  try {
    startTimer(2 ** 32, fired.resolve);
    await fired.promise;
  } finally {
    globalThis.setTimeout = setTimeout;
  }
  assertEquals(delays, [2 ** 31 - 1, 2 ** 31 - 1, 2]);
});

Deno.test("timers: a delay that is over fires", async () => {
  for (let i = 0; i < MANY; i++) {
    await new Promise<void>((resolve) => startTimer(-1, resolve));
  }
});

Deno.test("timers: the first ones of a program keep it running, and load none of Node's", async () => {
  const source = `
    import { startTimer } from ${JSON.stringify(import.meta.resolve("../../lib/core/timer.ts"))};
    Object.defineProperty(globalThis, "setTimeout", { get() { throw new Error("was used"); } });
    for (let i = 0; i < 8; i++) startTimer(1, () => console.log(i));`;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, source);
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-q", "--no-config", "--no-check", file],
    }).output();
    const decoder = new TextDecoder();
    assertEquals(decoder.decode(stderr), "");
    assertEquals(decoder.decode(stdout), "0\n1\n2\n3\n4\n5\n6\n7\n");
    assertEquals(code, 0);
  } finally {
    await Deno.remove(file);
  }
});
