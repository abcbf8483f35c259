/**
 * Words that may stand first on the command line in the place of an address, each a program
 * of its own: `wirecat probe wss://…`.
 *
 * @module
 */
import type { Registry } from "../core/registry.ts";
import { helpCommands } from "./help_commands.ts";

/** One such word. */
export interface CommandType {
  /** The word. */
  readonly name: string;
  /** What comes after it, as the help writes it. */
  readonly argument: string;
  /** One sentence for the list. */
  readonly summary: string;
  /** Runs it with the words after its name; resolves to the exit status. May throw. */
  run(words: readonly string[], registry: Registry): Promise<number>;
}

/** The commands, in the order of the help. */
export const commands: readonly CommandType[] = [
  ...helpCommands,
];

/** The command that a command line begins with. */
export function commandOf(words: readonly string[]): CommandType | undefined {
  return commands.find(({ name }) => name === words[0]);
}
