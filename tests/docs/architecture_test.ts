/** The overlay that docs/architecture.md shows is one file, and works. */
import { assert, assertEquals } from "@std/assert";
import { helpText } from "../../lib/cli/help.ts";
import { Registry, type SpecFamily } from "../../lib/core/registry.ts";
import { formatSpecifier, opener, parseSpecifier } from "../../lib/core/specifier.ts";
import { registry } from "../../specs/mod.ts";
import { inCheckout, runCommand } from "../checkout.ts";
import { MessageReader, request, testEnv } from "../peers.ts";

const page = await Deno.readTextFile(inCheckout("docs/architecture.md"));
const example = /^```ts\n(.*?)^```$/ms.exec(page)![1];

async function withExample(use: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    const lib = new URL("../../lib/", import.meta.url).href;
    await Deno.writeTextFile(path, example.replaceAll('"../lib/', `"${lib}`));
    await use(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("docs/architecture.md: the example overlay has the types it should", async () => {
  await withExample(async (path) => {
    const map = inCheckout("scripts/npm/imports.json");
    const check = await runCommand(Deno.execPath(), ["check", "-q", `--import-map=${map}`, path]);
    assertEquals([check.code, check.stderr], [0, ""]);
  });
});

Deno.test("docs/architecture.md: the example overlay works, and the help lists it", async () => {
  await withExample(async (path) => {
    const { family }: { family: SpecFamily } = await import(`file://${path}`);
    const { specifiers, options, fixups } = registry;
    const extended = new Registry([{ specifiers, options, fixups }, family]);
    const specifier = parseSpecifier("capitals:literal:abc xyz", extended);
    assertEquals(formatSpecifier(specifier), "upcase:literal:abc xyz");
    const peer = await opener(specifier, testEnv()).open(request());
    assertEquals(await new MessageReader(peer.readable).next(), "ABC XYZ");
    await peer.close();
    assert(helpText("long", extended, false).includes("upcase:SPECIFIER"));
  });
});

Deno.test("docs/architecture.md: the folders and files that it names exist", async () => {
  const folders = [...page.matchAll(/(?<![\w/])((?:lib|specs|tests|scripts)\/[\w/.]*)/g)]
    .map((match) => match[1].replace(/[.,]$/, ""));
  assert(folders.length > 20);
  for (const path of new Set(folders)) await Deno.stat(inCheckout(path));
});
