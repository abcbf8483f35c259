import { assert, assertEquals, assertThrows } from "@std/assert";
import { completionScript, type Shell, shellOf, SHELLS } from "../../lib/cli/completions/script.ts";
import { coreOptions } from "../../lib/cli/options.ts";
import { registry } from "../../specs/mod.ts";
import { runCommand } from "../checkout.ts";

/** How each shell is called, and has it read a script from standard input. */
const PROGRAMS: Record<Shell, readonly [program: string, ...words: string[]]> = {
  bash: ["bash", "-n"],
  zsh: ["zsh", "-n"],
  fish: ["fish", "-n"],
  powershell: ["pwsh", "-NoProfile", "-Command", "-"],
};

/** Whether a shell is there to be started. */
async function has(shell: Shell): Promise<boolean> {
  try {
    return (await runCommand(PROGRAMS[shell][0], ["-c", "exit"])).code === 0;
  } catch {
    return false;
  }
}

const shells = new Map<string, boolean>();
for (const shell of SHELLS) shells.set(shell, await has(shell));

/** What bash makes of a line whose end is being typed. */
async function completed(line: string, cwd?: string): Promise<string[]> {
  const script = `${completionScript("bash", registry)}
COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:'
COMP_LINE=$1 COMP_POINT=\${#COMP_LINE}
_wirecat
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = await runCommand("bash", ["-c", script, "bash", line], { cwd });
  assertEquals(stderr, "");
  return stdout.trim().split("\n");
}

/** A test that runs where bash is. */
function bashTest(name: string, check: () => Promise<void>): void {
  Deno.test({ name: `completions, bash: ${name}`, ignore: !shells.get("bash"), fn: check });
}

bashTest("options by their beginning", async () => {
  assertEquals(await completed("wirecat --ping-"), ["--ping-interval", "--ping-timeout"]);
});

bashTest("the words that a value can be, behind a space or a =", async () => {
  assertEquals(await completed("wirecat --engine n"), ["native"]);
  assertEquals(await completed("wirecat --engine=s"), ["stream"]);
});

bashTest("the value of --help behind a = only", async () => {
  assertEquals(await completed("wirecat --help="), ["short", "long", "doc"]);
  assert((await completed("wirecat --help ")).includes("tcp:"));
});

bashTest("specifiers, also behind overlays, without what bash has as a word already", async () => {
  assertEquals(await completed("wirecat mirr"), ["mirror:"]);
  assertEquals(await completed("wirecat - log:autoreconnect:mirr"), ["mirror:"]);
  assertEquals(await completed("wirecat --tee log:mirr"), ["mirror:"]);
});

bashTest("files where a file is meant", async () => {
  const cwd = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${cwd}/one file`, "");
    await Deno.mkdir(`${cwd}/onward`);
    assertEquals((await completed("wirecat readfile:on", cwd)).sort(), ["one file", "onward/"]);
    assertEquals((await completed("wirecat --tls-cert on", cwd)).sort(), ["one file", "onward/"]);
    assertEquals(await completed("wirecat --exec-chdir on", cwd), ["onward/"]);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});

for (const shell of SHELLS) {
  Deno.test(`completions, ${shell}: every option is in the script`, () => {
    const script = completionScript(shell, registry);
    for (const { long } of [...coreOptions, ...registry.options]) {
      assert(script.includes(shell === "fish" ? `-l ${long} ` : `--${long}`), long);
    }
  });

  Deno.test({
    name: `completions, ${shell}: the shell reads the script`,
    ignore: !shells.get(shell),
    async fn() {
      const input = completionScript(shell, registry);
      const [program, ...words] = PROGRAMS[shell];
      const { code, stderr } = await runCommand(program, words, { input });
      assertEquals([code, stderr], [0, ""]);
    },
  });
}

Deno.test({
  name: "completions, fish: specifiers behind overlays",
  ignore: !shells.get("fish"),
  async fn() {
    const script = `${completionScript("fish", registry)}\ncomplete -C 'wirecat - log:mirr'`;
    const { stdout } = await runCommand("fish", ["--no-config", "-c", script]);
    assertEquals(stdout.split("\t")[0], "log:mirror:");
  },
});

bashTest("commands as the first word only", async () => {
  assertEquals(await completed("wirecat compl"), ["completions"]);
  assertEquals(await completed("wirecat - compl"), [""]);
});

Deno.test("completions: another shell is refused with the list of those that are known", () => {
  assertThrows(() => shellOf("tcsh"), Error, "'tcsh'");
});
