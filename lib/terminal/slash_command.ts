/**
 * What may be typed in the place of a message: `/ping`, `/close 1000 bye` and the like.
 *
 * @module
 */
import { environment, isGranted } from "../core/permission.ts";
import { isWireCode } from "../websocket/close.ts";
import type { Completion } from "./completion.ts";

/** One such command, for a conversation of type `C`. */
export interface SlashCommand<C> {
  /** The word behind the slash. */
  readonly name: string;
  /** What comes after it, as the help writes it. */
  readonly argument: string;
  /** What it does, for the help. */
  readonly summary: string;
  /** Does it. May throw a {@linkcode CommandError}. */
  run(conversation: C, argument: string): Promise<void> | void;
  /** Whether what it does is seen by a message, so that the command need not be shown, too. */
  readonly sends?: boolean;
  /** Whether it does not wait for what was typed before to be sent, but puts an end to that. */
  readonly urgent?: boolean;
  /** Whether it is done at once, whatever is still being sent. */
  readonly immediate?: boolean;
  /** How the argument may go on: words, or `files`, perhaps only behind an `@`. */
  readonly completes?: "files" | "@files" | ((conversation: C) => readonly string[]);
}

/** What is wrong with a command, in one line. */
export class CommandError extends Error {}

/** A line that was typed: a message, or a command by name. */
export type TypedLine =
  | { readonly type: "message"; readonly text: string }
  | { readonly type: "command"; readonly name: string; readonly argument: string };

/** Tells commands from messages: a doubled slash is one that is sent. */
export function readTypedLine(line: string): TypedLine {
  if (line.startsWith("//")) return { type: "message", text: line.slice(1) };
  const [, name, argument] = /^\/(\S*)\s*([^]*)$/.exec(line) ?? [];
  if (name === undefined) return { type: "message", text: line };
  return { type: "command", name, argument };
}

/** The command of a name, or of the only one that begins so. Throws a {@linkcode CommandError}. */
export function findCommand<C>(
  commands: readonly SlashCommand<C>[],
  name: string,
): SlashCommand<C> {
  const found = commands.find((command) => command.name === name);
  if (found !== undefined) return found;
  const beginning = name === "" ? [] : commands.filter((it) => it.name.startsWith(name));
  if (beginning.length === 1) return beginning[0];
  const known = beginning.length > 1
    ? `it may be ${beginning.map((it) => `/${it.name}`).join(" or ")}`
    : "/help lists what there is";
  throw new CommandError(`there is no command /${name}: ${known}, and // sends a slash`);
}

/** How a line may go on that begins with a slash. */
export function completeCommand<C>(
  before: string,
  commands: readonly SlashCommand<C>[],
  conversation: C,
): Completion | undefined {
  if (!before.startsWith("/") || before.startsWith("//")) return undefined;
  const blank = before.indexOf(" ");
  if (blank < 0) {
    const names = commands.map((it) => `/${it.name}`).filter((name) => name.startsWith(before));
    if (names.length !== 1) return { from: 0, candidates: names };
    const { argument } = commands.find((it) => `/${it.name}` === names[0])!;
    return { from: 0, candidates: [argument === "" ? names[0] : `${names[0]} `] };
  }
  const command = commands.find((it) => `/${it.name}` === before.slice(0, blank));
  const completes = command?.completes;
  if (completes === undefined) return undefined;
  const from = before.length - before.slice(blank).replace(/^\s+(#\d+\s+)?/, "").length;
  const typed = before.slice(from);
  if (typeof completes === "function") {
    return { from, candidates: completes(conversation).filter((word) => word.startsWith(typed)) };
  }
  const isFile = completes === "files";
  if (!isFile && typed === "") return { from, candidates: ["@"] };
  if (!isFile && !typed.startsWith("@")) return undefined;
  const path = typed.slice(isFile ? 0 : 1);
  return {
    from: before.length - path.length,
    candidates: filesFrom(path),
    unlisted: path.lastIndexOf("/") + 1,
  };
}

/** Paths that begin with what is typed; folders end with a slash. */
function filesFrom(typed: string): string[] {
  const slash = typed.lastIndexOf("/") + 1;
  const folder = typed.slice(0, slash);
  const beginning = typed.slice(slash);
  const path = withHome(folder) || ".";
  if (!isGranted({ name: "read", path })) return [];
  try {
    return Array.from(Deno.readDirSync(path))
      .filter(({ name }) => name.startsWith(beginning))
      .filter(({ name }) => beginning !== "" || !name.startsWith("."))
      .map(({ name, isDirectory }) => `${folder}${name}${isDirectory ? "/" : ""}`)
      .sort();
  } catch {
    return [];
  }
}

/** A path as a shell understands it, where it begins with the user's home. */
export function withHome(path: string): string {
  if (path !== "~" && !path.startsWith("~/")) return path;
  const home = environment("HOME");
  return home === undefined ? path : home + path.slice(1);
}

/** A summary is put below its command where fewer columns than this are left beside it. */
const NARROWEST_SUMMARY = 24;

/** The lines of `/help`, none of which is wider than `columns` if its words are not. */
export function helpLines<C>(
  commands: readonly SlashCommand<C>[],
  columns: number = Infinity,
): string[] {
  const heads = commands.map(({ name, argument }) => `/${name} ${argument}`.trimEnd());
  const widest = Math.max(...heads.map((head) => head.length)) + 2;
  const beside = columns - widest >= NARROWEST_SUMMARY;
  const indent = beside ? widest : 4;
  const keys = "//TEXT sends /TEXT. Enter sends, Alt-Enter begins a new line, " +
    "Ctrl-X Ctrl-E opens an editor, Ctrl-R searches what was sent, Ctrl-S holds what comes, " +
    "Ctrl-D ends.";
  return [
    ...commands.flatMap(({ summary }, i) => {
      const lines = wordWrap(summary, columns - indent).map((line) => " ".repeat(indent) + line);
      if (!beside) return [heads[i], ...lines];
      return [heads[i].padEnd(indent) + lines[0].slice(indent), ...lines.slice(1)];
    }),
    "",
    ...wordWrap(keys, columns),
  ];
}

function wordWrap(text: string, columns: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines[lines.length - 1];
    if (last !== "" && last.length + 1 + word.length > columns) lines.push(word);
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  return lines;
}

/** A close code and a reason from what was typed behind a command. Throws a {@linkcode CommandError}. */
export function closeArgument(argument: string): { code: number; reason: string } | undefined {
  if (argument.trim() === "") return undefined;
  const [, digits, reason] = /^(\d+)(?:\s+([^]*))?$/.exec(argument.trim()) ?? [];
  if (digits === undefined) {
    throw new CommandError(`'${argument}' begins with no close code: /close 1000 ${argument}`);
  }
  if (new TextEncoder().encode(reason ?? "").length > 123) {
    throw new CommandError("a close reason has room for 123 bytes");
  }
  const code = Number(digits);
  if (!isWireCode(code)) {
    throw new CommandError(
      `${code} cannot be sent: use 1000 to 1003, 1007 to 1014, or 3000 to 4999`,
    );
  }
  return { code, reason: reason ?? "" };
}
