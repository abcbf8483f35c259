/**
 * wirecat beside every program of its kind that is on PATH: the same work, in the same
 * run, in turns.
 *
 *     deno task bench [--only PATTERN] [--seconds N] [--runs N] [--per-cpu] [--quick]
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { makeIdentity } from "./bench/certificate.ts";
import { machineLines } from "./bench/machine.ts";
import { chooseProcessors } from "./bench/process.ts";
import { emptyProgram, findPrograms, plainEcho, type Program } from "./bench/programs.ts";
import type { Bench, Figures, Run, Scenario } from "./bench/scenario.ts";
import { scenarios } from "./bench/scenarios.ts";
import { type Cell, formatTable, type Row, tally } from "./bench/table.ts";

const USAGE = `deno task bench [OPTIONS]
  --only PATTERN   only scenarios whose name matches this regular expression
  --seconds N      how long to measure each time (2)
  --runs N         how often; the median counts (3)
  --quick          one short run each, fewer connections
  --per-cpu        rates for each second of processor time that the program used, which
                   other work on the machine disturbs less
  --list           print the scenarios' names
`;

async function main(): Promise<void> {
  const flags = parseArgs(Deno.args, {
    string: ["only", "seconds", "runs"],
    boolean: ["quick", "per-cpu", "list", "help"],
  });
  if (flags.help) return print(USAGE);
  const wanted = new RegExp(flags.only ?? "", "i");
  const chosen = scenarios.filter(({ name }) => wanted.test(name));
  if (flags.list) return print(chosen.map(({ name }) => name + "\n").join(""));
  const folder = await Deno.makeTempDir({ prefix: "wirecat-bench-" });
  try {
    const quick: boolean = flags.quick;
    const bench: Bench = {
      processors: await chooseProcessors(),
      seconds: Number(flags.seconds ?? (quick ? 0.7 : 2)),
      warmUp: quick ? 0.3 : 0.7,
      quick,
      perProcessorSecond: flags["per-cpu"],
      folder,
      identity: await makeIdentity(folder),
    };
    const programs = [...await findPrograms(), emptyProgram, plainEcho];
    const machine = await machineLines(programs, bench.processors);
    const runs = Number(flags.runs ?? (quick ? 1 : 3));
    const rows: Row[] = [];
    for (const scenario of chosen) rows.push(...await compare(scenario, programs, bench, runs));
    const { pass, missed } = tally(rows);
    const targets = `Targets: ${pass} reached, ${missed.length} missed`;
    const clock = bench.perProcessorSecond ? "Rates are per second of processor time.\n" : "";
    print(`${formatTable(rows)}\n\n${clock}${machine}\n`);
    print(`${[targets, ...missed].join(missed.length > 0 ? "\n  " : "")}\n`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs a scenario with all programs in turns. */
async function compare(
  scenario: Scenario,
  programs: readonly Program[],
  bench: Bench,
  runs: number,
): Promise<Row[]> {
  const able = programs.filter((program) => scenario.launch(program, bench) !== undefined);
  if (able.length === 0) return [];
  const results = new Map<Program, Run[] | string>(able.map((program) => [program, []]));
  for (let turn = 0; turn < (scenario.runs ?? runs); turn++) {
    for (const program of able) {
      const sofar = results.get(program)!;
      if (typeof sofar === "string") continue;
      progress(`${scenario.name}: ${program.name}, run ${turn + 1}`);
      try {
        sofar.push(await scenario.run(program, bench));
      } catch (error) {
        results.set(program, `does not run: ${error instanceof Error ? error.message : error}`);
      }
    }
  }
  progress("");
  const [wirecat, ...peers] = able;
  return scenario.metrics.flatMap((metric) =>
    peers.map((peer): Row => ({
      scenario: metric.label === undefined ? scenario.name : `${scenario.name}, ${metric.label}`,
      wirecat: cellOf(results.get(wirecat)!, metric.figure),
      peer: peer.name,
      theirs: cellOf(results.get(peer)!, metric.figure),
      metric,
    }))
  );
}

/** The median of a figure over the runs. */
function cellOf(runs: Run[] | string, figure: keyof Figures): Cell {
  if (typeof runs === "string") return { skipped: runs };
  const sorted = runs.toSorted((a, b) => a.figures[figure] - b.figures[figure]);
  const { figures, generatorBound, note } = sorted[sorted.length >> 1];
  return { value: figures[figure], generatorBound, note };
}

/** What is being done, on one line of a terminal that is written over. */
function progress(text: string): void {
  if (!Deno.stderr.isTerminal()) return;
  Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${text}`));
}

function print(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

if (import.meta.main) await main();
