/**
 * `wirecat help TOPIC`: all there is to say about one option, specifier, command or group.
 *
 * @module
 */
import { closestString } from "@std/text/closest-string";
import { usageError } from "../core/errors.ts";
import type { Option, OptionGroup } from "../core/option.ts";
import type { Registry, SpecifierType } from "../core/registry.ts";
import { commands, type CommandType } from "./commands.ts";
import {
  aliasList,
  commandHead,
  GROUP_TITLES,
  optionHead,
  optionText,
  sentence,
  specifierHead,
} from "./help.ts";
import { coreOptions } from "./options.ts";

// deno-lint-ignore no-explicit-any -- a table of options of all types
type AnyOption = Option<any>;

/**
 * The text about what is called so: `ws-listen`, `ws-listen:`, `--header`, `-H`, `probe`, `tls`. A
 * word that means more than one thing tells of all. Throws a usage error that names the nearest.
 */
export function topicText(topic: string, registry: Registry): string {
  const options: AnyOption[] = [...coreOptions, ...registry.options];
  const word = topic.replace(/^--?(?=.)/, "").replace(/:$/, "");
  const dashed = word !== topic && topic.startsWith("-");
  const found: string[] = [];
  if (!dashed) {
    const command = commands.find(({ name }) => name === word);
    if (command !== undefined) found.push(commandText(command));
    const type = registry.find(topic === "-" ? "-" : word);
    if (type !== undefined) found.push(specifierText(type));
    if (word in GROUP_TITLES) found.push(groupText(word as OptionGroup, options));
  }
  if (!topic.endsWith(":")) {
    const option = options.find((row) => namesOf(row).includes(word));
    if (option !== undefined) found.push(optionEntry(option));
  }
  if (found.length > 0) return found.join("\n");
  throw usageError(`there is no help about '${topic}'`, nearest(word, options, registry));
}

function namesOf(row: AnyOption): string[] {
  return [row.long, row.short, ...row.aliases ?? []].filter((name) => name !== undefined);
}

function nearest(word: string, options: readonly AnyOption[], registry: Registry): string {
  const known = [
    ...commands.map(({ name }) => name),
    ...registry.specifiers.flatMap(({ names }) => names),
    ...Object.keys(GROUP_TITLES),
    ...options.flatMap(namesOf),
  ].filter((name) => name.length > 1);
  return `did you mean '${closestString(word, known)}'? --help=long lists everything`;
}

function commandText(command: CommandType): string {
  return `${commandHead(command)}\n\n${wrapped(sentence(command.summary))}\n`;
}

function optionEntry(option: AnyOption): string {
  const conflicts = option.conflicts?.map((name) => `--${name}`).join(", ");
  return `${optionHead(option)}\n\n${wrapped(optionText(option))}\n` +
    (conflicts ? `${wrapped(`Not together with ${conflicts}.`)}\n` : "");
}

function groupText(group: OptionGroup, options: readonly AnyOption[]): string {
  const rows = options.filter((row) => row.group === group);
  return [`${GROUP_TITLES[group]}:`, ...rows.map(optionEntry)].join("\n\n");
}

function specifierText(type: SpecifierType): string {
  const aliases = aliasList(type);
  return [
    `${specifierHead(type)}`,
    "",
    wrapped([sentence(type.summary), type.doc ?? ""].join(" ").trimEnd()),
    ...(aliases === "" ? [] : [`  Also: ${aliases}`]),
    ...(type.examples?.length ? ["", "Examples:"] : []),
    ...(type.examples ?? []).map((example) => `  wirecat ${example}`),
    "",
  ].join("\n");
}

const WIDTH = 98;

/** Lines of two spaces and words. */
function wrapped(text: string): string {
  const lines: string[] = [];
  let line = " ";
  for (const word of text.split(/\s+/)) {
    if (line.length > 1 && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = " ";
    }
    line += ` ${word}`;
  }
  return [...lines, line].join("\n");
}
