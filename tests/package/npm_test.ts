/** The npm package, unpacked beside the Deno that runs the tests. */
import { assertEquals, assertMatch } from "@std/assert";
import { makePackage } from "../../scripts/release/npm.ts";
import { WIRECAT_VERSION } from "../../lib/version.ts";
import { inCheckout, runCommand } from "../checkout.ts";
import { testWith } from "../interop/programs.ts";

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

testWith(
  ["node", "git"],
  "npm: the package runs with Node and the Deno beside it, and tells how it ended",
  async () => {
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
      await Deno.remove(`${folder}/node_modules/deno/deno`);
      const without = await runCommand("node", [wirecat, "--version"]);
      assertEquals(without.code, 1);
      assertMatch(
        without.stderr,
        /^wirecat: error: there is no Deno beside wirecat: .*\n {2}.*\n$/,
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

testWith(
  ["node", "git"],
  "npm: a signal to the launcher ends the program in order",
  async () => {
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
);
