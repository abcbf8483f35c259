/**
 * What a person at a terminal is told of connections.
 *
 * @module
 */
import type { Env } from "../core/opener.ts";
import type { OptionValues } from "../core/option.ts";
import type { Addresses } from "./modes.ts";
import { asBinary, noLine, nullTerminated, unidirectionalReverse } from "./options.ts";
import type { Service } from "./serve.ts";
import { hasPrompt } from "./terminal_options.ts";

/** What a person sees and uses of a terminal. */
export interface TerminalUse {
  /** Whether standard input is one. */
  readonly stdin: boolean;
  /** Whether standard error is one. */
  readonly stderr: boolean;
  /** Whether there is a prompt. */
  readonly prompt: boolean;
}

/** The part of a service that tells who has come and gone, more of it on a terminal. */
export function comingsAndGoings(
  { mode }: Addresses,
  { log, options }: Pick<Env, "log" | "options">,
  terminal: TerminalUse = {
    stdin: Deno.stdin.isTerminal(),
    stderr: Deno.stderr.isTerminal(),
    prompt: hasPrompt(mode, options),
  },
): Pick<Service, "onBegun" | "onClosed" | "onLeft"> {
  if (terminal.prompt) return {}; // It tells more, in its own way.
  const info = { onClosed: (said: string) => log.info(said) };
  if (mode === "client" && !terminal.stderr) {
    // Such a code often says what is wrong, although nobody but the application knows.
    return { onClosed: (said, special) => special ? log.warn(said) : log.info(said) };
  }
  if (mode === "pair" || !terminal.stderr) return info;
  if (mode === "client") {
    return {
      onBegun: (_left, { name }) => {
        if (terminal.stdin) log.note(`connected to ${name}${howToType(options)}`);
      },
      onClosed: (said) => log.note(said),
    };
  }
  if (log.verbosity > 1) return info; // That tells more of the same.
  return {
    ...info,
    onBegun: ({ client }) => log.note(`${client} connected`),
    onLeft: ({ client }) => log.note(`${client} left`),
  };
}

function howToType(options: OptionValues): string {
  if (options.get(unidirectionalReverse)) return "";
  const lines = !options.get(asBinary) && !options.get(noLine) && !options.get(nullTerminated);
  return lines ? "; lines are sent as messages, Ctrl-D ends" : "; Ctrl-D ends";
}
