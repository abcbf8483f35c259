/** docs/run.md: its steps are understood, and no step is missing; tests/docs/ runs its commands. */
import { assert, assertEquals } from "@std/assert";
import { allSteps } from "../../lib/conversation/step.ts";
import { parseConversation } from "../../lib/conversation/parse.ts";
import { blocksOf } from "../docs/shell_examples.ts";

const files = {
  resolve: (_: string, path: string) => path,
  read: () => new TextEncoder().encode("{}"),
};

const conversations = blocksOf("docs/run.md", "conv").map(({ line, lines }) => {
  const source = { name: `docs/run.md after line ${line - 1}`, text: lines.join("\n") };
  return parseConversation(source, files);
});

Deno.test("docs/run.md: every step and everything that can be expected is shown", () => {
  const shown = new Set<string>();
  for (const { steps } of conversations) {
    for (const step of allSteps(steps)) {
      shown.add(step.type);
      if (step.type === "expect") {
        const { expected } = step;
        shown.add(`expect ${expected.type === "message" ? expected.pattern.type : expected.type}`);
      }
      if (step.type === "send") shown.add(`send ${step.content.type}`);
    }
  }
  const known = [
    ..."send ping close expect wait within ignore repeat set".split(" "),
    "any order",
    ..."text regex json schema binary bytes any ping pong close nothing status header subprotocol path"
      .split(" ").map((word) => `expect ${word}`),
    ..."text json binary".split(" ").map((word) => `send ${word}`),
  ];
  assertEquals(known.filter((word) => !shown.has(word)), []);
});

Deno.test("docs/run.md: the example from a server's view is one", () => {
  assertEquals(conversations.filter(({ side }) => side === "server").length, 1);
  assert(conversations.length > 5);
});
