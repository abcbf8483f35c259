/**
 * What may follow what is typed.
 *
 * @module
 */

/** Ways to go on with a line. */
export interface Completion {
  /** Where the word begins that is completed. */
  readonly from: number;
  /** What may stand there instead. */
  readonly candidates: readonly string[];
  /** How many characters all candidates begin with that need not be listed: a folder. */
  readonly unlisted?: number;
}

/** Tells how a line may go on from what is before the cursor. */
export type Completer = (before: string) => Completion | undefined;

/** What all of some words begin with. */
export function commonBeginning(words: readonly string[]): string {
  let common = words[0];
  for (const word of words) {
    while (!word.startsWith(common)) common = common.slice(0, -1);
  }
  return common;
}
