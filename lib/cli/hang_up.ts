/**
 * SIGHUP as servers take it: to read their files again, where something has such files.
 *
 * @module
 */

/** What reads its files again at a SIGHUP. */
const readers = new Set<() => void>();

/** Whether the program was started at a terminal; when that is closed, it sends SIGHUP as well. */
let terminal: boolean | undefined;

/** Has `read` called at each SIGHUP, which ends the program no more. Returns how to undo it. */
export function onHangUp(read: () => void): () => void {
  terminal ??= Deno.stdin.isTerminal() || Deno.stderr.isTerminal();
  readers.add(read);
  return () => void readers.delete(read);
}

/** Has files read again; false if there are none, or the terminal is gone, so that it is the end. */
export function readAgain(): boolean {
  const closed = terminal && !Deno.stdin.isTerminal() && !Deno.stderr.isTerminal();
  if (readers.size === 0 || closed) return false;
  for (const read of readers) read();
  return true;
}
