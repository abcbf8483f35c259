/**
 * Reading a head from a connection.
 *
 * @module
 */
import type { ByteConn } from "../core/conn.ts";
import { durationText } from "../core/duration.ts";
import { reasonOf, WirecatError } from "../core/errors.ts";
import { Deadline } from "../net/deadline.ts";
import { canBeginHead, findHeadEnd, HeadError, MAX_HEAD_LENGTH } from "./head.ts";

/** What {@linkcode readHead} can be told. */
export interface ReadHeadOptions {
  /** Who is to send the head, for messages: `the client 127.0.0.1:5000`. */
  readonly from: string;
  /** The longest head in bytes; {@linkcode MAX_HEAD_LENGTH} if not given. */
  readonly limit?: number;
  /** How many seconds the head may take; no limit if not given. */
  readonly timeout?: number;
  /** Ends the reading with its reason. */
  readonly signal?: AbortSignal;
  /** What is expected: a response is told from other protocols by its first line. */
  readonly kind?: "response";
  /** What to do about an error. */
  readonly hint?: string;
  /** Bytes that were read before. */
  readonly initial?: Uint8Array<ArrayBuffer>;
}

/** What {@linkcode readHead} has read. */
export interface ReadHead {
  /** The head, empty line included. */
  readonly head: Uint8Array<ArrayBuffer>;
  /** What came behind it, over the same buffer. */
  readonly rest: Uint8Array<ArrayBuffer>;
}

const FIRST_BUFFER = 1024;

/**
 * Reads until a head is complete. Throws a {@linkcode WirecatError}: `timeout`;
 * `abnormal` where the connection ends before; `protocol` for bytes that are no
 * HTTP, a {@linkcode HeadError} with status 400 or 431. After a timeout or an abort a read
 * is still under way, so that nothing else can be done with the connection than to write to
 * it and to close it.
 */
export async function readHead(
  conn: Pick<ByteConn, "read">,
  options: ReadHeadOptions,
): Promise<ReadHead> {
  const { from, limit = MAX_HEAD_LENGTH, initial, hint } = options;
  let buffer = new Uint8Array(Math.min(limit, FIRST_BUFFER));
  let length = 0;
  let searched = 0;
  if (initial !== undefined && initial.length > 0) {
    buffer = initial;
    length = initial.length;
  }
  using deadline = new Deadline({
    timeout: options.timeout,
    signal: options.signal,
    message: `${from} sent no complete HTTP head within ${durationText(options.timeout)}`,
    hint,
  });
  for (;;) {
    if (length > 0) {
      if (searched === 0 && !canBeginHead(buffer[0])) throw notHttp(from, buffer[0], hint);
      if (options.kind === "response") refuseOthers(from, buffer.subarray(0, length), hint);
      const end = findHeadEnd(buffer, Math.max(0, searched - 3), length);
      if (end > limit || (end < 0 && length >= limit)) {
        throw new HeadError(431, `${from} sent an HTTP head of more than ${limit} bytes`, { hint });
      }
      if (end >= 0) return { head: buffer.subarray(0, end), rest: buffer.subarray(end, length) };
      searched = length;
    }
    if (length === buffer.length) {
      const larger = new Uint8Array(Math.min(limit, Math.max(FIRST_BUFFER, length * 4)));
      larger.set(buffer);
      buffer = larger;
    }
    const count = await deadline.race(read(conn, buffer.subarray(length), from, hint));
    if (count === null) throw ended(from, length, hint);
    length += count;
  }
}

async function read(
  conn: Pick<ByteConn, "read">,
  into: Uint8Array,
  from: string,
  hint: string | undefined,
): Promise<number | null> {
  try {
    return await conn.read(into);
  } catch (cause) {
    if (cause instanceof WirecatError) throw cause;
    throw new WirecatError("abnormal", `no HTTP head from ${from}: ${reasonOf(cause)}`, {
      hint,
      cause,
    });
  }
}

function ended(from: string, length: number, hint: string | undefined): WirecatError {
  return new WirecatError(
    "abnormal",
    length === 0
      ? `${from} closed the connection without sending an HTTP head`
      : `${from} closed the connection after ${length} bytes of an HTTP head`,
    { hint },
  );
}

/** The types of TLS records that open a connection: an alert and a handshake (RFC 8446, section 5.1). */
const TLS_RECORDS = [21, 22];

function notHttp(from: string, byte: number, hint: string | undefined): HeadError {
  return new HeadError(400, `${from} sent bytes that are not HTTP`, {
    hint: TLS_RECORDS.includes(byte)
      ? "it speaks TLS: is this to be wss: (https:) instead of ws: (http:)?"
      : hint,
  });
}

/** How much is told of what came instead of HTTP, in bytes. */
const MOST_TOLD = 60;

/** Throws when the first line is that of another protocol, which may well say no more. */
function refuseOthers(from: string, bytes: Uint8Array, hint: string | undefined): void {
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, 200)).replace(/^[\r\n]+/, "");
  const line = /^[^\r\n]*(?=[\r\n])/.exec(text)?.[0];
  if (line === undefined || line.startsWith("HTTP/")) return;
  const told = line.length > MOST_TOLD ? line.slice(0, MOST_TOLD) + "…" : line;
  throw new HeadError(400, `${from} answered no HTTP response but ${JSON.stringify(told)}`, {
    hint,
  });
}
