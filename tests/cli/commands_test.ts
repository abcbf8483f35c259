/** Commands, words that stand in the place of an address. */
import { assertEquals } from "@std/assert";
import { commands } from "../../lib/cli/commands.ts";
import { COMMANDS } from "../../lib/cli/modes.ts";

Deno.test("commands: those that are looked for at the start are those that there are", () => {
  assertEquals(COMMANDS, commands.map(({ name }) => name));
});
