/**
 * The table: one line for each scenario and peer.
 *
 * @module
 */
import type { Metric, Unit } from "./scenario.ts";

/** What one program came to in one metric; or why it did not. */
export type Cell = {
  readonly value: number;
  readonly generatorBound?: boolean;
  readonly note?: string;
} | { readonly skipped: string };

/** One line. */
export interface Row {
  readonly scenario: string;
  readonly wirecat: Cell;
  readonly peer: string;
  readonly theirs: Cell;
  readonly metric: Metric;
}

const HEADS = ["scenario", "wirecat", "peer", "its figure", "wirecat ÷ peer", "target", "", "note"];

/** The rows as a Markdown table with even columns. */
export function formatTable(rows: readonly Row[]): string {
  const cells = rows.map((row, i) => line(row, rows[i - 1]));
  const widths = HEADS.map((head, i) =>
    Math.max(head.length, 3, ...cells.map((cell) => cell[i].length))
  );
  const pad = (cell: string, i: number) =>
    NUMERIC.has(i) ? cell.padStart(widths[i]) : cell.padEnd(widths[i]);
  const write = (cell: readonly string[]) => `| ${cell.map(pad).join(" | ")} |`;
  const rule = widths.map((width, i) =>
    NUMERIC.has(i) ? "-".repeat(width - 1) + ":" : "-".repeat(width)
  );
  return [write(HEADS), `| ${rule.join(" | ")} |`, ...cells.map(write)].join("\n");
}

/** Columns that hold numbers. */
const NUMERIC = new Set([1, 3, 4]);

function line(row: Row, before: Row | undefined): string[] {
  const { scenario, wirecat, peer, theirs, metric } = row;
  const again = before?.scenario === scenario;
  const ratio = ratioOf(row);
  const target = metric.targets?.[peer];
  const atLeast = isRate(metric.unit);
  const reached = ratio !== undefined && target !== undefined &&
    (atLeast ? ratio >= target : ratio <= target);
  return [
    again ? "" : scenario,
    again ? "" : show(wirecat, metric.unit),
    peer,
    show(theirs, metric.unit),
    ratio === undefined ? "" : `${round(ratio)}×`,
    target === undefined ? "" : `${atLeast ? "≥" : "≤"} ${round(target)}×`,
    target === undefined || ratio === undefined ? "" : reached ? "pass" : "MISS",
    notes(row, again),
  ];
}

function ratioOf({ wirecat, theirs }: Row): number | undefined {
  if (!("value" in wirecat && "value" in theirs && theirs.value > 0)) return undefined;
  return wirecat.value / theirs.value;
}

/** How many targets were reached and missed. */
export function tally(rows: readonly Row[]): { pass: number; missed: string[] } {
  const missed: string[] = [];
  let pass = 0;
  for (const row of rows) {
    const target = row.metric.targets?.[row.peer];
    const ratio = ratioOf(row);
    if (target === undefined || ratio === undefined) continue;
    if (isRate(row.metric.unit) ? ratio >= target : ratio <= target) pass++;
    else missed.push(`${row.scenario} (${row.peer})`);
  }
  return { pass, missed };
}

function notes({ wirecat, peer, theirs }: Row, again: boolean): string {
  const notes: string[] = [];
  const add = (who: string, cell: Cell) => {
    if ("skipped" in cell) notes.push(`${who}: ${cell.skipped}`);
    else {
      if (cell.generatorBound) notes.push(`${who} generator-bound`);
      if (cell.note !== undefined) notes.push(`${who}: ${cell.note}`);
    }
  };
  if (!again) add("wirecat", wirecat);
  add(peer, theirs);
  return notes.join("; ").replaceAll("|", "/");
}

function isRate(unit: Unit): boolean {
  return unit.endsWith("/s");
}

function show(cell: Cell, unit: Unit): string {
  if ("skipped" in cell) return "skipped";
  const { value } = cell;
  switch (unit) {
    case "messages/s":
      return value >= 1e6 ? `${round(value / 1e6)} M/s` : `${round(value / 1e3)} k/s`;
    case "bytes/s":
      return value >= 1e9 ? `${round(value / 1e9)} GB/s` : `${round(value / 1e6)} MB/s`;
    case "connections/s":
      return `${round(value)} /s`;
    case "bytes":
      return value >= 1e6 ? `${round(value / 1e6)} MB` : `${round(value / 1e3)} kB`;
    case "seconds":
      if (value < 1e-3) return `${round(value * 1e6)} µs`;
      return value < 1 ? `${round(value * 1e3)} ms` : `${round(value)} s`;
  }
}

/** Three digits that matter. */
function round(value: number): string {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
