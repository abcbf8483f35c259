/**
 * What came of a conversation.
 *
 * @module
 */
import type { ErrorKind } from "../core/errors.ts";
import type { Position } from "./scanner.ts";

/** Why a step failed. */
export interface Failure {
  /** What sort of failure; it decides the exit status. */
  readonly kind: ErrorKind;
  /** One line. */
  readonly message: string;
  /** More lines: what was expected and what came, and where they differ. */
  readonly details: readonly string[];
  /** What came and went since the expectation before, one line each. */
  readonly traffic: readonly string[];
}

/** One expectation as it was played. */
export interface Case {
  /** How it is written. */
  readonly name: string;
  /** Where it is written. */
  readonly position: Position;
  /** `failed` is another answer than expected, `error` something that went wrong on the way. */
  readonly outcome: "passed" | "failed" | "error" | "skipped";
  /** How long it took, in milliseconds. */
  readonly milliseconds: number;
  /** Why it failed. */
  readonly failure?: Failure;
  /** Why it was skipped. */
  readonly note?: string;
}

/** One conversation as it was played. */
export interface Result {
  /** The file. */
  readonly name: string;
  /** Who the other side was. */
  readonly peer: string;
  /** When it began. */
  readonly began: Date;
  /** How long it took, in milliseconds. */
  readonly milliseconds: number;
  /** Its expectations in the order they were played, then those that were not. */
  readonly cases: readonly Case[];
}

/** What ended a conversation early, if anything did. */
export function failedCase({ cases }: Pick<Result, "cases">): Case | undefined {
  return cases.find(({ failure }) => failure !== undefined);
}

/** How many expectations of a conversation had each outcome. */
export function countOutcomes(cases: readonly Case[]): Record<Case["outcome"], number> {
  const counts = { passed: 0, failed: 0, error: 0, skipped: 0 };
  for (const { outcome } of cases) counts[outcome]++;
  return counts;
}
