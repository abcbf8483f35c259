/**
 * Where the body of an HTTP/1.1 message ends (RFC 9112, sections 6 and 7).
 *
 * @module
 */
import { WirecatError } from "../core/errors.ts";
import { HeadError, listTokens, type RequestHead, type ResponseHead } from "./head.ts";

/** Takes pieces of a body. */
export interface BodySink {
  /** A piece of the body; `last` says that a chunk, or the body, ends with it. */
  data(bytes: Uint8Array<ArrayBuffer>, start: number, end: number, last: boolean): void;
}

/** Finds a body in the bytes of a connection, which may come in any pieces. */
export interface BodyDecoder {
  /** Whether the body has ended. */
  readonly done: boolean;
  /** Takes `bytes[from, to)`; returns the index behind what belongs to the body. */
  decode(bytes: Uint8Array<ArrayBuffer>, from: number, to: number, sink: BodySink): number;
  /** The connection has ended: throws if the body has not. */
  end(): void;
}

/** The body of a response to a request with `method`. Throws a {@linkcode HeadError}. */
export function responseBody(head: ResponseHead, method: string): BodyDecoder {
  const { status, headers } = head;
  if (method === "HEAD" || status < 200 || status === 204 || status === 304) {
    return new SizedBody(0);
  }
  const codings = headers.get("transfer-encoding");
  if (codings !== null) {
    return listTokens(codings).at(-1) === "chunked" ? new ChunkedBody() : new OpenBody();
  }
  const length = contentLength(headers);
  return length === undefined ? new OpenBody() : new SizedBody(length);
}

/** The body of a request. Throws a {@linkcode HeadError} where its length is not clear. */
export function requestBody(head: RequestHead): BodyDecoder {
  const { headers, version } = head;
  const codings = headers.get("transfer-encoding");
  const length = contentLength(headers);
  if (codings === null) return new SizedBody(length ?? 0);
  // RFC 9112, section 6.1: such requests may be attempts at smuggling.
  if (length !== undefined) {
    throw new HeadError(400, "the request has both Transfer-Encoding and Content-Length");
  }
  if (version === "1.0" || listTokens(codings).join() !== "chunked") {
    throw new HeadError(400, "the request has a Transfer-Encoding other than chunked");
  }
  return new ChunkedBody();
}

function contentLength(headers: Headers): number | undefined {
  const value = headers.get("content-length");
  if (value === null) return undefined;
  // The same length several times is one length: RFC 9112, section 6.3.
  const [length, ...others] = new Set(value.split(",").map((part) => part.trim()));
  if (!/^\d{1,15}$/.test(length) || others.length > 0) {
    throw new HeadError(400, "Content-Length is not one number");
  }
  return Number(length);
}

/** A body of a length that is known. */
class SizedBody implements BodyDecoder {
  readonly #length: number;
  #left: number;

  /** `length` is in bytes. */
  constructor(length: number) {
    this.#length = length;
    this.#left = length;
  }

  get done(): boolean {
    return this.#left === 0;
  }

  decode(bytes: Uint8Array<ArrayBuffer>, from: number, to: number, sink: BodySink): number {
    const end = Math.min(to, from + this.#left);
    this.#left -= end - from;
    if (end > from) sink.data(bytes, from, end, this.done);
    return end;
  }

  end(): void {
    if (!this.done) {
      throw cut(`after ${this.#length - this.#left} of ${this.#length} bytes of the body`);
    }
  }
}

/** A body that ends with the connection. */
class OpenBody implements BodyDecoder {
  #done = false;

  get done(): boolean {
    return this.#done;
  }

  decode(bytes: Uint8Array<ArrayBuffer>, from: number, to: number, sink: BodySink): number {
    if (to > from) sink.data(bytes, from, to, true);
    return to;
  }

  end(): void {
    this.#done = true;
  }
}

const LF = 10;
const CR = 13;

/** What the next byte of a chunked body belongs to. */
const enum Part {
  Size,
  Extension,
  SizeLf,
  Data,
  DataCr,
  DataLf,
  TrailerStart,
  Trailer,
  LastLf,
  Done,
}

/** The most bytes of chunk extensions before a chunk, and of trailers. */
const MAX_TRAILER = 16 * 1024;
/** The most hexadecimal digits that a double holds exactly. */
const MAX_SIZE_DIGITS = 13;

/** A body in chunks (RFC 9112, section 7.1). Extensions and trailers are left out. */
export class ChunkedBody implements BodyDecoder {
  #part = Part.Size;
  /** How many bytes of the chunk are to come; while reading its size, the size so far. */
  #left = 0;
  /** How many digits, or bytes of an extension or trailer, have come. */
  #count = 0;

  get done(): boolean {
    return this.#part === Part.Done;
  }

  decode(bytes: Uint8Array<ArrayBuffer>, from: number, to: number, sink: BodySink): number {
    let at = from;
    while (at < to && this.#part !== Part.Done) {
      if (this.#part === Part.Data) {
        const end = Math.min(to, at + this.#left);
        this.#left -= end - at;
        sink.data(bytes, at, end, this.#left === 0);
        if (this.#left === 0) this.#part = Part.DataCr;
        at = end;
      } else {
        this.#part = this.#step(bytes[at++]);
      }
    }
    return at;
  }

  #step(byte: number): Part {
    switch (this.#part) {
      case Part.Size: {
        const digit = hexDigit(byte);
        if (digit >= 0) {
          if (++this.#count > MAX_SIZE_DIGITS) throw broken("a chunk is too long");
          this.#left = this.#left * 16 + digit;
          return Part.Size;
        }
        if (this.#count === 0) throw broken("a chunk has no size");
        this.#count = 0;
        if (byte === CR) return Part.SizeLf;
        // ";" begins an extension; space before it is bad but known to occur.
        if (byte === 0x3b || byte === 0x20 || byte === 0x09) return Part.Extension;
        throw broken("the size of a chunk is not a hexadecimal number");
      }
      case Part.Extension:
        if (byte === CR) return Part.SizeLf;
        if (byte === LF || ++this.#count > MAX_TRAILER) throw broken("a chunk extension is broken");
        return Part.Extension;
      case Part.SizeLf:
        this.#expect(byte, LF);
        this.#count = 0;
        return this.#left === 0 ? Part.TrailerStart : Part.Data;
      case Part.DataCr:
        this.#expect(byte, CR);
        return Part.DataLf;
      case Part.DataLf:
        this.#expect(byte, LF);
        return Part.Size;
      case Part.TrailerStart:
        if (byte === CR) return Part.LastLf;
        return this.#trailer();
      case Part.Trailer:
        if (byte === LF) return Part.TrailerStart;
        return this.#trailer();
      default:
        this.#expect(byte, LF);
        return Part.Done;
    }
  }

  #trailer(): Part {
    if (++this.#count > MAX_TRAILER) throw broken("the trailer is too long");
    return Part.Trailer;
  }

  #expect(byte: number, expected: number): void {
    if (byte !== expected) throw broken("a chunk is longer than its size says");
  }

  end(): void {
    if (!this.done) throw cut("in the middle of the chunked body");
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function broken(what: string): WirecatError {
  return new WirecatError("protocol", `the chunked body is malformed: ${what}`);
}

function cut(where: string): WirecatError {
  return new WirecatError("abnormal", `the connection ended ${where}`);
}
