/**
 * The README holds: its `sh` blocks with `# =>` lines are run and print just that, those
 * without are read by the program, and its tasks and tables are those of the code.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { exitStatuses } from "../../lib/cli/help.ts";
import { inCheckout } from "../checkout.ts";
import { testShellExamples } from "./shell_examples.ts";

const readme = Deno.readTextFileSync(inCheckout("README.md"));
const tasks: Record<string, unknown> =
  JSON.parse(Deno.readTextFileSync(inCheckout("deno.json"))).tasks;

testShellExamples("README.md");

Deno.test("README: the tasks that it names exist", () => {
  const named = [...readme.matchAll(/\btask (\w+)/g)].map((match) => match[1]);
  assertEquals(named.filter((name) => !(name in tasks)), []);
});

Deno.test("README: the table of exit statuses is that of the code", () => {
  const table = readme.slice(readme.indexOf("| exit status |")).split("\n\n")[0].split("\n");
  const rows = table.slice(2).map((row) => row.split("|").slice(1, -1).map((cell) => cell.trim()));
  assertEquals(rows, exitStatuses());
});

Deno.test("README: the files that it links to exist", () => {
  const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)/g)].map((match) => match[1]);
  for (const path of links) assert(Deno.statSync(inCheckout(path)).isFile, path);
});
