/**
 * Files and programs of this checkout, for tests that read or start them.
 *
 * @module
 */

/** The path of a file of the checkout. */
export function inCheckout(path: string): string {
  return decodeURIComponent(new URL(`../${path}`, import.meta.url).pathname);
}

/** The words that run the program, before its arguments. `permissions` are Deno's options. */
export function programWords(permissions: readonly string[] = ["-A"]): string[] {
  const map = inCheckout("scripts/npm/imports.json");
  return ["run", "-q", "--no-prompt", ...permissions, `--import-map=${map}`, inCheckout("main.ts")];
}

/** What a finished run has said. */
export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end, with `input` on its standard input. */
export async function runCommand(
  command: string,
  args: readonly string[],
  { input = "", ...options }: { input?: string; cwd?: string; env?: Record<string, string> } = {},
): Promise<Run> {
  const child = new Deno.Command(command, {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    ...options,
  }).spawn();
  const writer = child.stdin.getWriter();
  const fed = writer.write(new TextEncoder().encode(input)).then(() => writer.close()).catch(
    () => {}, // It did not read all of it.
  );
  const { code, stdout, stderr } = await child.output();
  await fed;
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Runs the program to its end. */
export function runProgram(
  args: readonly string[],
  input = "",
  permissions?: readonly string[],
): Promise<Run> {
  return runCommand(Deno.execPath(), [...programWords(permissions), ...args], { input });
}
