import { assertEquals } from "@std/assert";
import { parseCommandLine } from "../../lib/cli/parse.ts";
import { coreOptions } from "../../lib/cli/options.ts";
import { hasPrompt } from "../../lib/cli/terminal_options.ts";
import type { Mode } from "../../lib/cli/modes.ts";
import { registry } from "../../specs/mod.ts";

const table = [...coreOptions, ...registry.options];
const INTERACTIVE = { interactive: () => true };

function prompts(mode: Mode, ...words: string[]): boolean {
  const { options } = parseCommandLine(words, table, () => false);
  return hasPrompt(mode, options, INTERACTIVE);
}

Deno.test("prompt: a client and a server at a terminal have one, two specifiers do not", () => {
  assertEquals(prompts("client"), true);
  assertEquals(prompts("server"), true);
  assertEquals(prompts("pair"), false);
});

Deno.test("prompt: there is none where there is no terminal", () => {
  const { options } = parseCommandLine([], table, () => false);
  assertEquals(hasPrompt("client", options, { interactive: () => false }), false);
});

Deno.test("prompt: options about bytes and lines, and those for scripts, do without", () => {
  for (
    const words of [
      ["--no-tty"],
      ["--raw"],
      ["-0"],
      ["-S"],
      ["-B", "100"],
      ["--no-line"],
      ["--no-fixups"],
      ["--json"],
      ["-o", "file"],
      ["-w", "x"],
    ]
  ) {
    assertEquals(prompts("client", ...words), false, words.join(" "));
    assertEquals(prompts("server", ...words), false, words.join(" "));
  }
});

Deno.test("prompt: options of sessions keep their meaning at a client's, a server does without", () => {
  for (
    const words of [
      ["-1"],
      ["-u"],
      ["-U"],
      ["--max-messages", "3"],
      ["--max-messages-rev", "3"],
      ["-p", "x"],
    ]
  ) {
    assertEquals(prompts("client", ...words), true, words.join(" "));
    assertEquals(prompts("server", ...words), false, words.join(" "));
  }
  const both = [["-t"], ["-b"], ["-E"], ["-n"], ["--linger", "3"], ["-P", "x"], ["-q"], ["-v"]];
  for (const words of [...both, ["--ping-interval", "3"], ["--base64"], ["--oneshot"]]) {
    assertEquals(prompts("client", ...words), true, words.join(" "));
    assertEquals(prompts("server", ...words), true, words.join(" "));
  }
});
