/**
 * What came of conversations, as the Test Anything Protocol, version 14: https://testanything.org
 *
 * @module
 */
import type { Case, Result } from "./result.ts";
import { formatPosition } from "./scanner.ts";
import { printable } from "./shown.ts";

/** The whole report: a test point for each expectation, a skipped plan where there is none. */
export function tapReport(results: readonly Result[]): string {
  const lines = ["TAP version 14"];
  let number = 0;
  for (const { name, peer, cases } of results) {
    lines.push(`# ${printable(name)} ${printable(peer)}`);
    for (const one of cases) lines.push(...testPoint(one, ++number));
  }
  lines.push(number === 0 ? "1..0 # SKIP nothing was expected" : `1..${number}`);
  return lines.join("\n") + "\n";
}

function testPoint({ name, position, outcome, failure, note, milliseconds }: Case, n: number) {
  const description = escape(`${formatPosition(position)} ${printable(name)}`);
  if (outcome === "skipped") return [`ok ${n} - ${description} # SKIP ${note ?? ""}`.trimEnd()];
  if (failure === undefined) return [`ok ${n} - ${description}`];
  const yaml = [
    "---",
    `message: ${JSON.stringify(failure.message)}`,
    `severity: ${outcome === "failed" ? "fail" : "error"}`,
    `file: ${JSON.stringify(position.file)}`,
    `line: ${position.line}`,
    `duration_ms: ${Number(milliseconds.toFixed(3))}`,
    ...list("details", failure.details),
    ...list("traffic", failure.traffic),
    "...",
  ];
  return [`not ok ${n} - ${description}`, ...yaml.map((line) => `  ${line}`)];
}

function list(key: string, lines: readonly string[]): string[] {
  return lines.length === 0
    ? []
    : [`${key}:`, ...lines.map((line) => `  - ${JSON.stringify(line)}`)];
}

/** A description in which nothing is taken for a directive. */
function escape(text: string): string {
  return text.replace(/[\\#]/g, "\\$&");
}
