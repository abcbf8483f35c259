/** What the tests with other programs rely on: none hangs, and none leaves a program behind. */
import { assertRejects } from "@std/assert";
import { freePort } from "../free_port.ts";
import { accepting, pathOf, Program, TempFolder } from "./programs.ts";

const DENO = [Deno.execPath(), "run", "-q", "-A"];
const IMPORT_MAP = `--import-map=${pathOf("../../scripts/npm/imports.json")}`;

/** A Deno program. */
function deno(folder: TempFolder, code: string): Program {
  return new Program(DENO[0], [...DENO.slice(1), IMPORT_MAP, folder.file("program.ts", code)]);
}

Deno.test("programs: one that ends before it listens is told of at once, in its own words", async () => {
  using folder = new TempFolder();
  const program = deno(folder, "console.log('not'); console.error('today'); Deno.exit(1);");
  await assertRejects(() => accepting(freePort(), program), Error, "not\ntoday\n");
});

Deno.test("programs: one that ends before what is to happen meanwhile is told of, too", async () => {
  using folder = new TempFolder();
  await using program = deno(folder, "console.error('not today');");
  await assertRejects(() => program.meanwhile(new Promise(() => {})), Error, "not today\n");
});

Deno.test({
  name: "programs: none is left behind by a run that is killed",
  ignore: Deno.build.os === "windows",
  async fn() {
    using folder = new TempFolder();
    await using run = deno(
      folder,
      `import { Server } from ${JSON.stringify(new URL("programs.ts", import.meta.url).href)};
const server = await Server.start(["-b", "tcp-l:127.0.0.1:0", "mirror:"]);
console.log("port", server.port);
await server.ended();`,
    );
    const [, port] = await run.waitFor(/^port (\d+)$/m);
    using conn = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
    run.kill("SIGKILL");
    // The connection ends with the program that has it.
    while (await conn.read(new Uint8Array(1)).catch(() => null) !== null);
  },
});
