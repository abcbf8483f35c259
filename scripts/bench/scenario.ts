/**
 * What a scenario is, and how one program is measured in it.
 *
 * @module
 */
import type { Job, Result } from "./job.ts";
import { Generator, type Launch, type Processors, Running } from "./process.ts";
import type { Identity, Program } from "./programs.ts";

/** What a figure counts; the table knows how to print it. */
export type Unit = "messages/s" | "bytes/s" | "connections/s" | "seconds" | "bytes";

/** One line of the table for each program. */
export interface Metric {
  /** Which of the figures. */
  readonly figure: string;
  /** What the table adds to the scenario's name. */
  readonly label?: string;
  /** Units and the direction that is good: of rates the higher, of times and memory the lower. */
  readonly unit: Unit;
  /** What wirecat's figure has to be in relation to a peer's: at least for rates, else at most. */
  readonly targets?: Readonly<Record<string, number>>;
}

/** Figures of one program in one run, by name. */
export interface Figures {
  readonly [figure: string]: number;
}

/** A run's figures, and whether the load was what limited them. */
export interface Run {
  readonly figures: Figures;
  /** The program had time left and the generator had none. */
  readonly generatorBound: boolean;
  /** What has to be said of this run. */
  readonly note?: string;
}

/** Work that several programs can do. */
export interface Scenario {
  readonly name: string;
  readonly metrics: readonly Metric[];
  /** How the program does it; absent: it cannot. */
  launch(program: Program, bench: Bench): unknown;
  /** Measures it once. */
  run(program: Program, bench: Bench): Promise<Run>;
  /** How many runs are enough, where that is not the bench's choice. */
  readonly runs?: number;
}

/** What all scenarios are run with. */
export interface Bench {
  readonly processors: Processors;
  /** How long to measure each time. */
  readonly seconds: number;
  /** How long to warm up before. */
  readonly warmUp: number;
  /** Less of everything that is counted in connections. */
  readonly quick: boolean;
  /** Rates are for each second of processor time that the program used, not of the clock. */
  readonly perProcessorSecond: boolean;
  /** A folder for what is needed meanwhile. */
  readonly folder: string;
  /** For TLS, if one could be made. */
  readonly identity?: Identity;
}

/** Above this the generator is at its limit; below that a program still has time left. */
const GENERATOR_FULL = 0.9;
const PROGRAM_FULL = 0.85;

/** What a run needs beside the program and the generator. */
export interface Arrangement {
  /** The program; it is given the generator's port, if that serves. */
  launch(port: number): Launch;
  readonly job: (port: number) => Job;
  /** Who listens: the program, the generator, or both (a relay). */
  readonly listens: "program" | "generator" | "both";
  /** Files that the generator needs, and a look at the program after the job. */
  readonly files?: number;
  readonly look?: (program: Running, before: number) => Figures;
  readonly figures: (result: Result) => Figures;
  /** A process beside the program that feeds or drains it. */
  readonly helper?: Launch;
}

/** Starts everything, measures, ends everything. */
export async function arrange(arrangement: Arrangement, bench: Bench): Promise<Run> {
  const { load, program: processor } = bench.processors;
  const { job, listens, files } = arrangement;
  const started: { stop(): Promise<void> }[] = [];
  const start = <T extends { stop(): Promise<void> }>(process: T): T => {
    started.push(process);
    return process;
  };
  try {
    let generator: Generator;
    let program: Running;
    if (listens === "program") {
      program = start(new Running(arrangement.launch(0), processor));
      const port = await program.listening();
      generator = start(new Generator(job(port), load, files));
    } else {
      generator = start(new Generator(job(0), load, files));
      const port = await generator.port();
      program = start(new Running(arrangement.launch(port), processor));
      if (listens === "both") await generator.tell(await program.listening());
    }
    if (arrangement.helper) start(new Running(arrangement.helper, load));
    const memory = program.memory();
    let result: Result;
    let used: number;
    let watch: number;
    try {
      await generator.begun();
      used = program.processorTime();
      watch = performance.now();
      result = await generator.result();
    } catch (error) {
      throw program.complaint === "" ? error : new Error(`${message(error)}: ${program.complaint}`);
    }
    const busy = (program.processorTime() - used) / ((performance.now() - watch) / 1000);
    const figures: Record<string, number> = {
      ...arrangement.figures(result),
      ...arrangement.look?.(program, memory),
    };
    if (bench.perProcessorSecond && "rate" in figures && busy > 0) figures.rate /= busy;
    return {
      figures,
      generatorBound: busy < PROGRAM_FULL && (result.busy ?? 0) > GENERATOR_FULL,
      note: result.delivered === undefined || result.delivered > 0.999
        ? undefined
        : `${(100 * (1 - result.delivered)).toFixed(1)} % lost`,
    };
  } finally {
    for (const process of started.reverse()) await process.stop();
  }
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
