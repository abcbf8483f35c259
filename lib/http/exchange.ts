/**
 * One HTTP request as a peer: what is written to it is the request's body, what is
 * read from it is the response's.
 *
 * @module
 */
import { Batch, BYTES } from "../core/batch.ts";
import {
  type ByteConn,
  closeQuietly,
  MIN_BUFFER,
  nextCapacity,
  peerFromConn,
  pushChunks,
  writeAll,
} from "../core/conn.ts";
import { isGone, reasonOf, usageError, WirecatError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { Peer, PeerInfo } from "../core/peer.ts";
import { type BodyDecoder, responseBody } from "./body.ts";
import { ChunkWriter } from "./chunk_writer.ts";
import {
  formatRequest,
  type HeaderField,
  listTokens,
  parseResponseHead,
  type ResponseHead,
} from "./head.ts";
import { prefixedConn } from "./prefixed_conn.ts";
import { readHead } from "./read_head.ts";

/** What {@linkcode exchange} sends, and how it behaves. */
export interface ExchangeOptions {
  /** The method. */
  readonly method: string;
  /** The request target. */
  readonly target: string;
  /** The fields in order, but for those that say how long the body is. */
  readonly headers: readonly HeaderField[];
  /** What is known of the peer. `name` is for messages. */
  readonly info: PeerInfo;
  /** How many seconds a proxy or a server may take to agree to a tunnel or another protocol. */
  readonly timeout: number;
  /** Aborted when the exchange is to stop before the response has begun. */
  readonly signal: AbortSignal;
  /** The largest read in bytes; no limit of its own if not given. */
  readonly maxRead?: number;
  /** Where a body that the method does not have is warned about. */
  readonly log: Log;
  /** Told of the response before its status is looked at. */
  readonly onResponse?: (head: ResponseHead) => void;
  /** Called once when the peer is closed. */
  readonly onClose?: () => void | Promise<void>;
}

/** How the end of the request's body is told. */
type Framing = "none" | "empty" | "chunked" | number;

/** Methods whose requests have no body unless the fields announce one. */
const BODYLESS = ["GET", "HEAD", "CONNECT", "TRACE"];
/** Methods whose requests always have one, perhaps empty. */
const BODIED = ["POST", "PUT", "PATCH"];

/**
 * Sends a request over `conn`.
 *
 * A request without a body is sent at once, and its response has begun when the peer is
 * there. One with a body is sent with the first data, or after {@linkcode HEAD_DELAY}:
 * in chunks, or raw if the fields have a Content-Length. A response is read to its end,
 * not the connection's. CONNECT and `Upgrade` lead to a raw connection if the server agrees.
 *
 * Throws, or fails reading, for a status other than 2xx, and 101 where an upgrade was asked for.
 */
export async function exchange(conn: ByteConn, options: ExchangeOptions): Promise<Peer> {
  const field = (name: string) => options.headers.find(([n]) => n.toLowerCase() === name)?.[1];
  const length = field("content-length");
  if (length !== undefined && !/^\d{1,15}$/.test(length)) {
    throw usageError(`Content-Length: '${length}' is not a number of bytes`);
  }
  const announced = length !== undefined || field("transfer-encoding") !== undefined;
  const upgrade = field("upgrade") !== undefined && !announced;
  formatRequest(options); // Throws before anything is sent.
  const http = new Exchange(conn, options, announced, upgrade);
  if (announced) {
    await http.sendHead(length === undefined ? "chunked" : Number(length));
  } else if (upgrade || BODYLESS.includes(options.method)) {
    const connect = options.method === "CONNECT";
    await http.sendHead(BODIED.includes(options.method) ? "empty" : "none");
    const { head, rest } = await http.response(upgrade || connect ? options.timeout : undefined);
    if (head.status === 101 || connect) {
      const { info, maxRead, onClose } = options;
      return peerFromConn(prefixedConn(conn, rest), info, { maxRead, onClose });
    }
  } else {
    http.sendHeadLater();
  }
  return http;
}

/** How long data for a body is waited for before the head is sent without it, in milliseconds. */
const HEAD_DELAY = 200;

/** A response that has begun. */
interface Response {
  readonly head: ResponseHead;
  readonly rest: Uint8Array<ArrayBuffer>;
}

class Exchange implements Peer {
  readonly info: PeerInfo;
  /** The status tells whether the body was accepted, and only reading shows it. */
  readonly mustRead = true;
  readonly readable: ReadableStream<Batch>;
  readonly writable: WritableStream<Batch>;
  readonly #conn: ByteConn;
  readonly #options: ExchangeOptions;
  /** Whether the fields given say how long the body is. */
  readonly #announced: boolean;
  /** Whether another protocol was asked for. */
  readonly #upgrade: boolean;
  readonly #chunks: ChunkWriter;
  #framing: Framing = "none";
  #headSent?: Promise<void>;
  #timer?: ReturnType<typeof setTimeout>;
  #response?: Promise<Response>;
  #written = 0;
  #warned = false;
  #closed = false;

  constructor(conn: ByteConn, options: ExchangeOptions, announced: boolean, upgrade: boolean) {
    this.#conn = conn;
    this.#upgrade = upgrade;
    this.#options = options;
    this.#announced = announced;
    this.#chunks = new ChunkWriter(conn);
    this.info = options.info;
    this.readable = this.#readable();
    this.writable = new WritableStream<Batch>({
      write: (batch) => this.#write(batch.join()),
      close: () => this.#end(),
    }, { highWaterMark: 1 });
  }

  /** Sends the head; only the first call does. */
  sendHead(framing: Framing): Promise<void> {
    clearTimeout(this.#timer);
    return this.#headSent ??= this.#sendHead(framing);
  }

  async #sendHead(framing: Framing): Promise<void> {
    this.#framing = framing;
    const { method, target } = this.#options;
    const headers = [...this.#options.headers];
    if (!this.#announced) {
      if (framing === "chunked") headers.push(["Transfer-Encoding", "chunked"]);
      if (framing === "empty") headers.push(["Content-Length", "0"]);
    }
    await this.#send(writeAll(this.#conn, formatRequest({ method, target, headers })));
  }

  /** Waits for a write. If the server hung up meanwhile, its response says why, if there is one. */
  async #send(write: Promise<void>): Promise<void> {
    try {
      await write;
    } catch (cause) {
      if (!isGone(cause)) throw cause;
      await this.response();
      throw new WirecatError(
        "abnormal",
        `${this.info.name}: the server stopped taking the request: ${reasonOf(cause)}`,
        { cause },
      );
    }
  }

  /** Sends the head when data for the body come, but does not wait for them long. */
  sendHeadLater(): void {
    this.#timer = setTimeout(() => {
      this.sendHead("chunked").catch(() => {}); // The next write tells it.
    }, HEAD_DELAY);
  }

  async #write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    if (bytes.length === 0) return;
    await this.sendHead("chunked");
    this.#written += bytes.length;
    if (this.#framing === "chunked") {
      await this.#send(this.#chunks.write(bytes));
    } else if (typeof this.#framing === "number") {
      if (this.#written > this.#framing) {
        throw new WirecatError(
          "usage",
          `there is more to send than the ${this.#framing} bytes that Content-Length announces`,
          { hint: "without --request-header Content-Length the body is sent in chunks" },
        );
      }
      await this.#send(writeAll(this.#conn, bytes));
    } else if (!this.#warned) {
      this.#warned = true;
      this.#options.log.warn(
        `the ${this.#options.method} request has no body: what was to be sent is dropped`,
        BODYLESS.includes(this.#options.method) ? "give -X POST to send it" : undefined,
      );
    }
  }

  async #end(): Promise<void> {
    await this.sendHead(BODIED.includes(this.#options.method) ? "empty" : "none");
    if (this.#framing === "chunked") await this.#send(this.#chunks.end());
    if (typeof this.#framing === "number" && this.#written < this.#framing) {
      throw new WirecatError(
        "usage",
        `there are only ${this.#written} bytes to send, where Content-Length announces ${this.#framing}`,
      );
    }
  }

  /** The response, when it has begun. `timeout` is in seconds. */
  response(timeout?: number): Promise<Response> {
    return this.#response ??= this.#readResponse(timeout);
  }

  async #readResponse(timeout?: number): Promise<Response> {
    const { info: { name }, signal } = this.#options;
    let initial: Uint8Array<ArrayBuffer> | undefined;
    for (;;) {
      const from = `the server of ${name}`;
      const read = await readHead(this.#conn, { from, initial, timeout, signal });
      const head = parseResponseHead(read.head);
      if (head.status >= 200 || head.status === 101) {
        this.#options.onResponse?.(head);
        this.#check(head);
        return { head, rest: read.rest };
      }
      initial = read.rest; // Interim responses: RFC 9110, section 15.2.
    }
  }

  #check(head: ResponseHead): void {
    const { status, reason, headers } = head;
    const { method } = this.#options;
    if ((status >= 200 && status < 300) || (status === 101 && this.#upgrade)) return;
    const location = headers.get("location");
    const allow = headers.get("allow");
    throw new WirecatError(
      "connection",
      `${this.info.name}: the server answered ${method} with ${`${status} ${reason}`.trim()}`,
      { hint: hintFor(status, location, allow) },
    );
  }

  #readable(): ReadableStream<Batch> {
    let decoder: BodyDecoder | undefined;
    let batch = new Batch(new Uint8Array(0), 0);
    const most = this.#options.maxRead ?? Infinity;
    let capacity = Math.min(MIN_BUFFER, most);
    const sink = {
      data(_: Uint8Array, start: number, end: number) {
        if (most === Infinity) pushChunks(batch, start, end);
        else batch.push(start, end, BYTES);
      },
    };
    return new ReadableStream<Batch>({
      pull: async (controller) => {
        do {
          let length: number | null;
          if (decoder === undefined) {
            const { head, rest } = await this.response();
            decoder = responseBody(head, this.#options.method);
            batch = new Batch(rest);
            length = rest.length;
          } else {
            if (batch.bytes.length !== capacity) batch = new Batch(new Uint8Array(capacity));
            batch.clear();
            length = await this.#read(batch.bytes);
            if (length === null) this.#naming(() => decoder!.end());
            else capacity = Math.min(nextCapacity(capacity, length), most);
          }
          const come = length;
          if (come !== null) this.#naming(() => decoder!.decode(batch.bytes, 0, come, sink));
        } while (batch.length === 0 && !decoder.done);
        if (batch.length > 0) controller.enqueue(batch);
        if (decoder.done) controller.close();
      },
    }, { highWaterMark: 0 });
  }

  /** Does a step of decoding; what is wrong with the body is told with the server's name. */
  #naming(step: () => void): void {
    try {
      step();
    } catch (cause) {
      if (!(cause instanceof WirecatError)) throw cause;
      const hint = "the server, or something in between, did not send all of the response";
      const message = `${this.info.name}: ${cause.message}`;
      throw new WirecatError(cause.kind, message, { hint: cause.hint ?? hint, cause });
    }
  }

  async #read(into: Uint8Array): Promise<number | null> {
    try {
      return await this.#conn.read(into);
    } catch (cause) {
      if (cause instanceof WirecatError) throw cause;
      const { name } = this.info;
      throw new WirecatError("abnormal", `${name}: the response broke off: ${reasonOf(cause)}`, {
        cause,
      });
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    closeQuietly(this.#conn);
    await this.#options.onClose?.();
  }
}

function hintFor(status: number, location: string | null, allow: string | null) {
  if (location !== null && status >= 300 && status < 400) {
    return `redirects are not followed; it points to ${JSON.stringify(location)}`;
  }
  if (status === 401) {
    return "give a name, --user NAME asks for its password, or a token: --bearer TOKEN";
  }
  if (status === 404 || status === 410) return "there is nothing at this path: is it right?";
  if (status === 403) return "a login may be wanted: --user NAME, --bearer TOKEN, or -H";
  if (status === 429 || status === 503) return "the server is busy: try again later";
  if (status === 502 || status === 504) {
    return "what is in front of the server answers, and the server does not: is it running?";
  }
  if (status >= 500) return "it is an error in the server: its log tells more";
  if (status === 405 && allow !== null) {
    return `-X sets the method; the server allows ${listTokens(allow).join(", ").toUpperCase()}`;
  }
  return undefined;
}
