/** The package as JSR gets it: its files, its dependencies, its version. */
import { assert, assertEquals } from "@std/assert";
import { WIRECAT_VERSION } from "../../lib/version.ts";
import { inCheckout, runCommand } from "../checkout.ts";

const config = JSON.parse(await Deno.readTextFile(inCheckout("deno.json")));
const map: Record<string, string> =
  JSON.parse(await Deno.readTextFile(inCheckout("scripts/npm/imports.json"))).imports;

interface Module {
  specifier: string;
  dependencies?: { specifier: string }[];
}

/** The modules that an entry of the package leads to, those that are imported late too. */
async function modulesOf(entry: string): Promise<Module[]> {
  const imports = inCheckout("scripts/npm/imports.json");
  const { code, stdout, stderr } = await runCommand(Deno.execPath(), [
    "info",
    "--json",
    `--import-map=${imports}`,
    inCheckout(entry),
  ]);
  assertEquals(code, 0, stderr);
  return JSON.parse(stdout).modules;
}

const root = new URL(`file://${inCheckout("")}`).href;
const modules = (await Promise.all(Object.values<string>(config.exports).map(modulesOf))).flat();
const own = modules.filter(({ specifier }) => specifier.startsWith(root));

Deno.test("package: every module that it imports is published", () => {
  const included: string[] = config.publish.include;
  const missing = own.map(({ specifier }) => specifier.slice(root.length))
    .filter((path) => !included.some((entry) => path === entry || path.startsWith(entry)));
  assertEquals(missing, []);
  assert(own.some(({ specifier }) => specifier.endsWith("/lib/http/static_file.ts")), "late ones");
});

/** What JSR does not have: pinned, as npm promises less. */
const FROM_NPM = ["@cfworker/json-schema"];

Deno.test("package: every dependency comes from JSR, and from npm in a checkout", () => {
  const bare = new Set(
    own.flatMap((module) => module.dependencies ?? []).map(({ specifier }) => specifier)
      .filter((specifier) => !/^(\.|node:)/.test(specifier)),
  );
  for (const specifier of bare) {
    assert(specifier in map, `${specifier} is not in scripts/npm/imports.json`);
    const name = Object.keys(config.imports).find((name) =>
      specifier === name || specifier.startsWith(`${name}/`)
    );
    const target = name === undefined ? "" : config.imports[name];
    const pinned = FROM_NPM.includes(specifier) && /^npm:.*@\d+\.\d+\.\d+$/.test(target);
    assert(pinned || target.startsWith("jsr:"), `${specifier} is not from JSR by deno.json`);
  }
});

Deno.test("package: nothing is in deno.json or the map that nobody imports", async () => {
  const texts: string[] = [];
  for (const folder of ["lib", "specs", "tests", "scripts", "bench"]) {
    for await (const path of sources(inCheckout(folder))) {
      texts.push(await Deno.readTextFile(path));
    }
  }
  const imported = new Set(
    texts.flatMap((text) => [...text.matchAll(/(?:from|import\() ?"([^."][^"]*)"/g)])
      .map((match) => match[1]),
  );
  assertEquals(Object.keys(map).filter((name) => !imported.has(name)), []);
  const used = (name: string) =>
    [...imported].some((specifier) => specifier === name || specifier.startsWith(`${name}/`));
  assertEquals(Object.keys(config.imports).filter((name) => !used(name)), []);
});

async function* sources(folder: string): AsyncGenerator<string> {
  let entries: Deno.DirEntry[];
  try {
    entries = await Array.fromAsync(Deno.readDir(folder));
  } catch {
    return;
  }
  for (const entry of entries) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* sources(path);
    else if (/\.m?[jt]s$/.test(entry.name)) yield path;
  }
}

Deno.test("package: --version says what deno.json says", () => {
  assertEquals(WIRECAT_VERSION, config.version);
});
