/**
 * Other programs that have the terminal for a while: an editor, a pager, whatever a shell runs.
 *
 * @module
 */
import { environment, isGranted } from "../core/permission.ts";
import { reasonOf } from "../core/errors.ts";
import { maybeContainer } from "./json_text.ts";
import { CommandError } from "./slash_command.ts";

const WINDOWS = Deno.build.os === "windows";
const SHELL = WINDOWS ? "cmd" : "sh";

/** What a shell answers where there is no such program. */
const NOT_FOUND = 127;

/** less, or no word where there is none. */
const LESS = `command -v less > /dev/null || exit ${NOT_FOUND}; exec less`;

/** How a program is run. */
export interface ShellOptions {
  /** Words behind the command. */
  readonly args?: readonly string[];
  /** What it reads; the terminal's keys if not given. */
  readonly input?: Uint8Array<ArrayBuffer>;
  /** Variables to set. */
  readonly env?: Record<string, string>;
}

/**
 * Runs a command of the shell to its end, on the terminal; resolves to its exit status. Throws a
 * {@linkcode CommandError} where that is not allowed.
 */
export async function runInShell(
  command: string,
  { args = [], input, env }: ShellOptions = {},
): Promise<number> {
  if (!isGranted({ name: "run", command: SHELL })) {
    throw new CommandError(`other programs may not be run: --allow-run=${SHELL} of Deno lets them`);
  }
  const child = new Deno.Command(SHELL, {
    args: WINDOWS
      ? ["/d", "/c", command, ...args]
      : ["-c", args.length === 0 ? command : `${command} "$@"`, SHELL, ...args],
    env,
    stdin: input === undefined ? "inherit" : "piped",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  if (input !== undefined) {
    const writer = child.stdin.getWriter();
    // It may end before it has read everything: nobody has to look at all pages.
    writer.write(input).then(() => writer.close()).catch(() => {});
  }
  return (await child.status).code;
}

/**
 * Has a text changed in the editor of the user (`VISUAL`, `EDITOR`, otherwise vi). The newline
 * that an editor puts behind the last line is left out. Throws a {@linkcode CommandError}.
 */
export async function editText(text: string): Promise<string> {
  const editor = environment("VISUAL") ?? environment("EDITOR") ?? (WINDOWS ? "notepad" : "vi");
  const dir = environment("TMPDIR") ?? environment("TEMP") ?? "/tmp";
  if (!isGranted({ name: "write", path: dir }) || !isGranted({ name: "read", path: dir })) {
    throw new CommandError(`an editor needs a file in ${dir}, which may not be written`);
  }
  let folder: string | undefined;
  try {
    // Only its owner can look into such a folder.
    folder = await Deno.makeTempDir({ dir, prefix: "wirecat-" });
    const bytes = new TextEncoder().encode(text);
    const path = `${folder}/message.${maybeContainer(bytes) ? "json" : "txt"}`;
    await Deno.writeFile(path, bytes, { mode: 0o600 });
    const status = await runInShell(editor, { args: [path] });
    if (status === NOT_FOUND) {
      throw new CommandError(`there is no editor '${editor}': VISUAL or EDITOR names another one`);
    }
    if (status !== 0) {
      throw new CommandError(`${editor} ended with status ${status}: the line is as it was`);
    }
    return (await Deno.readTextFile(path)).replaceAll("\r\n", "\n").replace(/\n$/, "");
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`cannot edit the line: ${reasonOf(error)}`);
  } finally {
    if (folder !== undefined) await Deno.remove(folder, { recursive: true }).catch(() => {});
  }
}

/** Shows lines in the pager of the user (`PAGER`, otherwise less). False where there is none. */
export async function showInPager(lines: readonly string[]): Promise<boolean> {
  if (!isGranted({ name: "run", command: SHELL })) return false;
  const pager = environment("PAGER") ?? (WINDOWS ? "more" : LESS);
  const input = new TextEncoder().encode(lines.join("\n") + "\n");
  // For less: colours, nothing of a screen of its own where one page is enough.
  const env = { LESS: environment("LESS") ?? "-FRX" };
  return await runInShell(pager, { input, env }) !== NOT_FOUND;
}
