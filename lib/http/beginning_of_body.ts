/**
 * What the body of a response says that is an error, as far as a line can tell it.
 *
 * @module
 */
import type { ByteConn } from "../core/conn.ts";
import { Deadline } from "../net/deadline.ts";
import { responseBody } from "./body.ts";
import type { ResponseHead } from "./head.ts";

/** How much of a body is read, in bytes, and for how long, in seconds. */
const LIMIT = 2048;
const TIMEOUT = 1;

/**
 * The beginning of a response's body as text. `rest` is what was read behind its head. Never
 * throws: what has come is told, and the connection is of no more use.
 */
export async function beginningOfBody(
  response: ResponseHead,
  rest: Uint8Array<ArrayBuffer>,
  conn: ByteConn,
  signal?: AbortSignal,
): Promise<string> {
  const body = new Uint8Array(LIMIT);
  let length = 0;
  const sink = {
    data(bytes: Uint8Array, start: number, end: number) {
      const piece = bytes.subarray(start, Math.min(end, start + LIMIT - length));
      body.set(piece, length);
      length += piece.length;
    },
  };
  using deadline = new Deadline({ timeout: TIMEOUT, signal, message: "the body took too long" });
  try {
    const decoder = responseBody(response, "GET");
    decoder.decode(rest, 0, rest.length, sink);
    const buffer = new Uint8Array(LIMIT);
    while (!decoder.done && length < LIMIT) {
      const count = await deadline.race(conn.read(buffer));
      if (count === null) break;
      decoder.decode(buffer, 0, count, sink);
    }
  } catch {
    // See above.
  }
  return new TextDecoder().decode(body.subarray(0, length));
}
