/**
 * Shell completions, made from the option table, the registry and the commands.
 *
 * @module
 */
import { usageError } from "../../core/errors.ts";
import type { Registry } from "../../core/registry.ts";
import { commands } from "../commands.ts";
import { websockifyOptions } from "../../websockify/options.ts";
import { coreOptions } from "../options.ts";
import { COMMAND_OPTIONS, topics } from "../topic.ts";
import { bashScript } from "./bash.ts";
import { fishScript } from "./fish.ts";
import { powershellScript } from "./powershell.ts";
import type { CommandWords, Vocabulary } from "./vocabulary.ts";
import { zshScript } from "./zsh.ts";

const scripts: Readonly<Record<Shell, (words: Vocabulary) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
  powershell: powershellScript,
};

/** The shells that there are completions for. */
export const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;

/** One of {@linkcode SHELLS}. */
export type Shell = typeof SHELLS[number];

/** The personality that is called like a command. */
const WEBSOCKIFY: CommandWords = {
  name: "websockify",
  argument: "[OPTIONS] …",
  summary: "websockify's command line.",
};

/** The shell of this name. Throws a usage error. */
export function shellOf(name: string): Shell {
  const known = name === "pwsh" ? "powershell" : name;
  const shell = SHELLS.find((shell) => shell === known);
  if (shell !== undefined) return shell;
  throw usageError(`there are no completions for '${name}'`, `there are for ${SHELLS.join(", ")}`);
}

/** A script for the shell to read, that completes options, their values, specifiers and commands. */
export function completionScript(shell: Shell, registry: Registry): string {
  const options = [...coreOptions, ...registry.options];
  return scripts[shell]({
    options,
    types: registry.specifiers,
    commands: [...commands, WEBSOCKIFY],
    topics: [...new Set(topics(registry))].filter((topic) => topic.length > 1),
    commandOptions: COMMAND_OPTIONS,
    apart: { websockify: websockifyOptions },
  });
}
