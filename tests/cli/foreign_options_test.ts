import { assert, assertEquals, assertRejects } from "@std/assert";
import { readCommandLine } from "../../lib/cli/config.ts";
import { foreignHint, foreignOptions } from "../../lib/cli/foreign_options.ts";
import { coreOptions } from "../../lib/cli/options.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import { registry } from "../../specs/mod.ts";

const rows = [...coreOptions, ...registry.options];
const names = new Set(
  rows.flatMap(({ long, short, aliases = [] }) => [long, short, ...aliases])
    .filter((name) => name !== undefined)
    .map((name) => name.length === 1 ? `-${name}` : `--${name}`),
);

Deno.test("options of other programs: none of them is one of ours", () => {
  const foreign = foreignOptions.flatMap(({ names }) => names);
  assertEquals(foreign.filter((name) => names.has(name)), []);
  assertEquals(new Set(foreign).size, foreign.length);
});

Deno.test("options of other programs: what the hints name are options of ours", () => {
  for (const { hint } of foreignOptions) {
    for (const [option] of hint.matchAll(/(?<![\w-])--?[a-zA-Z][\w-]*/g)) {
      assert(names.has(option), `${option} in '${hint}'`);
    }
  }
});

for (
  const [words, message, hint] of [
    [["--timeout", "5", "ws://x/"], "there is no option --timeout", foreignHint("--timeout")],
    [["--timeout=5", "ws://x/"], "there is no option --timeout", foreignHint("--timeout")],
    [["--retries", "5"], "there is no option --retries", foreignHint("--retries")],
    [["-l", "8080"], "there is no option -l", "-s PORT serves: wirecat -s 8080"],
    [["-l8080"], "there is no option -l in -l8080", "-s PORT serves: wirecat -s 8080"],
    [["--ca", "f"], "there is no option --ca", "--cacert FILE trusts those who are in it"],
    [["--nonsense"], "there is no option --nonsense", "see --help=long for the list"],
    [["--binry"], "there is no option --binry", "did you mean --binary?"],
  ] as const
) {
  Deno.test(`options of other programs: ${words.join(" ")}`, async () => {
    const error = await assertRejects(() => readCommandLine(words, registry), WirecatError);
    assertEquals([error.kind, error.message, error.hint], ["usage", message, hint]);
  });
}
