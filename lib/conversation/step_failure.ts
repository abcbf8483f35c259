/**
 * Why a step failed, on its way to the report.
 *
 * @module
 */
import { reasonOf, WirecatError } from "../core/errors.ts";
import { describeClose } from "../websocket/close.ts";
import type { Arrival } from "./inbox.ts";
import { type Mismatch, mismatch } from "./match.ts";
import type { Failure } from "./result.ts";
import { formatSeconds, printable, showMessage } from "./shown.ts";
import type { Lookup } from "./variables.ts";

/** A failure without what came and went before it. */
export type Cause = Omit<Failure, "traffic">;

/** A step that failed. */
export class StepFailure extends Error {
  /** Why. */
  readonly failure: Cause;

  /** `failure` is for the report. */
  constructor(failure: Cause) {
    super(failure.message);
    this.failure = failure;
  }
}

/** Something else came than was expected. */
export function failed({ message, details }: Pick<Mismatch, "message" | "details">): StepFailure {
  return new StepFailure({ kind: "assertion", message, details });
}

/** What was asked for cannot be. */
export function misused(message: string, details: readonly string[] = []): StepFailure {
  return new StepFailure({ kind: "usage", message, details });
}

/** Something did not come: the time was up (nothing arrived), or the connection was over. */
export function notCome(
  what: string,
  arrival: Arrival | undefined,
  within: number,
  variables: Lookup,
  waiting = 0,
): StepFailure {
  if (arrival === undefined) {
    const details = [`expected: ${what}`];
    if (waiting > 0) details.push(`messages that wait to be expected: ${waiting}`);
    return failed({ message: `it did not come within ${formatSeconds(within)}`, details });
  }
  if (arrival.type === "error") {
    const { kind, message, hint } = arrival;
    return new StepFailure({ kind, message, details: hint === undefined ? [] : [hint] });
  }
  return failed(
    mismatch("the connection was closed instead", what, describeArrival(arrival, variables)),
  );
}

/** What came, in words. */
export function describeArrival(arrival: Arrival, variables: Lookup): string {
  if (arrival.type === "message") return showMessage(arrival, variables);
  if (arrival.type === "error") return arrival.message;
  return `the end of the connection: ${printable(describeClose(arrival))}`;
}

/** What was thrown, for the report. */
export function causeOf(error: unknown): Cause {
  if (error instanceof StepFailure) return error.failure;
  if (error instanceof WirecatError) {
    const { kind, message, hint } = error;
    return { kind, message, details: hint === undefined ? [] : [hint] };
  }
  return { kind: "other", message: reasonOf(error), details: [] };
}
