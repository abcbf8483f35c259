/**
 * Finding variables that nothing gives a value, before anything is sent.
 *
 * @module
 */
import { namesInJson } from "./json_pattern.ts";
import { sourceError } from "./scanner.ts";
import type { Content, Expected, MessagePattern, Step, TextPattern } from "./step.ts";
import { namesIn, type Template } from "./template.ts";

/** What a step needs and what it gives. */
interface Names {
  readonly reads: readonly string[];
  readonly gives: readonly string[];
}

const NOTHING: Names = { reads: [], gives: [] };

/** Throws a usage error at the first step that reads a variable before it can have a value. */
export function checkNames(steps: readonly Step[], known: Iterable<string>): void {
  walk(steps, new Set(known));
}

function walk(steps: readonly Step[], known: Set<string>): void {
  for (const step of steps) {
    const { reads, gives } = namesOf(step);
    const unknown = reads.find((name) => !known.has(name));
    if (unknown !== undefined) {
      throw sourceError(
        step.position,
        `nothing has given $${unknown} a value so far`,
        `catch it in a message, or set it: set ${unknown} = …, or --set ${unknown}=…`,
      );
    }
    gives.forEach((name) => known.add(name));
    if (step.type === "any order") {
      const before = new Set(known);
      for (const inner of step.steps) {
        const own = new Set(before);
        walk([inner], own);
        own.forEach((name) => known.add(name));
      }
    } else if ("steps" in step) {
      walk(step.steps, known);
    }
  }
}

function namesOf(step: Step): Names {
  switch (step.type) {
    case "send": {
      const caught = step.example === undefined ? [] : ofPattern(step.example).gives;
      return { reads: ofContent(step.content), gives: caught };
    }
    case "ping":
      return { reads: ofTemplate(step.payload), gives: [] };
    case "close":
      return { reads: ofTemplate(step.reason), gives: [] };
    case "expect":
      return ofExpected(step.expected);
    case "ignore":
      return { reads: ofPattern(step.pattern).reads, gives: [] };
    case "answer": {
      const { reads, gives } = ofPattern(step.pattern);
      const rest = ofContent(step.content).filter((name) => !gives.includes(name));
      return { reads: [...reads, ...rest], gives: [] }; // What it catches is its own.
    }
    case "set":
      return { reads: ofContent({ type: "json", json: step.value }), gives: [step.name] };
    case "repeat":
      return { reads: [], gives: step.counter === undefined ? [] : [step.counter] };
    default:
      return NOTHING;
  }
}

function ofTemplate(template: Template | undefined): string[] {
  return template === undefined ? [] : namesIn(template);
}

function ofContent(content: Content): string[] {
  if (content.type === "text") return namesIn(content.text);
  if (content.type === "binary") return [];
  const { reads, captures } = namesInJson(content.json);
  return [...reads, ...captures];
}

function ofText(pattern: TextPattern | undefined): Names {
  if (pattern === undefined) return NOTHING;
  if (pattern.type === "text") return { reads: namesIn(pattern.text), gives: [] };
  return { reads: namesIn(pattern.regex.template), gives: pattern.regex.captures };
}

function ofPattern(pattern: MessagePattern): Names {
  switch (pattern.type) {
    case "text":
    case "regex":
      return ofText(pattern);
    case "json": {
      const { reads, captures } = namesInJson(pattern.json);
      return { reads, gives: captures };
    }
    default:
      return NOTHING;
  }
}

function ofExpected(expected: Expected): Names {
  switch (expected.type) {
    case "message":
      return ofPattern(expected.pattern);
    case "ping":
    case "pong":
      return { reads: ofTemplate(expected.payload), gives: [] };
    case "close":
      return ofText(expected.reason);
    case "header":
      return ofText(expected.value);
    case "path":
      return ofText(expected.path);
    default:
      return NOTHING;
  }
}
