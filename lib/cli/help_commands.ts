/**
 * The commands that print what there is to know: `help`, `man` and `completions`.
 *
 * @module
 */
import { usageError } from "../core/errors.ts";
import type { CommandType } from "./commands.ts";

/** `wirecat help`, `wirecat man`, `wirecat completions`. */
export const helpCommands: readonly CommandType[] = [
  {
    name: "help",
    argument: "[TOPIC]",
    summary: "Tell of an option, a specifier, a command or a group of options.",
    async run(words, registry) {
      const { print } = await import("./print.ts");
      words = words.filter((word) => word !== "--");
      if (words.length === 0) {
        const { helpText } = await import("./help.ts");
        await print(helpText("short", registry));
        return 0;
      }
      const { topicText } = await import("./topic.ts");
      const texts = words.map((word) => topicText(word, registry));
      await print(texts.join("\n"));
      return 0;
    },
  },
  {
    name: "man",
    argument: "",
    summary: "Print the manual page, for man -l -.",
    async run(words, registry) {
      refuseRest("man", words);
      const { print } = await import("./print.ts");
      const { manualPage } = await import("./manual.ts");
      await print(manualPage(registry));
      return 0;
    },
  },
  {
    name: "completions",
    argument: "bash|zsh|fish|powershell",
    summary: "Print a script that makes this shell complete what is typed.",
    async run(words, registry) {
      const [shell, ...rest] = words;
      const { completionScript, shellOf, SHELLS } = await import("./completions/script.ts");
      if (shell === undefined) throw usageError("for which shell?", `one of ${SHELLS.join(", ")}`);
      refuseRest(`completions ${shell}`, rest);
      const { print } = await import("./print.ts");
      await print(completionScript(shellOf(shell), registry));
      return 0;
    },
  },
];

function refuseRest(command: string, words: readonly string[]): void {
  if (words.length === 0) return;
  throw usageError(`wirecat ${command} takes nothing more, '${words[0]}' is too much`);
}
