/** The workflows in examples/: wirecat understands what they ask of it. */
import { assert, assertEquals } from "@std/assert";
import { inCheckout, programWords, runCommand } from "../checkout.ts";
import { testWith } from "../interop/programs.ts";

/** The command lines of wirecat in a workflow, those over several lines joined. */
function commandsOf(workflow: string): string[] {
  const joined = workflow.replace(/>\n\s+(\S.*)\n\s+(?=\S.*wss?:)/g, "$1 ");
  return [...joined.matchAll(/(?:^|run: )\s*(wirecat (?!probe).*)$/gm)].map(([, line]) =>
    line.replace(/ [<>]\S+| &$/g, "")
  );
}

for (const { name } of Deno.readDirSync(inCheckout("examples/ci"))) {
  testWith(["bash"], `examples/ci/${name}: wirecat understands its commands`, async () => {
    const workflow = await Deno.readTextFile(inCheckout(`examples/ci/${name}`));
    const commands = commandsOf(workflow);
    assert(commands.length > 0);
    for (const command of commands) {
      const program = [Deno.execPath(), ...programWords()].map((word) => `'${word}'`).join(" ");
      const script = `wirecat() { ${program} --dump-spec "$@"; }; ${command}`;
      const env = { TOKEN: "abc" };
      const { code, stderr } = await runCommand("bash", ["-c", script], { env });
      assertEquals([code, stderr], [0, ""], command);
    }
  });
}
