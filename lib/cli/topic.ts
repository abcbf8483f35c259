/**
 * `wirecat help TOPIC`: all there is to say about one option, specifier, command or group.
 *
 * @module
 */
import { usageError } from "../core/errors.ts";
import type { Option, OptionGroup } from "../core/option.ts";
import type { Registry, SpecifierType } from "../core/registry.ts";
import { COMMAND_TOPICS } from "./command_topics.ts";
import { commands, type CommandType } from "./commands.ts";
import {
  aliasList,
  commandHead,
  entry,
  exitStatuses,
  GROUP_TITLES,
  helpWidth,
  optionHead,
  optionText,
  sentence,
  specifierHead,
} from "./help.ts";
import { pings } from "../probe/run.ts";
import { runOptions } from "./conversation_options.ts";
import { nearestName } from "./nearest.ts";
import { OPTION_EXAMPLES } from "./option_examples.ts";
import { coreOptions } from "./options.ts";
import { ENVIRONMENT, FILES } from "./surroundings.ts";
import { helpText as websockifyHelp } from "../websockify/help.ts";

// deno-lint-ignore no-explicit-any -- a table of options of all types
type AnyOption = Option<any>;

/** Topics that are neither option nor specifier, command or group. */
const OTHERS: Readonly<Record<string, () => string>> = {
  websockify: websockifyHelp,
  environment: () => list("Environment", ENVIRONMENT),
  files: () => list("Files", FILES),
  "exit-status": () =>
    list("Exit status", exitStatuses().map(([status, meaning]) => [status, sentence(meaning)])),
};

/** Options that only one command has, by its name. */
export const COMMAND_OPTIONS: Readonly<Record<string, readonly AnyOption[]>> = {
  run: runOptions,
  probe: [pings],
};

/** The pages of docs/ that say more of a group of options, or of a command. */
export const PAGES: Readonly<Record<string, string>> = {
  session: "sessions.md",
  tls: "tls.md",
  auth: "authentication.md",
  proxy: "proxies.md",
  script: "scripting.md",
  terminal: "terminal.md",
  probe: "probe.md",
  curl: "configuration.md",
  config: "configuration.md",
  "hash-password": "authentication.md",
  run: "run.md",
};

function more(topic: string): string {
  const page = PAGES[topic];
  return page === undefined
    ? ""
    : `\nMore: https://github.com/wirecat/wirecat/blob/main/docs/${page}\n`;
}

/** Every word that `wirecat help` knows, options without their dashes. */
export function topics(registry: Registry): string[] {
  return [
    ...commands.map(({ name }) => name),
    ...Object.keys(OTHERS),
    ...Object.keys(GROUP_TITLES),
    ...registry.specifiers.flatMap(({ names }) => names),
    ...[coreOptions, registry.options, ...Object.values(COMMAND_OPTIONS)].flat().flatMap(namesOf),
  ];
}

/**
 * The text about what is called so: `ws-listen`, `ws-listen:`, `--header`, `-H`, `probe`, `tls`. A
 * word that means more than one thing tells of all. Throws a usage error that names the nearest.
 */
export function topicText(topic: string, registry: Registry): string {
  const options: AnyOption[] = [...coreOptions, ...registry.options];
  const word = topic.replace(/^--?(?=.)/, "").replace(/:(\/\/.*)?$/, "");
  const dashed = word !== topic && topic.startsWith("-");
  const found: string[] = [];
  if (!dashed) {
    const command = commands.find(({ name }) => name === word);
    if (command !== undefined) found.push(commandText(command));
    const type = registry.find(topic === "-" ? "-" : word);
    if (type !== undefined) found.push(specifierText(type));
    if (Object.hasOwn(OTHERS, word)) found.push(OTHERS[word]());
    if (Object.hasOwn(GROUP_TITLES, word)) found.push(groupText(word as OptionGroup, options));
  }
  if (!topic.endsWith(":")) {
    const option = options.find((row) => namesOf(row).includes(word));
    if (option !== undefined) found.push(optionEntry(option));
    for (const [command, rows] of Object.entries(COMMAND_OPTIONS)) {
      const own = rows.find((row) => namesOf(row).includes(word));
      if (own !== undefined) found.push(optionEntry(own, command));
    }
  }
  if (found.length > 0) return found.join("\n");
  throw usageError(`there is no help about '${topic}'`, nearest(word, registry));
}

function namesOf(row: AnyOption): string[] {
  return [row.long, row.short, ...row.aliases ?? []].filter((name) => name !== undefined);
}

function nearest(word: string, registry: Registry): string {
  if (word.startsWith("@")) return "wirecat help config tells of profiles";
  const name = nearestName(word, topics(registry).filter((name) => name.length > 1));
  const meant = name === undefined ? "" : `did you mean '${name}'? `;
  return `${meant}--help=long lists everything`;
}

/** What `wirecat help` says of a command. */
function commandText(command: CommandType): string {
  const { doc = "", examples = [] } = COMMAND_TOPICS[command.name] ?? {};
  return [
    commandHead(command),
    "",
    wrapped(`${sentence(command.summary)} ${doc}`.trimEnd()),
    ...exampleLines(examples),
    more(command.name),
  ].join("\n");
}

function exampleLines(examples: readonly string[], title = "Examples:"): string[] {
  return examples.length === 0 ? [] : ["", title, ...examples.map((line) => `  ${line}`)];
}

/** What `wirecat help` says of an option, perhaps one that only one command has. */
function optionEntry(option: AnyOption, command?: string): string {
  const conflicts = option.conflicts?.map((name) => `--${name}`).join(", ");
  const example = OPTION_EXAMPLES[option.long];
  return [
    optionHead(option),
    "",
    wrapped(optionText(option)),
    ...(command === undefined ? [] : [wrapped(`It is an option of wirecat ${command} only.`)]),
    ...(conflicts ? [wrapped(`Not together with ${conflicts}.`)] : []),
    ...exampleLines(example === undefined ? [] : [`wirecat ${example}`], "Example:"),
    "",
  ].join("\n");
}

function groupText(group: OptionGroup, options: readonly AnyOption[]): string {
  const rows = options.filter((row) => row.group === group);
  return list(GROUP_TITLES[group], rows.map((row) => [optionHead(row), optionText(row)])) +
    more(group);
}

function list(title: string, rows: readonly (readonly [head: string, text: string])[]): string {
  const lines = rows.map(([head, text]) => entry(head, text, (plain) => plain));
  return `${title}:\n${lines.join("\n")}\n`;
}

function specifierText(type: SpecifierType): string {
  const aliases = aliasList(type);
  return [
    `${specifierHead(type)}`,
    "",
    wrapped([sentence(type.summary), type.doc ?? ""].join(" ").trimEnd()),
    ...(aliases === "" ? [] : [`  Also: ${aliases}`]),
    ...exampleLines((type.examples ?? []).map((example) => `wirecat ${example}`)),
    "",
  ].join("\n");
}

/** Lines of two spaces and words. */
function wrapped(text: string): string {
  const lines: string[] = [];
  let line = " ";
  const width = helpWidth() - 2;
  for (const word of text.split(/\s+/)) {
    if (line.length > 1 && line.length + 1 + word.length > width) {
      lines.push(line);
      line = " ";
    }
    line += ` ${word}`;
  }
  return [...lines, line].join("\n");
}
