/**
 * Regular expressions in a conversation: variables stand in them, named groups become variables.
 *
 * @module
 */
import type { Scanner } from "./scanner.ts";
import { fill, parseTemplate, type Template } from "./template.ts";
import { type Json, type Lookup, textOf } from "./variables.ts";

/** A regular expression. */
export interface RegexPattern {
  /** Its source, with variables in it. */
  readonly template: Template;
  /** Its flags. */
  readonly flags: string;
  /** The names of its groups. */
  readonly captures: readonly string[];
  /** As it was written. */
  readonly shown: string;
}

/** Reads `/source/flags`. Throws at its place if it is none. */
export function compileRegex(scanner: Scanner): RegexPattern {
  const { source, flags, start } = scanner.regex();
  const fail = (message: string, hint?: string) => scanner.fail(message, hint, start);
  const template = parseTemplate(source, fail);
  const unknown = /[^imsuv]/.exec(flags)?.[0];
  if (unknown !== undefined) {
    fail(`a regular expression has no flag '${unknown}' here`, "allowed: i, m, s, u, v");
  }
  const captures = [...source.matchAll(/\(\?<([A-Za-z_]\w*)>/g)].map((match) => match[1]);
  try {
    // A name or a digit may stand wherever a value will.
    new RegExp(template.map((part) => typeof part === "string" ? part : "x").join(""), flags);
  } catch (error) {
    fail((error as Error).message.replace("Invalid regular expression:", "cannot be used:"));
  }
  return { template, flags, captures, shown: `/${source}/${flags}` };
}

/** Whether a text has what the expression looks for; what its groups catch is remembered. */
export function matchRegex(
  pattern: RegexPattern,
  text: string,
  variables: Lookup,
  captures: Map<string, Json>,
): boolean {
  const source = fill(pattern.template, variables, (text) => RegExp.escape(text));
  const found = new RegExp(source, pattern.flags).exec(text);
  if (found === null) return false;
  for (const name of pattern.captures) {
    const value = found.groups?.[name];
    if (value === undefined) continue;
    const known = captures.get(name) ?? variables.get(name);
    if (known !== undefined && textOf(known) !== value) return false;
    captures.set(name, value);
  }
  return true;
}
