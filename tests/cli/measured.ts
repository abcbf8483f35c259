/**
 * wirecat that tells on SIGUSR1 how much memory its objects take: one line `HEAP bytes` on
 * standard error, garbage not counted. To be run with `--v8-flags=--expose-gc`.
 *
 * @module
 */
import { run } from "../../lib/cli/run.ts";
import { registry } from "../../specs/mod.ts";

const { gc } = globalThis as unknown as { gc(): void };

Deno.addSignalListener("SIGUSR1", async () => {
  for (let i = 0; i < 5; i++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 20)); // Finalizers run in turns of their own.
  }
  const { heapUsed, external } = Deno.memoryUsage();
  console.error(`HEAP ${heapUsed + external}`);
});

Deno.exit(await run(Deno.args, registry));
