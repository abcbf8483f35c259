/**
 * JSON with more in it than values: variables, forms such as `number`, regular expressions.
 * The same notation is what is sent, with values put in, and what is expected, as a subset.
 *
 * @module
 */
import { digitsOf } from "./long_number.ts";
import { matchRegex, type RegexPattern } from "./regex_pattern.ts";
import { fill, namesIn, type Template } from "./template.ts";
import { type Json, type Lookup, valueOf } from "./variables.ts";

/** Words that stand for any value of a type; `absent` for a key that must not be there. */
export const FORMS = [
  "any",
  "string",
  "number",
  "integer",
  "boolean",
  "object",
  "array",
  "absent",
] as const;

/** A part of a JSON pattern. */
export type JsonNode =
  | { readonly type: "value"; readonly value: null | boolean | number; readonly raw: string }
  | { readonly type: "string"; readonly text: Template }
  | { readonly type: "object"; readonly entries: readonly (readonly [string, JsonNode])[] }
  | {
    readonly type: "array";
    readonly items: readonly JsonNode[];
    /** Whether more items may follow. */
    readonly open: boolean;
    /** Whether more items may come before. */
    readonly openBefore: boolean;
  }
  | { readonly type: "variable"; readonly name: string }
  | { readonly type: "form"; readonly form: typeof FORMS[number] }
  | { readonly type: "regex"; readonly regex: RegexPattern };

/** The JSON text with values put in, without spaces. Throws where a value is not known. */
export function renderJson(node: JsonNode, variables: Lookup): string {
  switch (node.type) {
    case "value":
      return node.raw;
    case "string":
      return JSON.stringify(fill(node.text, variables));
    case "variable":
      return JSON.stringify(valueOf(node.name, variables));
    case "object": {
      const entries = node.entries.filter(([, value]) =>
        value.type !== "form" || value.form !== "absent"
      );
      const parts = entries.map(([key, value]) =>
        `${JSON.stringify(key)}:${renderJson(value, variables)}`
      );
      return `{${parts.join(",")}}`;
    }
    case "array":
      return `[${node.items.map((item) => renderJson(item, variables)).join(",")}]`;
    case "form":
    case "regex":
      throw new Error("a pattern has no JSON text");
  }
}

/** Whether a node has a value to send: no form and no regular expression is in it. */
export function isConcrete(node: JsonNode): boolean {
  switch (node.type) {
    case "form":
    case "regex":
      return false;
    case "object":
      return node.entries.every(([, value]) =>
        isConcrete(value) || (value.type === "form" && value.form === "absent")
      );
    case "array":
      return node.items.every(isConcrete);
    default:
      return true;
  }
}

/** Names that have to have a value for {@linkcode renderJson}, and those that matching gives one. */
export function namesInJson(node: JsonNode): { reads: string[]; captures: string[] } {
  const reads: string[] = [];
  const captures: string[] = [];
  const visit = (node: JsonNode): void => {
    if (node.type === "string") reads.push(...namesIn(node.text));
    else if (node.type === "variable") captures.push(node.name);
    else if (node.type === "object") node.entries.forEach(([, value]) => visit(value));
    else if (node.type === "array") node.items.forEach(visit);
    else if (node.type === "regex") {
      reads.push(...namesIn(node.regex.template));
      captures.push(...node.regex.captures);
    }
  };
  visit(node);
  return { reads, captures };
}

/** One place where a value is not as it should be. */
export interface Difference {
  /** Where: `.user.tags[0]`; empty for the whole. */
  readonly path: string;
  /** What should be there. */
  readonly expected: string;
  /** What is there. */
  readonly came: string;
}

/**
 * Where `value` differs from the pattern: objects may have more keys, arrays no more items
 * unless they begin or end with `...`. What variables catch is put into `captures`.
 */
export function matchJson(
  node: JsonNode,
  value: Json | undefined,
  variables: Lookup,
  captures: Map<string, Json>,
  path = "",
): Difference[] {
  const differs = (expected: string): Difference[] => [
    { path, expected, came: shown(value, variables) },
  ];
  switch (node.type) {
    case "value":
      return value === node.value || digitsOf(value) === node.raw ? [] : differs(node.raw);
    case "string": {
      const text = fill(node.text, variables);
      return value === text ? [] : differs(JSON.stringify(text));
    }
    case "variable": {
      const known = (captures.has(node.name) ? captures : variables).get(node.name);
      if (known === undefined) {
        if (value === undefined) return differs(`a value for $${node.name}`);
        captures.set(node.name, value);
        return [];
      }
      return equal(known, value) ? [] : differs(`${shown(known, variables)} ($${node.name})`);
    }
    case "form":
      return hasForm(node.form, value) ? [] : differs(FORM_WORDS[node.form]);
    case "regex": {
      const said = `a text like ${node.regex.shown}`;
      if (typeof value !== "string") return differs(said);
      return matchRegex(node.regex, value, variables, captures) ? [] : differs(said);
    }
    case "array": {
      if (!Array.isArray(value)) return differs("an array");
      if (node.openBefore) {
        if (isWithin(node, value, variables, captures)) return [];
        const items = node.items.length === 1 ? "such an item" : "such items in a row";
        return differs(`${items} ${node.open ? "in the array" : "at its end"}`);
      }
      const differences = node.items.flatMap((item, i) =>
        matchJson(item, value[i], variables, captures, `${path}[${i}]`)
      );
      if (node.open || value.length <= node.items.length) return differences;
      const more = value.length - node.items.length;
      const expected = `${node.items.length} item${node.items.length === 1 ? "" : "s"}`;
      return [...differences, { path, expected, came: `${more} more` }];
    }
    case "object": {
      if (!isObject(value)) return differs("an object");
      return node.entries.flatMap(([key, entry]) =>
        matchJson(
          entry,
          Object.hasOwn(value, key) ? value[key] : undefined,
          variables,
          captures,
          path + (/^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`),
        )
      );
    }
  }
}

/** Whether a run of items is as the pattern's. Only the first such run catches values. */
function isWithin(
  { items, open }: Extract<JsonNode, { type: "array" }>,
  value: readonly Json[],
  variables: Lookup,
  captures: Map<string, Json>,
): boolean {
  const last = value.length - items.length;
  for (let at = open ? 0 : Math.max(0, last); at <= last; at++) {
    const caught = new Map(captures);
    const fits = items.every((item, i) =>
      matchJson(item, value[at + i], variables, caught).length === 0
    );
    if (!fits) continue;
    for (const [name, found] of caught) captures.set(name, found);
    return true;
  }
  return false;
}

const FORM_WORDS: Record<typeof FORMS[number], string> = {
  any: "any value",
  string: "a text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  object: "an object",
  array: "an array",
  absent: "no such key",
};

function hasForm(form: typeof FORMS[number], value: Json | undefined): boolean {
  switch (form) {
    case "absent":
      return value === undefined;
    case "any":
      return value !== undefined;
    case "integer":
      return Number.isInteger(value) || digitsOf(value) !== undefined;
    case "array":
      return Array.isArray(value);
    case "object":
      return isObject(value);
    case "string":
      return typeof value === "string";
    case "number":
      return typeof value === "number" || digitsOf(value) !== undefined;
    case "boolean":
      return typeof value === "boolean";
  }
}

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return value !== null && typeof value === "object" && !Array.isArray(value) &&
    digitsOf(value) === undefined;
}

function equal(a: Json, b: Json | undefined): boolean {
  if (a === b) return true;
  if (a === null || b === null || b === undefined) return false;
  if (typeof a !== "object" || typeof b !== "object" || Array.isArray(a) !== Array.isArray(b)) {
    return false;
  }
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) =>
    Object.hasOwn(b, key) &&
    equal((a as Record<string, Json>)[key], (b as Record<string, Json>)[key])
  );
}

/** How much of a value is shown, in characters. */
const SHOWN = 200;

function shown(value: Json | undefined, variables: Lookup): string {
  if (value === undefined) return "nothing";
  const text = variables.redact(JSON.stringify(value));
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
