/**
 * What completion scripts are made of, whatever the shell.
 *
 * @module
 */
import type { Option } from "../../core/option.ts";
import type { SpecifierType } from "../../core/registry.ts";
import type { CommandType } from "../commands.ts";

// deno-lint-ignore no-explicit-any -- a table of options of all types
export type AnyOption = Option<any>;

/** What is completed. */
export interface Vocabulary {
  /** The options. */
  readonly options: readonly AnyOption[];
  /** The specifiers. */
  readonly types: readonly SpecifierType[];
  /** The words that may stand first. */
  readonly commands: readonly CommandWords[];
  /** What `wirecat help` knows. */
  readonly topics: readonly string[];
  /** Options that only one command has, by its name. */
  readonly commandOptions: Readonly<Record<string, readonly AnyOption[]>>;
  /** All options of commands that have none of the others, by the command's name. */
  readonly apart: Readonly<Record<string, readonly AnyOption[]>>;
}

/** A command, as far as it is typed. */
export type CommandWords = Omit<CommandType, "run">;

/** What may stand behind a command: one of some words, files, an address, or nothing known. */
export type Following = readonly string[] | "files" | "address" | "nothing";

/** What may stand behind a command, by what its help says. */
export function following({ name, argument }: CommandWords, topics: readonly string[]): Following {
  if (name === "help") return topics;
  const words = argument.replace(/^\[|\]$/g, "").split("|");
  if (words.length > 1) return words;
  if (argument.includes("FILE")) return "files";
  return argument.endsWith("URL") ? "address" : "nothing";
}

/** The names of an option as they are typed. */
export function typed(option: AnyOption): string[] {
  return [option.long, option.short, ...option.aliases ?? []]
    .filter((name) => name !== undefined)
    .map((name) => name.length === 1 ? `-${name}` : `--${name}`);
}

/** What stands for a file or a folder as an option's value. */
export function pathKind(option: AnyOption): "file" | "folder" | undefined {
  if (option.value === "FILE") return "file";
  return option.value === "FOLDER" || option.value === "DIR" ? "folder" : undefined;
}

/** The words that an option's value can be, where they are known. */
export function choicesOf(option: AnyOption): string[] {
  const words = option.value?.split("|") ?? [];
  return words.length > 1 && words.every((word: string) => /^[a-z][a-z0-9_]*$/.test(word))
    ? words
    : [];
}

/** A specifier's names as they are typed. */
export function namesOf(type: SpecifierType): string[] {
  return type.names.map((name) => name === "-" ? name : `${name}:`);
}

/** The names after which another specifier follows. */
export function overlayNames(types: readonly SpecifierType[]): string[] {
  return types.filter((type) => type.kind === "overlay").flatMap((type) => type.names);
}

/** The names after which the path of a file follows. */
export function fileNames(types: readonly SpecifierType[]): string[] {
  return types.filter((type) => type.kind !== "overlay" && type.argument === "PATH")
    .flatMap((type) => type.names);
}

/** As a POSIX shell takes it for one word. */
export function inSingleQuotes(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
