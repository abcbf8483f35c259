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
  {
    name: "probe",
    argument: "[OPTIONS] URL",
    summary: "Open a WebSocket step by step; say what works, what fails, and why.",
    run: async (words, registry) => (await import("../probe/run.ts")).runProbe(words, registry),
  },
  {
    name: "curl",
    argument: "URL [curl's options]",
    summary: "Run what a browser's Copy as cURL says, pasted behind it.",
    run: async (words, registry) => (await import("../curl/run.ts")).runCurl(words, registry),
  },
  {
    name: "config",
    argument: "[show|path|profiles|schema]",
    summary: "Print the defaults and profiles, where they are, or their schema.",
    run: async (words, registry) =>
      (await import("./config_command.ts")).runConfig(words, registry),
  },
  {
    name: "hash-password",
    argument: "NAME",
    summary: "Ask for a password; print its line for --require-basic-auth.",
    run: async (words) => (await import("../auth/hash_password_command.ts")).runHashPassword(words),
  },
  {
    name: "run",
    argument: "[OPTIONS] FILE… URL",
    summary: "Play a scripted conversation with a server or, with --serve, as one.",
    run: async (words, registry) =>
      (await import("../conversation/command.ts")).runConversations(words, registry),
  },
  ...helpCommands,
];

/** Commands that see to `--help` themselves. */
const OWN_HELP = ["help", "run"];

/** The command that a command line begins with; with `--help` behind it, one that tells of it. */
export function commandOf(words: readonly string[]): CommandType | undefined {
  const command = commands.find(({ name }) => name === words[0]);
  if (command === undefined || OWN_HELP.includes(command.name)) return command;
  if (words[1] !== "--help" && words[1] !== "-h") return command;
  const help = commands.find(({ name }) => name === "help")!;
  return { ...command, run: (_, registry) => help.run([command.name], registry) };
}
