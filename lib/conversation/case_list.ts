/**
 * The expectations of a conversation as they are met or not.
 *
 * @module
 */
import type { Case, Failure } from "./result.ts";
import { allSteps, type ExpectStep, type Step } from "./step.ts";

/** The cases of one conversation. */
export class CaseList {
  /** In the order in which they were played. */
  readonly cases: Case[] = [];
  readonly #played = new Set<Step>();
  /** Where the last case of a step is, and how many rounds it stands for. */
  readonly #places = new Map<Step, { at: number; rounds: number }>();
  #began = 0;

  /** The time of the next case begins. */
  begin(): void {
    this.#began = performance.now();
  }

  get #milliseconds(): number {
    return performance.now() - this.#began;
  }

  /** A step was met, or is optional and did not come. One case stands for all its rounds. */
  met(step: ExpectStep, came: boolean): void {
    this.#played.add(step);
    const { position, source: name } = step;
    const outcome = came ? "passed" : "skipped";
    const before = this.#places.get(step);
    const merged = before === undefined ? undefined : this.cases[before.at];
    if (before !== undefined && merged?.outcome === outcome) {
      this.cases[before.at] = {
        ...merged,
        name: `${name} (${++before.rounds} rounds)`,
        milliseconds: merged.milliseconds + this.#milliseconds,
      };
    } else {
      this.#places.set(step, { at: this.cases.length, rounds: 1 });
      const note = came ? undefined : "optional; it did not come";
      this.cases.push({ name, position, milliseconds: this.#milliseconds, outcome, note });
    }
    this.begin();
  }

  /** A step failed, or connecting did; `rounds` is where in blocks that are repeated. */
  failed(step: Step | undefined, failure: Failure, rounds: string, connected: boolean): void {
    if (connected && step !== undefined) this.#played.add(step);
    const round = rounds === "" ? "" : ` (round ${rounds})`;
    this.cases.push({
      name: connected && step !== undefined ? step.source + round : "connect",
      position: step?.position ?? { file: "", line: 1, column: 1 },
      outcome: failure.kind === "assertion" ? "failed" : "error",
      milliseconds: this.#milliseconds,
      failure,
    });
  }

  /** The expectations among `steps` that were not reached. */
  skipRest(steps: readonly Step[]): void {
    for (const step of allSteps(steps)) {
      if (step.type !== "expect" || this.#played.has(step)) continue;
      const { source: name, position } = step;
      const note = "a step before it failed";
      this.cases.push({ name, position, outcome: "skipped", milliseconds: 0, note });
    }
  }
}
