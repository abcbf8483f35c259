/**
 * Options of the prompt that a person at a terminal gets, and when it is there.
 *
 * @module
 */
import { flag, type Option, type OptionValues } from "../core/option.ts";
import type { Mode } from "./modes.ts";
import { environment } from "../core/permission.ts";

/** `--no-tty`. */
export const noTty: Option<boolean> = flag({
  long: "no-tty",
  aliases: ["raw"],
  group: "terminal",
  help: "Copy bytes as through a pipe, also at a terminal: no prompt, no colours, no commands.",
});

/** `--timestamps`. */
export const timestamps: Option<boolean> = flag({
  long: "timestamps",
  group: "terminal",
  advanced: true,
  help: "Show at the prompt when each message came and went.",
});

/** `--json-pretty`. */
export const jsonPretty: Option<boolean> = flag({
  long: "json-pretty",
  group: "terminal",
  advanced: true,
  conflicts: ["no-json-pretty"],
  help:
    "Indent JSON that comes, its numbers as they were sent: what the prompt does by itself, through a pipe, too.",
});

/** `--no-json-pretty`. */
export const noJsonPretty: Option<boolean> = flag({
  long: "no-json-pretty",
  group: "terminal",
  advanced: true,
  help: "Show JSON at the prompt as it comes.",
});

/** `--no-history`. */
export const historyOff: Option<boolean> = flag({
  long: "no-history",
  group: "terminal",
  advanced: true,
  help: "Neither read nor write the file with the lines that were typed at the prompt.",
});

/** The rows above, in the order of the help. */
// deno-lint-ignore no-explicit-any -- a table of options of all types
export const terminalOptions: readonly Option<any>[] = [
  noTty,
  timestamps,
  jsonPretty,
  noJsonPretty,
  historyOff,
];

/** Options that are about bytes, lines or a script, where a prompt would be in the way. */
const FOR_PIPES: readonly string[] = [
  "no-tty",
  "null-terminated",
  "strict",
  "buffer-size",
  "no-line",
  "no-fixups",
  "json",
  "output",
  "write-out",
  "send",
  "expect",
];

/** Options that a server's prompt cannot serve: they are about each session's own direction. */
const FOR_SESSIONS: readonly string[] = [
  "unidirectional",
  "unidirectional-reverse",
  "one-message",
  "max-messages",
  "max-messages-rev",
  "preamble",
];

/** Whether a run has a prompt: somebody types at a terminal, and no option is against it. */
export function hasPrompt(
  mode: Mode,
  options: OptionValues,
  terminal: { readonly interactive: () => boolean } = { interactive },
): boolean {
  if (mode === "pair") return false;
  const against = mode === "server" ? [...FOR_PIPES, ...FOR_SESSIONS] : FOR_PIPES;
  return !against.some((long) => options.given({ long })) && terminal.interactive();
}

/** Whether a person sees standard output and types standard input, on a terminal that can be drawn on. */
function interactive(): boolean {
  return Deno.stdin.isTerminal() && Deno.stdout.isTerminal() && environment("TERM") !== "dumb";
}
