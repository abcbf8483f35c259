/**
 * What is expected of how the connection was made.
 *
 * @module
 */
import { type Captures, matchText, type Mismatch, mismatch } from "./match.ts";
import { headerValues, type Opening } from "./opening.ts";
import type { Expected } from "./step.ts";
import { failed, misused } from "./step_failure.ts";
import type { Json, Lookup } from "./variables.ts";

/** What can be expected of it. */
export type OpeningExpected = Extract<
  Expected,
  { type: "status" | "header" | "subprotocol" | "path" }
>;

/** Checks what is known since the connection was made; what it catches. Throws a step failure. */
export function checkOpening(
  expected: OpeningExpected,
  opening: Opening,
  variables: Lookup,
): Captures {
  const { error, status, uri, protocol } = opening;
  if (error !== undefined && status === undefined) throw error;
  const captures = new Map<string, Json>();
  switch (expected.type) {
    case "status":
      if (status === expected.status) return captures;
      throw failed(mismatch(
        "the server answered with another status",
        String(expected.status),
        String(status),
      ));
    case "subprotocol":
      if (protocol === expected.name) return captures;
      throw failed(mismatch(
        "another subprotocol was agreed on",
        expected.name ?? "none",
        protocol ?? "none",
      ));
    case "path": {
      if (uri === undefined) throw misused("only a server is asked for a path");
      const wrong = matchText(expected.path, uri, variables, captures);
      if (wrong !== undefined) throw failed({ ...wrong, message: "another path was asked for" });
      return captures;
    }
    case "header":
      return checkHeader(expected, opening, variables);
  }
}

function checkHeader(
  { name, value }: Extract<Expected, { type: "header" }>,
  opening: Opening,
  variables: Lookup,
): Captures {
  const values = headerValues(opening, name);
  if (values === undefined) throw misused("header fields are not known of this connection");
  if (values.length === 0) {
    throw failed(mismatch(`there is no header field ${name}`, name, "no such field"));
  }
  if (value === undefined) return new Map();
  let wrong: Mismatch | undefined;
  for (const came of values) {
    const captures = new Map<string, Json>();
    wrong = matchText(value, came, variables, captures);
    if (wrong === undefined) return captures;
  }
  throw failed({ ...wrong!, message: `the header field ${name} has another value` });
}
