import { assert, assertEquals } from "@std/assert";
import { manualPage } from "../../lib/cli/manual.ts";
import { coreOptions } from "../../lib/cli/options.ts";
import { ENVIRONMENT } from "../../lib/cli/surroundings.ts";
import { registry } from "../../specs/mod.ts";
import { runCommand } from "../checkout.ts";
import { testWith } from "../interop/programs.ts";

const page = manualPage(registry);

Deno.test("man: has the sections that manual pages have, in their order", () => {
  assertEquals([...page.matchAll(/^\.SH (.*)$/gm)].map(([, title]) => title), [
    ...["NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "OPTIONS", "SPECIFIERS"],
    ...["EXIT STATUS", "ENVIRONMENT", "FILES", "EXAMPLES", "SEE ALSO"],
  ]);
});

Deno.test("man: tells of each variable that stands for an option", () => {
  const known = ENVIRONMENT.map(([names]) => names).join(", ").split(", ");
  for (const { env } of [...coreOptions, ...registry.options]) {
    assert(env === undefined || known.includes(env), env);
  }
});

Deno.test("man: has only what any terminal shows, and no line ends in a text", () => {
  assertEquals(page.match(/\\\[u\w+\]|[^\n\x20-\x7e]/g), null);
});

testWith(
  ["man", "groff"],
  "man: options are not broken at the ends of lines, so that they can be copied",
  async () => {
    const env = { MANWIDTH: "60", LC_ALL: "C.UTF-8", MAN_KEEP_FORMATTING: "" };
    const { stdout } = await runCommand("man", ["-l", "-"], { input: page, env });
    assert(stdout.includes("WIRECAT(1)"));
    const lines = stdout.split("\n");
    assertEquals(lines.filter((line) => /\p{L}[‐-]$/u.test(line)), []);
  },
);
