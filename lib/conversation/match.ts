/**
 * Whether a message is what a pattern says, and what is different if not.
 *
 * @module
 */
import { firstDifference, formatHex, type HexPattern } from "./hex_pattern.ts";
import { type JsonNode, matchJson } from "./json_pattern.ts";
import { parseJsonText } from "./long_number.ts";
import { matchRegex } from "./regex_pattern.ts";
import { type Message, messageText, showMessage, textDifference } from "./shown.ts";
import type { MessagePattern, TextPattern } from "./step.ts";
import { fill } from "./template.ts";
import type { Json, Lookup } from "./variables.ts";

/** What a pattern caught, by name. */
export type Captures = ReadonlyMap<string, Json>;

/** Why something is not as expected: one line, and lines of detail. */
export interface Mismatch {
  /** One line. */
  readonly message: string;
  /** More lines, the two values and where they differ. */
  readonly details: readonly string[];
  /** What was expected. */
  readonly expected: string;
  /** What came. */
  readonly came: string;
}

/** How many differences are told. */
const MOST_DIFFERENCES = 8;

/** Whether a message is what `pattern` says. Throws where a variable has no value. */
export function matchMessage(
  pattern: MessagePattern,
  message: Message,
  variables: Lookup,
): Captures | Mismatch {
  const captures = new Map<string, Json>();
  const came = showMessage(message, variables);
  const wrongKind = (expected: string): Mismatch =>
    mismatch(`expected ${expected}, came a ${message.kind} message`, expected, came);
  if (pattern.type === "any") {
    const { kind } = pattern;
    return kind === undefined || kind === message.kind ? captures : wrongKind(`a ${kind} message`);
  }
  if (pattern.type === "binary") {
    const expected = formatHex(pattern.bytes.bytes) + (pattern.bytes.open ? " ..." : "");
    if (message.kind !== "binary") return wrongKind(`binary ${expected}`);
    return otherBytes(pattern.bytes, message.bytes, `binary ${expected}`, came) ?? captures;
  }
  const text = messageText(message);
  if (pattern.type === "text" || pattern.type === "regex") {
    if (message.kind !== "text") return wrongKind("a text message");
    return matchText(pattern, text, variables, captures) ?? captures;
  }
  if (message.kind !== "text") return wrongKind("JSON, in a text message");
  let value: Json;
  try {
    value = pattern.type === "schema" ? JSON.parse(text) : parseJsonText(text);
  } catch (error) {
    return mismatch("what came is not JSON", "JSON", came, [(error as Error).message]);
  }
  if (pattern.type === "schema") {
    const problems = pattern.schema.problems(value);
    if (problems.length === 0) return captures;
    const { file } = pattern.schema;
    return mismatch(
      `it is not valid under ${file}`,
      `JSON valid under ${file}`,
      came,
      few(problems),
    );
  }
  const differences = matchJson(pattern.json, value, variables, captures);
  if (differences.length === 0) return captures;
  const lines = differences.map(({ path, expected, came }) =>
    `at ${path === "" ? "the whole" : path}: expected ${expected}, came ${came}`
  );
  return mismatch("other JSON came", patternText(pattern.json, variables), came, few(lines));
}

/** What is wrong with bytes; nothing if they are as they have to be. */
export function otherBytes(
  pattern: HexPattern,
  bytes: Uint8Array,
  expected: string,
  came: string,
): Mismatch | undefined {
  const at = firstDifference(pattern, bytes);
  if (at === undefined) return undefined;
  const byteAt = (bytes: ArrayLike<number>) =>
    at < bytes.length ? formatHex([bytes[at]]) : "the end";
  const where = `they differ from byte ${at} on: ` +
    `expected ${byteAt(pattern.bytes)}, came ${byteAt(bytes)}`;
  return mismatch("other bytes came", expected, came, [where]);
}

/** The first lines, and how many more there are. */
function few(lines: readonly string[]): readonly string[] {
  if (lines.length <= MOST_DIFFERENCES) return lines;
  const more = lines.length - MOST_DIFFERENCES;
  return [...lines.slice(0, MOST_DIFFERENCES), `and ${more} more differences`];
}

/** Whether a text, of a message, a header field or a reason, is as it has to be. */
export function matchText(
  pattern: TextPattern,
  came: string,
  variables: Lookup,
  captures: Map<string, Json>,
): Mismatch | undefined {
  const show = (text: string) =>
    showMessage({ kind: "text", bytes: new TextEncoder().encode(text) }, variables);
  if (pattern.type === "regex") {
    if (matchRegex(pattern.regex, came, variables, captures)) return undefined;
    return mismatch("the text does not match", pattern.regex.shown, show(came));
  }
  const expected = fill(pattern.text, variables);
  if (came === expected) return undefined;
  const difference = textDifference(variables.redact(expected), variables.redact(came));
  return mismatch("another text came", show(expected), show(came), [difference]);
}

/** Whether it matched. */
export function isCaptures(found: Captures | Mismatch): found is Captures {
  return found instanceof Map;
}

/** A mismatch with its two values told. */
export function mismatch(
  message: string,
  expected: string,
  came: string,
  more: readonly string[] = [],
): Mismatch {
  const details = [`expected: ${expected}`, `came:     ${came}`, ...more];
  return { message, details, expected, came };
}

/** A JSON pattern as it is written, with the values that its variables have. */
function patternText(node: JsonNode, variables: Lookup): string {
  const inner = (node: JsonNode) => patternText(node, variables);
  switch (node.type) {
    case "value":
      return node.raw;
    case "string":
      return JSON.stringify(fill(node.text, variables));
    case "variable": {
      const value = variables.get(node.name);
      return value === undefined ? `$${node.name}` : JSON.stringify(value);
    }
    case "form":
      return node.form;
    case "regex":
      return node.regex.shown;
    case "array":
      return `[${
        [
          ...node.openBefore ? ["..."] : [],
          ...node.items.map(inner),
          ...node.open ? ["..."] : [],
        ].join(",")
      }]`;
    case "object":
      return `{${
        node.entries.map(([key, value]) => `${JSON.stringify(key)}:${inner(value)}`).join(",")
      }}`;
  }
}
