/**
 * Help, made from the option table and the registry.
 *
 * @module
 */
import { bold, cyan } from "@std/fmt/colors";
import { EXIT_STATUS } from "../core/errors.ts";
import type { Option, OptionGroup } from "../core/option.ts";
import type { Registry, SpecifierType } from "../core/registry.ts";
import { WIRECAT_VERSION } from "../version.ts";
import { commands, type CommandType } from "./commands.ts";
import { coreOptions } from "./options.ts";

// deno-lint-ignore no-explicit-any -- a table of options of all types
type AnyOption = Option<any>;

/** How much is told: the everyday part, everything in a line or two each, or with all descriptions. */
export type HelpDepth = "short" | "long" | "doc";

const USAGE = `wirecat ${WIRECAT_VERSION}: netcat, socat and curl for WebSockets

Usage:
  wirecat ws://HOST[:PORT]/PATH         talk to a WebSocket server
  wirecat -s PORT                       be a WebSocket server on this terminal
  wirecat [OPTIONS] SPECIFIER SPECIFIER connect any two endpoints
  wirecat websockify [OPTIONS] …        websockify's command line

A specifier is overlays, then one endpoint: log:tcp:127.0.0.1:22. Where one
side has messages and the other bytes, each line is a message; -b passes bytes
as they come.
`;

/** Command lines that show what the program is for. */
export const EXAMPLES: readonly { words: string; shows: string }[] = [
  { words: "wirecat wss://echo.example.org/", shows: "chat with a server, a line a message" },
  {
    words: "echo hello | wirecat ws://127.0.0.1:8080/",
    shows: "send a line, print the replies, exit",
  },
  {
    words: "wirecat --send hello --expect hello ws://127.0.0.1:8080/",
    shows: "fail with status 10 unless hello comes",
  },
  { words: "wirecat -t ws-l:8080 mirror:", shows: "a WebSocket echo server" },
  {
    words: "wirecat -b ws-l:0.0.0.0:6080 tcp:127.0.0.1:5900",
    shows: "let browsers reach a TCP server",
  },
  { words: "wirecat ws-l:8080 broadcast:mirror:", shows: "a chat room" },
  {
    words: "wirecat ws-l:8080 cmd:'grep --line-buffered hello'",
    shows: "a program for each client",
  },
];

const EXAMPLE_WIDTH = 3 + Math.max(...EXAMPLES.map(({ words }) => words.length));

const MORE: Record<HelpDepth, string> = {
  short: "\n--help=long lists all options and specifiers, --help=doc describes\nthem; " +
    "'wirecat help TOPIC' tells of one.\n",
  long: "\n--help=doc describes the specifiers and gives examples.\n",
  doc: "",
};

/** The titles of the groups of options, in the order of the help. */
export const GROUP_TITLES: Record<OptionGroup, string> = {
  mode: "What to do",
  messages: "Messages and lines",
  session: "Sessions",
  websocket: "WebSocket",
  http: "HTTP",
  tls: "TLS",
  auth: "Logging in",
  proxy: "Proxies and routing",
  script: "Scripts",
  terminal: "At a terminal",
  listen: "Listening",
  program: "Programs",
  overlay: "Overlays",
  udp: "UDP",
  output: "Output",
};

/** The text for `--help=WORD`; a word that is none means the short one. */
export function helpText(word: string, registry: Registry, colour = canColour()): string {
  const depth: HelpDepth = ["long", "full", "all"].includes(word)
    ? "long"
    : word === "doc"
    ? "doc"
    : "short";
  const paint = colour ? { title: bold, name: cyan } : { title: plain, name: plain };
  const lines = [USAGE.trimEnd(), "", paint.title("Examples:")];
  const beside = EXAMPLES.every(({ shows }) => 2 + EXAMPLE_WIDTH + shows.length <= helpWidth());
  for (const { words, shows } of EXAMPLES) {
    const gap = beside ? " ".repeat(EXAMPLE_WIDTH - words.length) : "\n      ";
    lines.push(`  ${paint.name(words)}${gap}${shows}`);
  }
  const options = [...coreOptions, ...registry.options]
    .filter((option) => depth !== "short" || !option.advanced);
  lines.push("", paint.title("Commands:"));
  for (const command of commands) {
    const head = `${command.name} ${command.argument}`;
    const left = head.length > 27 ? command.name : head;
    lines.push(entry(left, sentence(command.summary), paint.name));
  }
  for (const [group, title] of Object.entries(GROUP_TITLES)) {
    const rows = options.filter((option) => option.group === group);
    if (rows.length === 0) continue;
    lines.push("", paint.title(`${title}:`));
    for (const option of rows) {
      const text = depth === "short" ? beginning(option.help) : optionText(option);
      lines.push(entry(optionHead(option), text, paint.name));
    }
  }
  for (const [kind, title] of [["endpoint", "Endpoints"], ["overlay", "Overlays"]] as const) {
    const shown = registry.specifiers.filter((type) =>
      (type.kind === "overlay" ? "overlay" : "endpoint") === kind &&
      (depth !== "short" || !type.advanced)
    );
    if (shown.length === 0) continue;
    lines.push("", paint.title(`${title}:`));
    for (const type of shown) lines.push(specifierText(type, depth, paint.name));
  }
  if (depth !== "short") lines.push("", paint.title("Exit status:"), ...exitStatusLines());
  return lines.join("\n") + "\n" + MORE[depth];
}

function plain(text: string): string {
  return text;
}

function canColour(): boolean {
  return !Deno.noColor && Deno.stdout.isTerminal();
}

/** `-B, --buffer-size BYTES`, with all names. */
export function optionHead(option: AnyOption): string {
  const shorts = [option.short, ...option.aliases ?? []].filter((name) => name?.length === 1);
  const longs = [option.long, ...(option.aliases ?? []).filter((name: string) => name.length > 1)];
  const names = [...shorts.map((name) => `-${name}`), ...longs.map((name) => `--${name}`)];
  if (option.value === undefined) return names.join(", ");
  return names.join(", ") + (option.valueOptional ? `[=${option.value}]` : ` ${option.value}`);
}

/** `wirecat probe URL`: a command as it is written. */
export function commandHead({ name, argument }: CommandType): string {
  return `wirecat ${name} ${argument}`.trimEnd();
}

/** The option's sentences, with its default and environment variable. */
export function optionText(option: AnyOption): string {
  const extra = [
    option.many && option.value !== undefined ? "May be given many times." : "",
    option.env === undefined ? "" : `Also from the environment: ${option.env}.`,
    option.defaultText === undefined ? "" : `[default: ${option.defaultText}]`,
  ];
  return [option.help, ...extra].filter((text) => text !== "").join(" ");
}

/** `ws-listen:[ADDRESS:]PORT`: a specifier as it is written. */
export function specifierHead(type: SpecifierType): string {
  const name = type.names[0];
  if (name === "-") return name;
  const after = type.kind === "overlay" ? "SPECIFIER" : type.argument ?? "";
  return `${name}:${after}`;
}

/** The other names, as they are written. */
export function aliasList(type: SpecifierType): string {
  return type.names.slice(1).map((name) => `${name}:`).join(" ");
}

function specifierText(
  type: SpecifierType,
  depth: HelpDepth,
  name: (text: string) => string,
): string {
  const aliases = aliasList(type);
  const also = aliases === "" || depth === "short" ? "" : ` Also: ${aliases}`;
  const summary = depth === "short" ? beginning(type.summary) : sentence(type.summary);
  const lines = [entry(specifierHead(type), summary + also, name)];
  if (depth === "doc") {
    if (type.doc !== undefined) lines.push(indent(type.doc));
    for (const example of type.examples ?? []) lines.push(`      wirecat ${example}`);
  }
  return lines.join("\n");
}

/** The text with a capital and a full stop. */
export function sentence(text: string): string {
  const first = text[0].toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : first + ".";
}

/**
 * What is enough in a list for every day: the beginning, and where that is longer than a line, only
 * what is before the colon that particulars follow.
 */
function beginning(text: string): string {
  const first = brief(text);
  const [before] = first.split(/(?<=[a-z0-9)]): /);
  const isWhole = before.split("(").length === before.split(")").length;
  return sentence(first.length > WIDTH - INDENT.length && isWhole ? before : first);
}

/** The first sentence, up to a semicolon or an example, without its full stop. */
export function brief(text: string): string {
  return sentence(text).split(/(?<=[\w)'])[.;] |, (?:such as|as in) /)[0].replace(/\.$/, "");
}

const WIDTH = 100;
const INDENT = " ".repeat(30);

/** A name and what is said about it, wrapped into its column. */
export function entry(head: string, text: string, paint: (text: string) => string): string {
  const body = indent(text);
  const left = `  ${head}`;
  if (left.length + 1 < INDENT.length) {
    return `  ${paint(head)}` + " ".repeat(INDENT.length - left.length) + body.slice(INDENT.length);
  }
  return `  ${paint(head)}\n${body}`;
}

/** How wide it may be: as the terminal that it goes to, where that is narrower than usual. */
export function helpWidth(): number {
  if (!Deno.stdout.isTerminal()) return WIDTH;
  return Math.min(WIDTH, Math.max(INDENT.length + 20, Deno.consoleSize().columns));
}

/** Wraps a text into the right column. */
function indent(text: string): string {
  const width = helpWidth();
  const lines: string[] = [];
  let line = INDENT;
  for (const word of text.split(/\s+/)) {
    if (line.length > INDENT.length && line.length + 1 + word.length > width) {
      lines.push(line);
      line = INDENT;
    }
    line += line.length > INDENT.length ? ` ${word}` : word;
  }
  return [...lines, line].join("\n");
}

/** What each exit status means, in the order of its number. */
const EXIT_MEANINGS: Record<keyof typeof EXIT_STATUS, string> = {
  other: "something else went wrong",
  usage: "the command line is wrong",
  resolution: "a host name could not be resolved",
  connection: "connecting, listening or opening failed",
  tls: "TLS failed",
  upgrade: "the server refused to speak WebSocket",
  protocol: "a peer broke the protocol",
  abnormal: "a connection ended without being closed properly, or with an error code",
  timeout: "something took too long",
  assertion: "other data came than should: --expect, wirecat run, assert:",
};

/** Every exit status as it is written, and what it means. */
export function exitStatuses(): [status: string, meaning: string][] {
  const kinds = Object.entries(EXIT_STATUS).map(([kind, status]): [string, string] => [
    String(status),
    EXIT_MEANINGS[kind as keyof typeof EXIT_STATUS],
  ]);
  return [["0", "all went well"], ...kinds, ["128+N", "ended by signal N"]];
}

function exitStatusLines(): string[] {
  return exitStatuses().map(([status, meaning]) => entry(status, meaning, plain));
}
