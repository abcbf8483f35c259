/** The programs in docs/library.md: each is run and prints what its comments say. */
import { assert, assertEquals } from "@std/assert";
import { inCheckout, runCommand } from "../checkout.ts";
import { testWith } from "../interop/programs.ts";
import { blocksOf, withFreePorts } from "./shell_examples.ts";

const programs = blocksOf("docs/library.md", "ts");

Deno.test("docs/library.md: has programs", () => assert(programs.length >= 4));

for (const { line, lines } of programs) {
  const others = lines.some((text) => text.includes("cmd:sed ")) ? ["sed"] : [];
  testWith(others, `docs/library.md, line ${line}: prints what it says`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const text = lines.join("\n");
      const expected = [...text.matchAll(/\/\/ => (.*)$/gm)].map((match) => match[1] + "\n");
      const library = new URL(`file://${inCheckout("lib/mod.ts")}`).href;
      const source = withFreePorts(text).replaceAll("jsr:@wirecat/wirecat/lib", library);
      await Deno.writeTextFile(`${folder}/main.ts`, `${source}\nDeno.exit();\n`);
      const map = inCheckout("scripts/npm/imports.json");
      const words = ["run", "-q", "-A", "--check", `--import-map=${map}`, `${folder}/main.ts`];
      const { code, stdout, stderr } = await runCommand(Deno.execPath(), words);
      assertEquals([code, stdout], [0, expected.join("")], stderr);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
