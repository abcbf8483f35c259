/**
 * Keeping secrets out of reports.
 *
 * @module
 */
import type { Case, Result } from "./result.ts";

/** The same result with `redact` done to all texts that people will read. */
export function redactResult(result: Result, redact: (text: string) => string): Result {
  return {
    ...result,
    peer: redact(result.peer),
    cases: result.cases.map((one) => redactCase(one, redact)),
  };
}

function redactCase(one: Case, redact: (text: string) => string): Case {
  const { failure } = one;
  return {
    ...one,
    name: redact(one.name),
    failure: failure === undefined ? undefined : {
      ...failure,
      message: redact(failure.message),
      details: failure.details.map(redact),
      traffic: failure.traffic.map(redact),
    },
  };
}
