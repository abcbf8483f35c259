/** The npm package, unpacked beside the Deno that runs the tests. */
import { assertEquals, assertMatch } from "@std/assert";
import { makePackage } from "../../scripts/release/npm.ts";
import { WIRECAT_VERSION } from "../../lib/version.ts";
import { inCheckout, runCommand } from "../checkout.ts";

async function has(program: string): Promise<boolean> {
  try {
    return (await runCommand(program, ["--version"])).code === 0;
  } catch {
    return false;
  }
}

/** A folder with the package as npm would install it. */
async function installed(): Promise<string> {
  const folder = await Deno.makeTempDir();
  const deno = `${folder}/node_modules/deno`;
  await Deno.mkdir(deno, { recursive: true });
  await Deno.writeTextFile(`${deno}/package.json`, '{"name":"deno","version":"0.0.0"}');
  await Deno.symlink(Deno.execPath(), `${deno}/deno`);
  await makePackage(`${folder}/node_modules/wirecat`);
  return folder;
}

Deno.test({
  name: "npm: the package runs with Node and the Deno beside it, and tells how it ended",
  ignore: !(await has("node")) || !(await has("git")),
  async fn() {
    const here = Deno.cwd();
    assertEquals(here + "/", inCheckout(""), "run the tests from the checkout");
    const folder = await installed();
    const wirecat = `${folder}/node_modules/wirecat/wirecat.mjs`;
    try {
      const { stdout } = await runCommand("node", [wirecat, "--version", "-v"]);
      assertEquals(stdout.split("\n")[0], `wirecat ${WIRECAT_VERSION}`);
      assertMatch(stdout, /^build: npm\ncommit: [0-9a-f]{40}/m);
      const dumped = await runCommand("node", [wirecat, "-b", "-", "mirror:"], { input: "a\nb" });
      assertEquals(dumped, { code: 0, stdout: "a\nb", stderr: "" });
      const { code, stderr } = await runCommand("node", [wirecat, "ws://127.0.0.1:1/"]);
      assertEquals(code, 4);
      assertMatch(stderr, /^wirecat: error: cannot connect/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  name: "npm: a signal to the launcher ends the program in order",
  ignore: !(await has("node")) || !(await has("git")),
  async fn() {
    const folder = await installed();
    try {
      const child = new Deno.Command("node", {
        args: [
          `${folder}/node_modules/wirecat/wirecat.mjs`,
          ...["--stdout-announce-listening-ports", "ws-l:127.0.0.1:0", "mirror:"],
        ],
        stdin: "null",
        stdout: "piped",
      }).spawn();
      const reader = child.stdout.getReader();
      await reader.read();
      child.kill("SIGTERM");
      await reader.cancel();
      assertEquals((await child.status).code, 143);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
