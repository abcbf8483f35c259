/**
 * Options of scripted conversations. `--send`, `--expect` and their like are played in the
 * order in which they are written.
 *
 * @module
 */
import { usageError } from "../core/errors.ts";
import {
  choice,
  flag,
  type Option,
  type OptionRow,
  type OptionValues,
  seconds,
  text,
  texts,
} from "../core/option.ts";

/** A word of the command line, and where it stood among the options. */
export interface PlacedWord {
  /** The word. */
  readonly word: string;
  /** Its place; words of a file of defaults come last. */
  readonly place: number;
}

function placed(row: OptionRow<readonly PlacedWord[]>): Option<readonly PlacedWord[]> {
  return {
    ...row,
    many: true,
    oneWord: true,
    // What goes over the connection is the conversation's, and so is standard output.
    conflicts: ["json", "write-out", "idle-timeout", "server-mode"],
    initial: [],
    parse: (words, places = []) => words.map((word, i) => ({ word, place: places[i] ?? Infinity })),
  };
}

/** `--send`. */
export const send: Option<readonly PlacedWord[]> = placed({
  long: "send",
  value: "TEXT",
  group: "script",
  help: "Send this message instead of what is typed; ${name} in it is a variable.",
});

/** `--expect`. */
export const expect: Option<readonly PlacedWord[]> = placed({
  long: "expect",
  value: "PATTERN",
  group: "script",
  help:
    "Wait for this message and print it, or fail with status 10: a text, /a regular expression/, " +
    '{"part": "of the JSON"}, schema FILE, binary HEX, close CODE; see docs/run.md.',
});

/** `--step`. */
export const step: Option<readonly PlacedWord[]> = placed({
  long: "step",
  value: "STEP",
  group: "script",
  advanced: true,
  help: "Play this step of a conversation, such as 'wait 200ms', 'ping' or 'ignore /heartbeat/'.",
});

/** `--within`. */
export const within: Option<number | undefined> = seconds({
  long: "within",
  value: "TIME",
  initial: undefined,
  min: 0,
  group: "script",
  defaultText: "5s",
  help: "How long each --expect, or expectation of a conversation, waits.",
});

/** `--set`. */
export const setVariable: Option<readonly string[]> = texts({
  long: "set",
  value: "NAME=VALUE",
  oneWord: true,
  group: "script",
  advanced: true,
  help: "Give a variable of a conversation its value.",
});

/** `--set-secret`. */
export const setSecret: Option<readonly string[]> = {
  ...texts({
    long: "set-secret",
    value: "NAME[=VALUE]",
    oneWord: true,
    group: "script",
    advanced: true,
    help: "The same for a value that no report may show; without =VALUE it is taken from the " +
      "environment variable NAME.",
  }),
  secret: true,
};

/** The rows above, in the order of the help. */
// deno-lint-ignore no-explicit-any -- a table of options of all types
export const conversationOptions: readonly Option<any>[] = [
  send,
  expect,
  within,
  step,
  setVariable,
  setSecret,
];

/** Whether a command line has steps of a conversation. */
export function isScripted(options: OptionValues): boolean {
  return [send, expect, step].some((row) => options.given(row));
}

/** `--serve`, of `wirecat run`. */
export const serve: Option<string | undefined> = text({
  long: "serve",
  value: "[ADDRESS:]PORT",
  group: "script",
  help:
    "Be the other side: a server that plays the file with each client; port 0 takes a free one.",
});

/** `--once`, of `wirecat run`. */
export const once: Option<boolean> = flag({
  long: "once",
  group: "script",
  help: "With --serve, end after one client, with the status of its conversation.",
});

/** `--report`, of `wirecat run`. */
export const report: Option<"text" | "tap" | "junit"> = choice({
  long: "report",
  choices: ["text", "tap", "junit"],
  group: "script",
  help: "How to tell what came of it.",
});

/** `--report-file`, of `wirecat run`. */
export const reportFile: Option<string | undefined> = text({
  long: "report-file",
  value: "FILE",
  group: "script",
  help: "Write the --report to this file, and a text for people to standard output.",
});

/** The rows that only `wirecat run` has. */
// deno-lint-ignore no-explicit-any -- a table of options of all types
export const runOptions: readonly Option<any>[] = [serve, once, report, reportFile];

/** The name and value of `NAME=VALUE`. Throws a usage error. */
export function assignment(option: string, word: string): { name: string; value?: string } {
  const [, name, , value] = /^([A-Za-z_]\w*)(=([\s\S]*))?$/.exec(word) ?? [];
  if (name === undefined) {
    const said = word.split("=", 1)[0];
    throw usageError(
      `--${option}: '${said}' is not NAME=VALUE`,
      "a name has letters, digits and _",
    );
  }
  return { name, value };
}
