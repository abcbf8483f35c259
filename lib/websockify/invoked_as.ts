/**
 * The name that the program was called by.
 *
 * @module
 */

/**
 * Whether a compiled program was called as `websockify`: by its own name, or by that of a link
 * to it. `Deno.execPath()` has followed links on Linux, where the first word of the command
 * line has the name.
 */
export function isCalledWebsockify(): boolean {
  if (!Deno.build.standalone) return false;
  return [firstWord(), Deno.execPath()].some((path) =>
    /(^|[/\\])websockify(\.exe)?$/i.test(path ?? "")
  );
}

function firstWord(): string | undefined {
  if (Deno.build.os !== "linux") return undefined;
  try {
    return Deno.readTextFileSync("/proc/self/cmdline").split("\0")[0];
  } catch {
    return undefined;
  }
}
