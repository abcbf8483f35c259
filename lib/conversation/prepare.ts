/**
 * Loading what steps need before they can be played.
 *
 * @module
 */
import { reasonOf } from "../core/errors.ts";
import { sourceError } from "./scanner.ts";
import type { SchemaCheck } from "./schema.ts";
import { allSteps, type MessagePattern, type Step } from "./step.ts";

/** Prepares all schemas. Throws a usage error for one that cannot be used. */
export async function prepareSchemas(steps: readonly Step[]): Promise<void> {
  for (const step of allSteps(steps)) {
    for (const schema of schemasOf(step)) {
      try {
        await schema.prepare();
      } catch (error) {
        throw sourceError(
          step.position,
          `the schema ${schema.file} cannot be used: ${reasonOf(error).split("\n")[0]}`,
          "references to other files are not followed",
        );
      }
    }
  }
}

function schemasOf(step: Step): SchemaCheck[] {
  const patterns: (MessagePattern | undefined)[] = [];
  if (step.type === "expect" && step.expected.type === "message") {
    patterns.push(step.expected.pattern);
  } else if (step.type === "ignore" || step.type === "answer") {
    patterns.push(step.pattern);
  } else if (step.type === "send") {
    patterns.push(step.example);
  }
  return patterns.flatMap((pattern) => pattern?.type === "schema" ? [pattern.schema] : []);
}
