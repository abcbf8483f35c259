/**
 * `-D`: a second process that goes on in the background.
 *
 * @module
 */
import { reasonOf, WirecatError } from "../core/errors.ts";
import { writeLine } from "../core/log.ts";

/** Set for the second process. */
const MARK = "WIRECAT_WEBSOCKIFY_DAEMON";
/** What it says when it listens. */
const READY = "ready\n";

/** Whether this is the second process. */
export function isDaemon(): boolean {
  return Deno.env.get(MARK) !== undefined;
}

/**
 * Starts the second process in a session of its own, and waits until it listens. Returns the
 * exit status: its own, if it ended before, with what it had to say on standard error.
 */
export async function startDaemon(words: readonly string[]): Promise<number> {
  const [program, ...args] = commandFor(words);
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args,
      env: { [MARK]: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      detached: true,
    }).spawn();
  } catch (cause) {
    throw new WirecatError("other", `cannot start in the background: ${reasonOf(cause)}`, {
      cause,
    });
  }
  const complaints = new Response(child.stderr).text();
  const decoder = new TextDecoder();
  let said = "";
  for await (const chunk of child.stdout) {
    said += decoder.decode(chunk, { stream: true });
    if (!said.includes(READY)) continue;
    child.unref();
    return 0;
  }
  const { code } = await child.status;
  const text = (await complaints).trimEnd();
  if (text !== "") writeLine(text);
  return code === 0 ? 0 : code || 1;
}

/** Says to the first process that all is well. */
export function daemonReady(): void {
  Deno.env.delete(MARK);
  Deno.stdout.writeSync(new TextEncoder().encode(READY));
}

/** The command line that starts this program again with websockify's `words`. */
function commandFor(words: readonly string[]): string[] {
  const same = Deno.args.at(0) === "websockify" ? ["websockify", ...words] : [...words];
  if (Deno.build.standalone) {
    const named = /(^|[/\\])websockify(\.exe)?$/i.test(Deno.execPath());
    return [Deno.execPath(), ...(named ? [] : ["websockify"]), ...words];
  }
  const own = runtimeWords();
  if (own !== undefined) return [Deno.execPath(), ...own, ...same];
  return [Deno.execPath(), "run", "-A", Deno.mainModule, ...same];
}

/** What the runtime was told before the program's own words, where the system tells. */
function runtimeWords(): string[] | undefined {
  if (Deno.build.os !== "linux") return undefined;
  try {
    const all = Deno.readTextFileSync("/proc/self/cmdline").split("\0").slice(1, -1);
    return Deno.args.length === 0 ? all : all.slice(0, -Deno.args.length);
  } catch {
    return undefined;
  }
}
