import { assertEquals, assertRejects } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { Deadline } from "../../lib/net/deadline.ts";

const never = () => new Promise<never>(() => {});

Deno.test("Deadline: a step that is in time passes, with its value or its error", async () => {
  using deadline = new Deadline({ timeout: 60, message: "late" });
  assertEquals(await deadline.race(Promise.resolve(1)), 1);
  await assertRejects(() => deadline.race(Promise.reject(new Error("own"))), Error, "own");
});

Deno.test("Deadline: all steps have the time together", async () => {
  using deadline = new Deadline({ timeout: 0.01, message: "late", hint: "hurry" });
  const error = await assertRejects(() => deadline.race(never()), WirecatError, "late");
  assertEquals([(error as WirecatError).kind, (error as WirecatError).hint], ["timeout", "hurry"]);
  await assertRejects(() => deadline.race(Promise.resolve(1)), WirecatError, "late");
  await assertRejects(() => deadline.race(Promise.reject(new Error("own"))), WirecatError, "late");
});

Deno.test("Deadline: a signal ends it with its reason, before and during a step", async () => {
  const controller = new AbortController();
  using deadline = new Deadline({ signal: controller.signal, message: "late" });
  const step = deadline.race(never());
  controller.abort(new Error("over"));
  await assertRejects(() => step, Error, "over");
  using later = new Deadline({ signal: controller.signal, message: "late" });
  await assertRejects(() => later.race(never()), Error, "over");
});

Deno.test("Deadline: no limit and a limit past the timer's range do not fire at once", async () => {
  for (const timeout of [undefined, Infinity, 10_000_000]) {
    using deadline = new Deadline({ timeout, message: "late" });
    const soon = new Promise((resolve) => setTimeout(resolve, 5, "done"));
    assertEquals(await deadline.race(soon), "done");
  }
});
