/**
 * What a diagnosis is made from and of.
 *
 * @module
 */
import type { Finding, ProbeReport, Question, SecondLook } from "./report.ts";

/** What is known when the diagnosis is made. */
export type Findings = Omit<ProbeReport, "diagnosis">;

/** What works. */
export function good(text: string): Finding {
  return { level: "good", text };
}

/** What is worth knowing. */
export function note(text: string, next?: string): Finding {
  return { level: "note", text, next };
}

/** What is wrong. */
export function problem(text: string, next?: string): Finding {
  return { level: "problem", text, next };
}

/** What a second attempt has told. */
export function answer(found: Findings, question: Question): SecondLook | undefined {
  return found.secondLooks.find((look) => look.question === question);
}

/** The value of a header field of the answer. */
export function field(found: Findings, name: string): string | undefined {
  const of = found.upgrade?.headers.find(([other]) => other.toLowerCase() === name.toLowerCase());
  return of?.[1];
}

/** Whether the request had such a header field. */
export function wasSent(found: Findings, name: string): boolean {
  const sent = found.upgrade?.requestHeaders ?? [];
  return sent.some(([other]) => other.toLowerCase() === name.toLowerCase());
}
