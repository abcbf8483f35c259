/** The programs in docs/library.md: each is run and prints what its comments say. */
import { assert, assertEquals } from "@std/assert";
import { inCheckout, runCommand } from "../checkout.ts";
import { testWith } from "../interop/programs.ts";
import { blocksOf, withFreePorts } from "./shell_examples.ts";

const programs = blocksOf("docs/library.md", "ts");

/** The text of such a program, with free ports and the library of this checkout. */
function sourceOf(lines: readonly string[]): string {
  const library = new URL(`file://${inCheckout("lib/mod.ts")}`).href;
  const text = withFreePorts(lines.join("\n"));
  return `${text.replaceAll("jsr:@wirecat/wirecat/lib", library)}\nDeno.exit();\n`;
}

const map = `--import-map=${inCheckout("scripts/npm/imports.json")}`;

Deno.test("docs/library.md: has programs, all of the right types", async () => {
  assert(programs.length >= 4);
  const folder = await Deno.makeTempDir();
  try {
    for (const { line, lines } of programs) {
      await Deno.writeTextFile(`${folder}/${line}.ts`, sourceOf(lines));
    }
    const paths = programs.map(({ line }) => `${folder}/${line}.ts`);
    const { code, stderr } = await runCommand(Deno.execPath(), ["check", "-q", map, ...paths]);
    assertEquals(code, 0, stderr);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

for (const { line, lines } of programs) {
  const others = lines.some((text) => text.includes("cmd:sed ")) ? ["sed"] : [];
  testWith(others, `docs/library.md, line ${line}: prints what it says`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const expected = [...lines.join("\n").matchAll(/\/\/ => (.*)$/gm)]
        .map((match) => match[1] + "\n");
      await Deno.writeTextFile(`${folder}/main.ts`, sourceOf(lines));
      const words = ["run", "-q", "-A", "--no-check", map, `${folder}/main.ts`];
      const { code, stdout, stderr } = await runCommand(Deno.execPath(), words);
      assertEquals([code, stdout], [0, expected.join("")], stderr);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
