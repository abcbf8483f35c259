/** docs/recipes.md: its recipes work. */
import { assert, assertEquals } from "@std/assert";
import { inCheckout } from "../checkout.ts";
import { testShellExamples } from "./shell_examples.ts";

testShellExamples("docs/recipes.md");

Deno.test("docs/recipes.md: its list of contents has every group, and there are enough recipes", () => {
  const text = Deno.readTextFileSync(inCheckout("docs/recipes.md"));
  const groups = [...text.matchAll(/^## (.*)$/gm)].map(([, title]) => title);
  assertEquals([...text.matchAll(/^- \[(.*)\]\(#/gm)].map(([, title]) => title), groups);
  assert([...text.matchAll(/^### /gm)].length >= 60);
});
