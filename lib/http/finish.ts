/**
 * Ending a connection so that the last answer arrives.
 *
 * @module
 */
import type { ByteConn } from "../core/conn.ts";
import { Deadline } from "../net/deadline.ts";

/** How long and how much is waited for, in seconds and bytes. */
const PATIENCE = 1;
const MOST = 1024 * 1024;

/**
 * Ends the writing half and reads on for a moment: closing a TCP socket with unread
 * bytes resets the connection, and the other end may then lose the answer it was sent
 * (RFC 9112, section 9.6). Never throws. The connection has to be closed afterwards.
 */
export async function finish(
  conn: Pick<ByteConn, "read" | "closeWrite">,
  signal?: AbortSignal,
): Promise<void> {
  using deadline = new Deadline({ timeout: PATIENCE, signal, message: "nobody reads this" });
  const bytes = new Uint8Array(4096);
  try {
    await deadline.race(conn.closeWrite());
    for (let sum = 0; sum < MOST;) {
      const count = await deadline.race(conn.read(bytes));
      if (count === null) return;
      sum += count;
    }
  } catch {
    // It is gone, or too slow.
  }
}
