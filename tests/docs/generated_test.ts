/** The pages that are made from the code, and the help, say what the code does. */
import { assert, assertEquals } from "@std/assert";
import { helpText, optionHead, specifierHead } from "../../lib/cli/help.ts";
import { coreOptions } from "../../lib/cli/options.ts";
import { namesSpecifier } from "../../lib/core/specifier.ts";
import { pages, stalePages } from "../../scripts/docs.ts";
import { registry } from "../../specs/mod.ts";
import { runCommand, runProgram } from "../checkout.ts";

const options = [...coreOptions, ...registry.options];

Deno.test("docs: the pages that are made from the code are not stale (deno task docs)", () => {
  assertEquals(stalePages(), []);
});

Deno.test("docs: each page names every option, or every specifier with its aliases", () => {
  const {
    "docs/options.md": optionsPage,
    "docs/specifiers.md": specifiers,
    "docs/wirecat.1": man,
  } = pages();
  for (const option of options) {
    assert(optionsPage.includes(`--${option.long}`), option.long);
    assert(man.includes(`--${option.long}`.replaceAll("-", "\\-")), option.long);
  }
  for (const { names } of registry.specifiers) {
    for (const name of names) {
      assert(specifiers.includes(name === "-" ? "`-`" : `${name}:`), name);
      assert(man.includes(`${name}:`.replaceAll("-", "\\-")) || name === "-", name);
    }
  }
});

Deno.test("--help=long: every option and specifier is in it, with all its names", () => {
  const words = new Set(helpText("long", registry, false).split(/[\s,[=]+/));
  for (const option of options) {
    for (const name of [option.long, option.short, ...option.aliases ?? []]) {
      if (name === undefined) continue;
      assert(words.has(name.length === 1 ? `-${name}` : `--${name}`), optionHead(option));
    }
  }
  const text = helpText("long", registry, false);
  for (const type of registry.specifiers) {
    assert(text.includes(`\n  ${specifierHead(type)}`), type.names[0]);
    for (const name of type.names.slice(1)) assert(words.has(`${name}:`), name);
  }
});

Deno.test("--help: the everyday part is shorter, and leaves out nothing but what is advanced", () => {
  const text = helpText("", registry, false);
  assert(text.length < helpText("long", registry, false).length / 2);
  for (const option of options) {
    assertEquals(text.includes(`\n  ${optionHead(option)}`), !option.advanced, option.long);
  }
});

Deno.test("help: no line but an example's is wider than 100 columns", () => {
  const wide = helpText("doc", registry, false).split("\n")
    .filter((line) => line.length > 100 && !line.startsWith("      wirecat "));
  assertEquals(wide, []);
});

Deno.test("help: the specifiers that examples name exist", () => {
  for (const { examples = [] } of registry.specifiers) {
    for (const example of examples) {
      const specifiers = example.split(/ (?=(?:[^']*'[^']*')*[^']*$)/)
        .filter((word) => /^'?[a-z0-9-]+:/.test(word) && !word.startsWith("-"));
      for (const word of specifiers) assert(namesSpecifier(word.replace(/^'/, ""), registry), word);
    }
  }
});

Deno.test("docs: groff finds nothing wrong with the manual page", async () => {
  let run;
  try {
    run = await runCommand("groff", ["-man", "-Tutf8", "-ww"], {
      input: pages()["docs/wirecat.1"],
    });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return; // Not everybody has groff.
    throw error;
  }
  assertEquals([run.code, run.stderr], [0, ""]);
});

Deno.test("docs: --dump-spec prints what its page shows", async () => {
  const page = pages()["docs/specifiers.md"];
  const [, words, lines] = /^wirecat (--dump-spec .*)\n```\n\n((?: {4}.*\n)+)/m.exec(page)!;
  const run = await runProgram(words.split(" "));
  assertEquals(run, { code: 0, stdout: lines.replace(/^ {4}/gm, ""), stderr: "" });
});
