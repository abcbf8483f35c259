/**
 * The other side of a conversation: what one sends the other expects.
 *
 * @module
 */
import { isWireCode } from "../websocket/close.ts";
import { isConcrete } from "./json_pattern.ts";
import { sourceError } from "./scanner.ts";
import type { Content, Expected, ExpectStep, MessagePattern, Step } from "./step.ts";
import type { Template } from "./template.ts";

/** The other side's steps, and what it has to say when the connection is made. */
export interface Mirrored {
  /** Its steps. */
  readonly steps: readonly Step[];
  /** Header fields that the first side expects. */
  readonly headers: readonly { readonly name: string; readonly value: Template }[];
  /** The subprotocol that the first side expects. */
  readonly subprotocol?: string;
}

/** So much longer than one side wants silence the other one is silent, in seconds: it began before. */
const LONGER = 0.2;

/** Throws a usage error at the first step that cannot be played from the other side. */
export function mirror(steps: readonly Step[]): Mirrored {
  const headers: { name: string; value: Template }[] = [];
  let subprotocol: string | undefined;
  /** Whether the first side has closed: the answer to that is sent by itself. */
  let closed = false;

  const all = (steps: readonly Step[]): Step[] => steps.flatMap(turn);

  function turn(step: Step): Step[] {
    switch (step.type) {
      case "send":
        return [expecting(step, { type: "message", pattern: patternOf(step.content) })];
      case "ping":
        return [expecting(step, { type: "ping", payload: step.payload })];
      case "close": {
        const { code, reason } = step;
        closed = true;
        const text = reason === undefined ? undefined : { type: "text" as const, text: reason };
        return [expecting(step, { type: "close", code, reason: text })];
      }
      case "expect":
        return step.optional ? [] : turnExpected(step);
      case "any order":
        return all(step.steps);
      case "repeat":
        return [{ ...step, steps: all(step.steps) }];
      case "set":
        return [step];
      default:
        return []; // How long one side waits, and what it passes over, is its own affair.
    }
  }

  function turnExpected(step: ExpectStep): Step[] {
    const { position, source, expected } = step;
    const refuse = (message: string, hint?: string): never => {
      throw sourceError(position, `the other side cannot play '${source}': ${message}`, hint);
    };
    switch (expected.type) {
      case "message": {
        const content = expected.example ?? contentOf(expected.pattern);
        if (content === undefined) {
          return refuse("it does not say what to send", "say it: expect … example MESSAGE");
        }
        const example = expected.example === undefined ? undefined : expected.pattern;
        return [{ position, source, type: "send", content, example }];
      }
      case "bytes": {
        const content = contentOf({ type: "binary", bytes: expected.bytes });
        if (content === undefined) return refuse("it does not say which bytes to send");
        return [{ position, source, type: "send", content }];
      }
      case "ping":
        return [{ position, source, type: "ping", payload: expected.payload }];
      case "close": {
        if (closed) return [];
        const { code, reason } = expected;
        if (reason?.type === "regex") {
          return refuse("a reason has to be a text", 'write it in quotes: "…"');
        }
        if (code !== undefined && code !== 1005 && !isWireCode(code)) {
          return refuse(`the code ${code} cannot be sent`);
        }
        const sent = code === 1005 ? undefined : code ?? 1000;
        return [{ position, source, type: "close", code: sent, reason: reason?.text }];
      }
      case "nothing":
        return [{ position, source, type: "wait", seconds: expected.seconds + LONGER }];
      case "header":
        if (expected.value?.type !== "text") {
          return refuse("it does not say which value to send", 'write it in quotes: "…"');
        }
        headers.push({ name: expected.name, value: expected.value.text });
        return [];
      case "subprotocol":
        subprotocol = expected.name;
        return [];
      case "status":
        if (expected.status !== 101) return refuse("it answers with 101 or not at all");
        return [];
      default:
        return []; // Pongs are sent by themselves; the path is in the address.
    }
  }

  const turned = all(steps);
  return { steps: turned, headers, subprotocol };
}

function expecting({ position, source }: Step, expected: Expected): Step {
  return { position, source, type: "expect", expected };
}

/** What is expected where this is sent. */
function patternOf(content: Content): MessagePattern {
  if (content.type !== "binary") return content;
  return { type: "binary", bytes: { bytes: [...content.bytes], open: false } };
}

/** What can be sent for an expected message as it is; nothing where an example is needed. */
function contentOf(pattern: MessagePattern): Content | undefined {
  switch (pattern.type) {
    case "text":
      return { type: "text", text: pattern.text };
    case "json":
      return isConcrete(pattern.json) ? { type: "json", json: pattern.json } : undefined;
    case "binary": {
      const { bytes, open } = pattern.bytes;
      if (open || bytes.includes(-1)) return undefined;
      return { type: "binary", bytes: Uint8Array.from(bytes) };
    }
    default:
      return undefined;
  }
}
