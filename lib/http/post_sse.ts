/**
 * A request of a web page as a peer: GET receives server-sent events, POST sends.
 *
 * @module
 */
import { Batch, BYTES, CONTINUED, MORE } from "../core/batch.ts";
import { type ByteConn, closeQuietly, MIN_BUFFER, writeAll } from "../core/conn.ts";
import { WirecatError } from "../core/errors.ts";
import { Answered, LoginRefused } from "../core/opener.ts";
import type { Peer, PeerInfo } from "../core/peer.ts";
import { type BodyDecoder, type BodySink, requestBody } from "./body.ts";
import { EventStreamEncoder } from "./event_stream.ts";
import { finish } from "./finish.ts";
import {
  formatResponse,
  type HeaderField,
  HeadError,
  parseRequestHead,
  type RequestHead,
} from "./head.ts";
import { readHead } from "./read_head.ts";
import { HttpRefusal } from "./refusal.ts";

/** What {@linkcode acceptPostSse} can be told. */
export interface PostSseOptions {
  /** Who asks according to the request, where a proxy is believed that has passed it on. */
  readonly clientOf?: (headers: Headers) => string | undefined;
  /** How many seconds the head of the request may take. */
  readonly timeout: number;
  /**
   * Lets a client in by returning the name that it has logged in with, if any. Throws an
   * {@linkcode HttpRefusal} otherwise.
   */
  readonly admit?: (head: RequestHead, client: string) => Promise<string | undefined> | undefined;
  /** Aborted when the request is no longer wanted. */
  readonly signal: AbortSignal;
  /** Called once when the peer is closed. */
  readonly onClose?: () => void | Promise<void>;
}

/**
 * Reads a request. The peer of a GET request gives nothing, and ends when the client has
 * gone; what is written to it becomes events. The peer of a POST request gives the body as
 * a message, and forgets what is written to it. Any other request is answered here, and throws.
 */
export async function acceptPostSse(
  conn: ByteConn,
  info: PeerInfo,
  options: PostSseOptions,
): Promise<Peer> {
  const from = `the client ${info.client ?? `of ${info.name}`}`;
  const { timeout, signal } = options;
  let read;
  let head: RequestHead;
  let body: BodyDecoder;
  try {
    read = await readHead(conn, { from, timeout, signal });
    head = parseRequestHead(read.head);
    body = requestBody(head);
  } catch (error) {
    const status = error instanceof HeadError
      ? error.status
      : error instanceof WirecatError && error.kind === "timeout"
      ? 408
      : undefined;
    if (status !== undefined) await refuse(conn, status, String((error as Error).message), signal);
    throw error;
  }
  const client = options.clientOf?.(head.headers) ?? info.client;
  const user = await admitted(conn, head, from, { ...options, client });
  const known = { ...info, client, uri: head.target, headers: () => head.headers, user };
  if (head.method === "GET") {
    await writeAll(conn, EVENT_STREAM_HEAD);
    const streams = { readable: untilGone(conn), writable: events(conn) };
    return requestPeer(conn, known, options, streams);
  }
  if (head.method === "POST") {
    if (/^100-continue$/i.test(head.headers.get("expect") ?? "")) {
      await writeAll(conn, formatResponse({ status: 100 }));
    }
    const streams = { readable: messages(conn, body, read.rest, signal), writable: nowhere() };
    return requestPeer(conn, known, options, streams);
  }
  await refuse(conn, 405, "GET receives, POST sends; other methods are not served", signal);
  throw new Answered(`${from} sent a ${head.method} request, not GET or POST`);
}

/** Who has logged in. Answers and throws if the client is not let in. */
async function admitted(
  conn: ByteConn,
  head: RequestHead,
  from: string,
  { admit, client = from, signal }: PostSseOptions & { readonly client?: string },
): Promise<string | undefined> {
  try {
    return await admit?.(head, client);
  } catch (error) {
    if (!(error instanceof HttpRefusal)) throw error;
    const { status, message } = error;
    await refuse(conn, status, message, signal, error.headers);
    const said = `refused ${head.method} ${head.target} from ${from} with ${status}: ${message}`;
    if (status === 401 && !head.headers.has("Authorization")) throw new Answered(said);
    throw status === 401 ? new LoginRefused(from, said) : new WirecatError("upgrade", said);
  }
}

async function refuse(
  conn: ByteConn,
  status: number,
  text: string,
  signal?: AbortSignal,
  fields: readonly HeaderField[] = [],
): Promise<void> {
  const allow = status === 405 ? [["Allow", "GET, POST"] as const] : fields;
  try {
    const headers = [["Content-Type", "text/plain"], ["Connection", "close"], ...allow] as const;
    await writeAll(conn, formatResponse({ status, headers, body: `${text}\n` }));
    await finish(conn, signal);
  } catch {
    // The client did not wait for the answer.
  }
}

const EVENT_STREAM_HEAD = formatResponse({
  status: 200,
  headers: [
    ["Content-Type", "text/event-stream"],
    ["Cache-Control", "no-cache"],
    ["Connection", "close"],
  ],
});

const NO_CONTENT = formatResponse({ status: 204, headers: [["Connection", "close"]] });

/** The streams of a request as a peer. */
function requestPeer(
  conn: ByteConn,
  info: PeerInfo,
  options: PostSseOptions,
  streams: Pick<Peer, "readable" | "writable">,
): Peer {
  let closed = false;
  return {
    ...streams,
    info,
    async close() {
      if (closed) return;
      closed = true;
      closeQuietly(conn);
      await options.onClose?.();
    },
  };
}

/** Reading shows only that the client has gone. */
function untilGone(conn: ByteConn): ReadableStream<Batch> {
  return new ReadableStream<Batch>({
    async pull(controller) {
      const ignored = new Uint8Array(256);
      while (await conn.read(ignored) !== null);
      controller.close();
    },
  }, { highWaterMark: 0 });
}

function events(conn: ByteConn): WritableStream<Batch> {
  const encoder = new EventStreamEncoder();
  return new WritableStream<Batch>({
    write: (batch) => writeAll(conn, encoder.encode(batch)),
    close: () => conn.closeWrite(),
  }, { highWaterMark: 1 });
}

/** A writer for what a POST request cannot be told. */
function nowhere(): WritableStream<Batch> {
  return new WritableStream<Batch>({}, { highWaterMark: 1 });
}

/** Longer messages are handed on in parts. */
const MAX_WHOLE = 1024 * 1024;

/** Puts messages together from the pieces of a body: one each chunk, or one for all of it. */
class Gathering implements BodySink {
  /** The messages that are complete, and parts of one that is too long. */
  readonly batch = new Batch(new Uint8Array(MIN_BUFFER));
  /** Where the message that is still growing begins, and how far it goes. */
  #start = 0;
  #end = 0;
  #continued = 0;

  data(bytes: Uint8Array<ArrayBuffer>, start: number, end: number, last: boolean): void {
    this.#append(bytes.subarray(start, end));
    if (!last && this.#end - this.#start < MAX_WHOLE) return;
    this.batch.push(this.#start, this.#end, BYTES | this.#continued | (last ? 0 : MORE));
    this.#continued = last ? 0 : CONTINUED;
    this.#start = this.#end;
  }

  #append(piece: Uint8Array): void {
    const end = this.#end + piece.length;
    if (end > this.batch.bytes.length) {
      const larger = new Uint8Array(Math.max(end, this.batch.bytes.length * 2));
      larger.set(this.batch.bytes.subarray(0, this.#end));
      this.batch.bytes = larger;
    }
    this.batch.bytes.set(piece, this.#end);
    this.#end = end;
  }

  /** Forgets the messages of the batch, which have been taken. */
  release(): void {
    this.batch.bytes.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
    this.batch.clear();
  }
}

/** The body of a request as messages, and the answer when it has been taken. */
function messages(
  conn: ByteConn,
  body: BodyDecoder,
  first: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): ReadableStream<Batch> {
  const gathered = new Gathering();
  let buffer = first;
  let length: number | null = first.length;
  return new ReadableStream<Batch>({
    async pull(controller) {
      gathered.release();
      try {
        for (;;) {
          if (length === null) body.end();
          else body.decode(buffer, 0, length, gathered);
          length = 0;
          if (gathered.batch.length > 0) return controller.enqueue(gathered.batch);
          if (body.done) break;
          if (buffer === first || buffer.length === 0) buffer = new Uint8Array(READ_BUFFER);
          length = await conn.read(buffer);
        }
      } catch (error) {
        if (error instanceof WirecatError && error.kind === "protocol") {
          await refuse(conn, 400, error.message, signal);
        }
        throw error;
      }
      await writeAll(conn, NO_CONTENT);
      await finish(conn, signal);
      controller.close();
    },
  }, { highWaterMark: 0 });
}

const READ_BUFFER = 16 * 1024;
