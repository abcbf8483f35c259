/** The README's first command. */
import { assertEquals } from "@std/assert";
import { inCheckout, runCommand } from "../checkout.ts";

/** Runs the task's command itself: the tests are not to depend on how `deno task` talks. */
function tryOut(input: string): ReturnType<typeof runCommand> {
  const { tasks } = JSON.parse(Deno.readTextFileSync(inCheckout("deno.json")));
  const [program, ...args] = tasks.try.command.split(" ");
  assertEquals(program, "deno");
  return runCommand(Deno.execPath(), args, { input, cwd: inCheckout("") });
}

Deno.test("try: with standard input piped, prints the replies, and exits with 0", async () => {
  assertEquals(await tryOut("a\nb\n"), { code: 0, stdout: "a\nb\n", stderr: "" });
});

Deno.test("try: ends without a line of input, too", async () => {
  assertEquals(await tryOut(""), { code: 0, stdout: "", stderr: "" });
});
