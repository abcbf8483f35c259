/**
 * What came of conversations, as JUnit's XML, which continuous integration reads.
 *
 * @module
 */
import { type Case, countOutcomes, type Result } from "./result.ts";
import { formatPosition } from "./scanner.ts";

/** The whole report: a suite for each conversation, a case for each expectation. */
export function junitReport(results: readonly Result[]): string {
  const all = countOutcomes(results.flatMap(({ cases }) => cases));
  const tests = results.reduce((sum, { cases }) => sum + cases.length, 0);
  const time = results.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const totals = attributes({
    name: "wirecat",
    tests,
    failures: all.failed,
    errors: all.error,
    skipped: all.skipped,
    time: inSeconds(time),
  });
  const suites = results.map(suite).join("");
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${totals}>\n${suites}</testsuites>\n`;
}

function suite({ name, peer, began, milliseconds, cases }: Result): string {
  const counts = countOutcomes(cases);
  const head = attributes({
    name,
    file: name,
    tests: cases.length,
    failures: counts.failed,
    errors: counts.error,
    skipped: counts.skipped,
    time: inSeconds(milliseconds),
    timestamp: began.toISOString().slice(0, 19),
  });
  const properties = `    <properties><property${
    attributes({ name: "peer", value: peer })
  }/></properties>\n`;
  const inner = cases.map((one) => testCase(one, name)).join("");
  return `  <testsuite${head}>\n${properties}${inner}  </testsuite>\n`;
}

function testCase({ name, position, outcome, failure, note, milliseconds }: Case, suite: string) {
  const head = attributes({
    name,
    classname: suite,
    file: position.file,
    line: position.line,
    time: inSeconds(milliseconds),
  });
  if (outcome === "passed") return `    <testcase${head}/>\n`;
  let inner: string;
  if (failure === undefined) {
    inner = `<skipped${attributes({ message: note ?? "" })}/>`;
  } else {
    const { kind, message, details, traffic } = failure;
    const tag = outcome === "failed" ? "failure" : "error";
    const lines = [`${formatPosition(position)}: ${name}`, message, ...details];
    if (traffic.length > 0) lines.push("since the last expectation:", ...traffic);
    inner = `<${tag}${attributes({ message, type: kind })}>${escape(lines.join("\n"))}</${tag}>`;
  }
  return `    <testcase${head}>${inner}</testcase>\n`;
}

function inSeconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}

function attributes(values: Record<string, string | number>): string {
  return Object.entries(values).map(([name, value]) => ` ${name}="${escape(String(value))}"`).join(
    "",
  );
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text for XML 1.0, which has no place for most control characters (section 2.2). */
function escape(text: string): string {
  return text.toWellFormed()
    // deno-lint-ignore no-control-regex -- these are what it is about
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "\ufffd")
    .replace(/[&<>"]/g, (character) => ENTITIES[character])
    .replace(/[\t\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}
