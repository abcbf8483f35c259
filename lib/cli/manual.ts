/**
 * The manual page, which is also `docs/wirecat.1`.
 *
 * @module
 */
import { COMMAND_TOPICS } from "./command_topics.ts";
import { commands, type CommandType } from "./commands.ts";
import {
  commandHead,
  EXAMPLES,
  exitStatuses,
  GROUP_TITLES,
  optionHead,
  optionText,
  sentence,
  specifierHead,
} from "./help.ts";
import { coreOptions } from "./options.ts";
import { ENVIRONMENT, FILES, type Surrounding } from "./surroundings.ts";
import type { Registry, SpecifierType } from "../core/registry.ts";
import { WIRECAT_VERSION } from "../version.ts";

/** The page in the language of man(7). */
export function manualPage(registry: Registry): string {
  const options = [...coreOptions, ...registry.options];
  const groups = Object.entries(GROUP_TITLES).flatMap(([group, title]) => [
    `.SS ${quoted(title)}`,
    ...options.filter((row) => row.group === group)
      .flatMap((row) => entry(optionHead(row), optionText(row))),
  ]);
  const ofKind = (title: string, overlays: boolean) => [
    `.SS ${title}`,
    ...registry.specifiers.filter((type) => (type.kind === "overlay") === overlays)
      .flatMap((type) => entry(specifierHead(type), describe(type))),
  ];
  return [
    '.\\" Made by "deno task docs" from the code. Change it there.',
    `.TH WIRECAT 1 "" ${quoted(`wirecat ${WIRECAT_VERSION}`)} "User Commands"`,
    // Options are not to be broken, nor spaces put between words that are to be typed.
    ".nh",
    ".nr HY 0",
    ".ad l",
    ".SH NAME",
    "wirecat \\- netcat, socat and curl for WebSockets",
    ".SH SYNOPSIS",
    ...synopsis("[OPTIONS] ws://HOST[:PORT]/PATH"),
    ".br",
    ...synopsis("[OPTIONS] -s [ADDRESS:]PORT"),
    ".br",
    ...synopsis("[OPTIONS] SPECIFIER SPECIFIER"),
    ".br",
    ...synopsis("COMMAND ..."),
    ".br",
    ...synopsis("websockify [OPTIONS] ..."),
    ".SH DESCRIPTION",
    text(
      "Connects two endpoints and copies between them. With one WebSocket address it connects the " +
        "terminal to it; with -s it serves a WebSocket on this terminal. A specifier is any number " +
        "of overlays, then one endpoint: log:tcp:127.0.0.1:22. Where one side has messages and the " +
        "other bytes, each line is a message; -b passes bytes as they come.",
    ),
    ".PP",
    text(
      "Where a person types, ws://... and -s show a prompt. Through a pipe, standard output has data " +
        "only and all else goes to standard error. @NAME stands for the address and the options of " +
        "a profile. Numbers of seconds may have a unit: 500ms, 2s, 1m, 1h.",
    ),
    ".SH COMMANDS",
    ...commands.flatMap((command) => entry(commandHead(command), describeCommand(command))),
    ".SH OPTIONS",
    ...groups,
    ".SH SPECIFIERS",
    ...ofKind("Endpoints", false),
    ...ofKind("Overlays", true),
    ".SH EXIT STATUS",
    ...exitStatuses().flatMap(([status, meaning]) => entry(status, sentence(meaning))),
    ".SH ENVIRONMENT",
    ...ENVIRONMENT.flatMap(surrounding),
    ".SH FILES",
    ...FILES.flatMap(surrounding),
    ".SH EXAMPLES",
    ...EXAMPLES.flatMap(({ words, shows }) => [
      ".PP",
      text(sentence(shows)),
      ".PP",
      ".EX",
      `    ${text(words)}`,
      ".EE",
    ]),
    ".SH SEE ALSO",
    text("curl(1), nc(1), socat(1), websocat(1), websockify(1)"),
    "",
  ].join("\n");
}

function synopsis(words: string): string[] {
  return [".B wirecat", text(words)];
}

function entry(head: string, body: string): string[] {
  return [".TP", `.B ${quoted(head)}`, text(body)];
}

function describeCommand({ name, summary }: CommandType): string {
  return `${sentence(summary)} ${COMMAND_TOPICS[name]?.doc ?? ""}`.trimEnd();
}

function surrounding([name, text]: Surrounding): string[] {
  return entry(name, text);
}

function describe(type: SpecifierType): string {
  const aliases = type.names.slice(1).map((name) => `${name}:`).join(" ");
  return [sentence(type.summary), type.doc, aliases === "" ? undefined : `Also: ${aliases}`]
    .filter((part) => part !== undefined).join(" ");
}

/** Text in which nothing is taken for a request or an escape. */
function text(plain: string): string {
  return plain.replace(/\s+/g, " ").replaceAll("…", "...")
    .replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("'", "\\(aq")
    .replaceAll("`", "\\(ga").replace(/[^\x20-\x7e]/g, (c) => `\\[u${hex(c)}]`)
    .replace(/^([.])/gm, "\\&$1");
}

function hex(character: string): string {
  return character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
}

/** An argument of a request. */
function quoted(plain: string): string {
  return `"${text(plain).replaceAll('"', '""')}"`;
}
