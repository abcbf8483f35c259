/**
 * Ends the programs that a test file leaves behind, whatever ends it: a test's time limit, an
 * interrupt, SIGKILL.
 *
 * @module
 */

/** A shell that waits until this end of its standard input is gone, and then reads whom to end. */
const WAITS = `trap '' HUP INT TERM
cat >/dev/null
kill -9 $(cat "$1") 2>/dev/null
rm -f "$1"`;

const underWay = new Set<number>();
const waiting = Deno.build.os === "windows" ? undefined : await startWaiting();

async function startWaiting(): Promise<{ list: string; shell: Deno.ChildProcess }> {
  const list = await Deno.makeTempFile({ prefix: "wirecat-programs-" });
  const shell = new Deno.Command("sh", {
    args: ["-c", WAITS, "sh", list],
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  shell.unref();
  // Both are kept: its standard input would be closed if nobody had it any more.
  return { list, shell };
}

function write(): void {
  if (waiting !== undefined) Deno.writeTextFileSync(waiting.list, [...underWay].join(" "));
}

/** Has this program ended when this process or its test file has, if it is still there then. */
export function endLater(child: Deno.ChildProcess): void {
  underWay.add(child.pid);
  write();
  const ended = () => {
    underWay.delete(child.pid);
    write();
  };
  child.status.then(ended, ended);
}
