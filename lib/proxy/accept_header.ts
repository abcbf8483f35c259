/**
 * Taking the client's address from the PROXY protocol header that a connection begins with.
 *
 * @module
 */
import type { ByteConn } from "../core/conn.ts";
import { durationText } from "../core/duration.ts";
import { reasonOf, WirecatError } from "../core/errors.ts";
import { prefixedConn } from "../http/prefixed_conn.ts";
import { Deadline } from "../net/deadline.ts";
import { headerLength, MAX_HEADER, parseHeader } from "./protocol_header.ts";

/** What {@linkcode acceptHeader} can be told. */
export interface AcceptHeaderOptions {
  /** Who has to send the header, for messages: `127.0.0.1:5000`. */
  readonly from: string;
  /** How many seconds it may take; no limit if not given. */
  readonly timeout?: number;
  /** Ends the reading with its reason. */
  readonly signal?: AbortSignal;
}

/** A connection behind its header. */
export interface Introduced {
  /** What comes behind the header. */
  readonly conn: ByteConn;
  /** The client that the header tells, unless it tells none. */
  readonly client?: string;
}

/** Most headers are shorter than this. */
const FIRST_BUFFER = 256;

/**
 * Reads the header. Throws a `WirecatError`: `protocol` if there is none or a wrong one,
 * `abnormal`, `timeout`. Then nothing can be done with the connection but to close it.
 */
export async function acceptHeader(
  conn: ByteConn,
  { from, timeout, signal }: AcceptHeaderOptions,
): Promise<Introduced> {
  using deadline = new Deadline({
    timeout,
    signal,
    message: `${from} sent no PROXY protocol header within ${durationText(timeout)}`,
  });
  let buffer = new Uint8Array(FIRST_BUFFER);
  let length = 0;
  try {
    for (;;) {
      const count = await deadline.race(conn.read(buffer.subarray(length)));
      if (count === null) {
        throw new WirecatError("abnormal", "the connection ended before the PROXY protocol header");
      }
      length += count;
      const needed = headerLength(buffer.subarray(0, length));
      if (needed !== undefined && needed <= length) {
        const client = parseHeader(buffer.subarray(0, needed));
        return { conn: prefixedConn(conn, buffer.subarray(needed, length)), client };
      }
      if (length < buffer.length) continue;
      const larger = new Uint8Array(Math.min(MAX_HEADER, needed ?? length * 4));
      larger.set(buffer);
      buffer = larger;
    }
  } catch (cause) {
    if (signal?.aborted || (cause instanceof WirecatError && cause.kind === "timeout")) throw cause;
    const kind = cause instanceof WirecatError ? cause.kind : "abnormal";
    throw new WirecatError(kind, `${from}: ${reasonOf(cause)}`, { cause });
  }
}
