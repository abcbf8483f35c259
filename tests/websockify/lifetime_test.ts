import { assertEquals } from "@std/assert";
import { Lifetime } from "../../lib/websockify/lifetime.ts";

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function ended(options: { once?: boolean; timeout?: number; idle?: number }) {
  const { promise, resolve } = Promise.withResolvers<string>();
  const full = { once: false, timeout: 0, idle: 0, ...options };
  return { promise, lifetime: new Lifetime(full, resolve) };
}

Deno.test("lifetime: --run-once ends after a session that came about, not after a request", async () => {
  const { promise, lifetime } = ended({ once: true });
  using _ = lifetime;
  let over = false;
  promise.then(() => over = true);
  await lifetime.during("request", () => Promise.resolve());
  await lifetime.during("session", () => Promise.reject(new Error("refused"))).catch(() => {});
  assertEquals(over, false);
  await lifetime.during("session", () => Promise.resolve());
  assertEquals(await promise, "--run-once");
});

Deno.test("lifetime: --timeout waits for the sessions that are under way", async () => {
  const { promise, lifetime } = ended({ timeout: 0.01 });
  using _ = lifetime;
  let working = true;
  const work = lifetime.during("session", async () => {
    await wait(40);
    working = false;
  });
  assertEquals(await promise, "--timeout 0.01");
  assertEquals(working, false);
  await work;
});

Deno.test("lifetime: --idle-timeout begins anew after each session", async () => {
  const { promise, lifetime } = ended({ idle: 0.03 });
  using _ = lifetime;
  const began = performance.now();
  await lifetime.during("session", () => wait(50));
  assertEquals(await promise, "--idle-timeout 0.03");
  assertEquals(performance.now() - began > 75, true);
});
