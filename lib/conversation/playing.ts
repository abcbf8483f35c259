/**
 * Playing one conversation, from opening the connection to what came of it.
 *
 * @module
 */
import type { Opener } from "../core/opener.ts";
import { openFor, type Opening } from "./opening.ts";
import { Player, type PlaySettings } from "./player.ts";
import { redactResult } from "./redact.ts";
import type { Result } from "./result.ts";
import type { Step } from "./step.ts";

/** What is played. */
export interface Part {
  /** The file's name. */
  readonly name: string;
  /** The steps of this side. */
  readonly steps: readonly Step[];
}

/** Opens a connection to `peer` and plays. */
export async function playOver(
  opener: Opener,
  peer: string,
  part: Part,
  settings: PlaySettings,
): Promise<Result> {
  const began = new Date();
  const since = performance.now();
  const opening = await openFor(opener, settings.signal);
  return await playOpened(opening, peer, part, settings, { began, since });
}

/** Plays over a connection that is open already. */
export async function playOpened(
  opening: Opening,
  peer: string,
  { name, steps }: Part,
  settings: PlaySettings,
  { began, since }: { began: Date; since: number },
): Promise<Result> {
  const cases = await new Player(opening, settings).play(steps);
  const milliseconds = performance.now() - since;
  const result: Result = { name, peer, began, milliseconds, cases };
  return redactResult(result, (text) => settings.variables.redact(text));
}
