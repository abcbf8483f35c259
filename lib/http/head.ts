/**
 * The heads of HTTP/1.1 messages as bytes: start line and header fields (RFC 9112).
 *
 * @module
 */
import { usageError, WirecatError } from "../core/errors.ts";
import { STATUS_TEXT } from "./status_text.ts";

export { STATUS_TEXT };

/** The longest head that is accepted, in bytes. */
export const MAX_HEAD_LENGTH = 64 * 1024;

/** What a server answers to a head it cannot take. */
export type HeadStatus = 400 | 431 | 505;

/** A head that is malformed, too long, or of another version of HTTP. */
export class HeadError extends WirecatError {
  /** The status code that a server answers with. */
  readonly status: HeadStatus;

  /** `message` is one line without a full stop. */
  constructor(status: HeadStatus, message: string, options: { hint?: string } = {}) {
    super("protocol", message, options);
    this.name = "HeadError";
    this.status = status;
  }
}

/** The versions of HTTP that are understood. */
export type HttpVersion = "1.0" | "1.1";

/** The head of a request. */
export interface RequestHead {
  /** The method as it was sent: methods are case-sensitive. */
  readonly method: string;
  /** The request target as it was sent, one character a byte: `/path?query`, mostly. */
  readonly target: string;
  /** The version; any later 1.x counts as 1.1. */
  readonly version: HttpVersion;
  /** The header fields; values are decoded as Latin-1, one character a byte. */
  readonly headers: Headers;
}

/** The head of a response. */
export interface ResponseHead {
  /** The version; any later 1.x counts as 1.1. */
  readonly version: HttpVersion;
  /** The status code, 100 to 599. */
  readonly status: number;
  /** The reason phrase, perhaps empty. */
  readonly reason: string;
  /** The header fields; values are decoded as Latin-1, one character a byte. */
  readonly headers: Headers;
}

const LF = 10;
const CR = 13;
const SPACE = 32;

/**
 * The index just behind the empty line that ends a head in `bytes[from, to)`, or
 * -1 if it is not there yet. Looking again after more bytes have come may begin
 * three bytes before the old end. A line ends with CRLF, or with a bare LF, which
 * RFC 9112, section 2.2 lets a recipient take.
 */
export function findHeadEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = bytes.indexOf(LF, from);
  while (at >= 0 && at + 1 < to) {
    const next = bytes[at + 1] === CR ? at + 2 : at + 1;
    if (next < to && bytes[next] === LF) return next + 1;
    at = bytes.indexOf(LF, at + 1);
  }
  return -1;
}

/** Reads the head of a request, empty line included. Throws a {@linkcode HeadError}. */
export function parseRequestHead(bytes: Uint8Array): RequestHead {
  const { start, fields } = lines(bytes);
  const parts = start.split(" ");
  if (parts.length !== 3) {
    throw malformed(`the request line ${shown(start)} is not METHOD TARGET VERSION`);
  }
  const [method, target, version] = parts;
  if (!TOKEN.test(method)) throw malformed(`${shown(method)} is not a method`);
  if (!TARGET.test(target)) throw malformed(`${shown(target)} is not a request target`);
  const head = { method, target, version: versionOf(version), headers: headersOf(fields, false) };
  if (hosts(fields) > 1) throw malformed("the request has more than one Host field");
  return head;
}

/** Reads the head of a response, empty line included. Throws a {@linkcode HeadError}. */
export function parseResponseHead(bytes: Uint8Array): ResponseHead {
  const { start, fields } = lines(bytes);
  const match = /^(\S+) ([1-5]\d\d)(?: (.*))?$/.exec(start);
  if (match === null) {
    throw malformed(`the status line ${shown(start)} is not VERSION STATUS REASON`);
  }
  const [, version, status, reason = ""] = match;
  if (CONTROL.test(reason)) throw malformed("the reason phrase has a control character");
  return {
    version: versionOf(version),
    status: Number(status),
    reason,
    headers: headersOf(fields, true),
  };
}

/** RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// deno-lint-ignore no-control-regex -- these are the ones that are refused
const TARGET = /^[^\x00-\x20\x7f]+$/;
// deno-lint-ignore no-control-regex -- these are the ones that are refused
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;

/** The lines of a head; a CR that ends no line is refused (RFC 9112, section 2.2). */
function lines(bytes: Uint8Array): { start: string; fields: string[] } {
  const all: string[] = [];
  let from = 0;
  while (from < bytes.length) {
    const lf = bytes.indexOf(LF, from);
    if (lf < 0) throw malformed("the head does not end with an empty line");
    const end = lf > from && bytes[lf - 1] === CR ? lf - 1 : lf;
    // An empty line before the first is skipped: RFC 9112, section 2.2.
    if (end > from || all.length > 0) all.push(latin1(bytes, from, end));
    from = lf + 1;
    if (end === from && all.length > 0) break;
  }
  while (all.at(-1) === "") all.pop();
  if (all.length === 0) throw malformed("the head is empty");
  for (const line of all) if (line.includes("\r")) throw malformed("the head has a bare CR");
  return { start: all[0], fields: all.slice(1) };
}

function versionOf(text: string): HttpVersion {
  const match = /^HTTP\/(\d)\.(\d)$/.exec(text);
  if (match === null) throw malformed(`${shown(text)} is not a version of HTTP`);
  if (match[1] !== "1") throw new HeadError(505, `${text} is not spoken here, only HTTP/1.1`);
  return match[2] === "0" ? "1.0" : "1.1";
}

/** `folded`: continuation lines are joined by a space (RFC 9112, section 5.2) instead of refused. */
function headersOf(fields: string[], folded: boolean): Headers {
  const headers = new Headers();
  for (let i = 0; i < fields.length; i++) {
    let line = fields[i];
    while (folded && i + 1 < fields.length && /^[ \t]/.test(fields[i + 1])) {
      line += " " + fields[++i].trim();
    }
    if (/^[ \t]/.test(line)) throw malformed("a header field is folded over two lines");
    const colon = line.indexOf(":");
    if (colon < 0) throw malformed(`the header field ${shown(line)} has no colon`);
    const name = line.slice(0, colon);
    if (!TOKEN.test(name)) throw malformed(`${shown(name)} is not the name of a header field`);
    const value = line.slice(colon + 1);
    if (CONTROL.test(value)) throw malformed(`the field ${name} has a control character`);
    headers.append(name, value);
  }
  return headers;
}

function hosts(fields: string[]): number {
  let count = 0;
  for (const line of fields) if (/^host:/i.test(line)) count++;
  return count;
}

function malformed(message: string): HeadError {
  return new HeadError(400, message);
}

/** A piece of the other end's text, safe to print in one line. */
function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? text.slice(0, 60) + "…" : text);
}

/** One character a byte. `TextDecoder`'s "latin1" is windows-1252, which is another thing. */
function latin1(bytes: Uint8Array, from: number, to: number): string {
  let text = "";
  for (let at = from; at < to; at += CALL) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(to, at + CALL)));
  }
  return text;
}

/** How many arguments one call gets. */
const CALL = 4096;

/** A header field: name and value. */
export type HeaderField = readonly [name: string, value: string];

/** The fields of a head in their order, each as it is written there but for the space around it. */
export function rawFields(head: Uint8Array): HeaderField[] {
  return lines(head).fields.filter((line) => line.includes(":")).map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
}

/** What {@linkcode formatRequest} writes. */
export interface RequestParts {
  /** The method. */
  readonly method: string;
  /** The request target. */
  readonly target: string;
  /** The fields, in order. */
  readonly headers: readonly HeaderField[];
}

/**
 * The head of an HTTP/1.1 request as bytes. Throws a usage error where a method,
 * target, name or value could not be read back as itself, as one with a line break.
 */
export function formatRequest(parts: RequestParts): Uint8Array<ArrayBuffer> {
  const { method, target } = parts;
  if (!TOKEN.test(method)) throw usageError(`${shown(method)} is not an HTTP method`);
  if (!TARGET.test(target)) throw usageError(`${shown(target)} is not a request target`);
  return encoder.encode(`${method} ${target} HTTP/1.1\r\n${formatFields(parts.headers)}\r\n`);
}

/** What {@linkcode formatResponse} writes. */
export interface ResponseParts {
  /** The status code. */
  readonly status: number;
  /** The fields, in order. */
  readonly headers?: readonly HeaderField[];
  /** The body. With one a Content-Length is added where `headers` has none. */
  readonly body?: string | Uint8Array;
}

/**
 * An HTTP/1.1 response as bytes. Throws a usage error where a name or value could not be read back
 * as itself, as one with a line break.
 */
export function formatResponse(parts: ResponseParts): Uint8Array<ArrayBuffer> {
  const { status, headers = [] } = parts;
  const body = typeof parts.body === "string" ? encoder.encode(parts.body) : parts.body;
  const fields = body === undefined || headers.some(([name]) => /^content-length$/i.test(name))
    ? headers
    : [...headers, ["Content-Length", String(body.length)] as const];
  const head = encoder.encode(
    `HTTP/1.1 ${status} ${STATUS_TEXT[status] ?? ""}\r\n${formatFields(fields)}\r\n`,
  );
  if (body === undefined || body.length === 0) return head;
  const bytes = new Uint8Array(head.length + body.length);
  bytes.set(head);
  bytes.set(body, head.length);
  return bytes;
}

const encoder = new TextEncoder();

function formatFields(fields: readonly HeaderField[]): string {
  let text = "";
  for (const [name, value] of fields) {
    if (!TOKEN.test(name)) {
      throw usageError(
        `${shown(name)} is not the name of a header field`,
        "it is one word, such as X-Token",
      );
    }
    if (CONTROL.test(value)) {
      throw usageError(`the value of the header field ${name} has a control character`);
    }
    text += `${name}: ${value}\r\n`;
  }
  return text;
}

/** Whether a byte can begin a head: a method, a version, or the end of an empty line. */
export function canBeginHead(byte: number): boolean {
  return byte === CR || byte === LF || (byte > SPACE && byte < 127);
}

/** The tokens of a list-valued field, in lower case: `Connection: keep-alive, Upgrade`. */
export function listTokens(value: string | null): string[] {
  if (value === null) return [];
  return value.toLowerCase().split(",").map((token) => token.trim()).filter((token) =>
    token !== ""
  );
}
