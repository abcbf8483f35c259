/**
 * What came of conversations, for people.
 *
 * @module
 */
import { green, red } from "@std/fmt/colors";
import { countOutcomes, failedCase, type Result } from "./result.ts";
import { formatPosition } from "./scanner.ts";
import { formatSeconds, printable } from "./shown.ts";

/** One conversation: a line, and what failed. */
export function textOfResult(result: Result, colour = false): string {
  const { name, peer, cases, milliseconds } = result;
  const failed = failedCase(result);
  const paint = (text: string) => !colour ? text : failed === undefined ? green(text) : red(text);
  const counts = countOutcomes(cases);
  const time = formatSeconds(milliseconds / 1000);
  const of = failed === undefined ? "" : ` of ${cases.length}`;
  const all = failed === undefined ? counts.passed : cases.length;
  const sum = `${counts.passed}${of} expectation${all === 1 ? "" : "s"}, ${time}`;
  const head = `${paint(failed === undefined ? "ok  " : "FAIL")}  ${name}  ${peer}  ${sum}`;
  if (failed?.failure === undefined) return `${head}\n`;
  const { message, details, traffic } = failed.failure;
  const lines = [head, `  ${formatPosition(failed.position)}: ${printable(failed.name)}`];
  lines.push(`    ${paint(message)}`, ...details.map((line) => `    ${line}`));
  if (traffic.length > 0) {
    lines.push("    since the last expectation:", ...traffic.map((line) => `      ${line}`));
  }
  return lines.join("\n") + "\n";
}

/** The last line, where there were several conversations. */
export function textOfSum({ all, failed }: { all: number; failed: number }): string {
  if (all < 2) return "";
  return `${all} conversations: ${all - failed} ok, ${failed} failed\n`;
}
