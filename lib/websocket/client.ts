/**
 * A client's opening handshake over a connection.
 *
 * @module
 */
import { type ByteConn, writeAll } from "../core/conn.ts";
import { durationText } from "../core/duration.ts";
import { reasonOf, WirecatError } from "../core/errors.ts";
import type { Trace } from "../core/trace.ts";
import {
  type HeaderField,
  HeadError,
  parseResponseHead,
  rawFields,
  type ResponseHead,
} from "../http/head.ts";
import { readHead } from "../http/read_head.ts";
import { refusalHint } from "./hints.ts";
import { Deadline } from "../net/deadline.ts";
import {
  type DeflateAgreement,
  deflateOffer,
  type DeflateParameters,
} from "./deflate_negotiation.ts";
import { acceptFor, checkResponse, clientRequest, generateKey } from "./handshake.ts";

/** What a client's handshake says and expects. */
export interface ClientSettings {
  /** Where the request goes; its host and path are what the server is told. */
  readonly url: URL;
  /** Further header fields. */
  readonly headers: readonly HeaderField[];
  /** `Origin`. */
  readonly origin?: string;
  /** `Sec-WebSocket-Protocol`. */
  readonly protocols?: string;
  /** What is wanted of permessage-deflate, where it is to be offered. */
  readonly deflate?: DeflateParameters;
  /** `Sec-WebSocket-Version`. */
  readonly version: string;
  /** How many seconds the answer may take. */
  readonly timeout: number;
  /** Ends the handshake. */
  readonly signal: AbortSignal;
  /** Where the request and its answer are noted. */
  readonly trace?: Trace;
  /** Told of the answer, be it the upgrade or a refusal. */
  readonly onResponse?: (response: ResponseHead) => void;
}

/** What came of a handshake. */
export interface Handshake {
  /** The subprotocol that was agreed on. */
  readonly protocol?: string;
  /** What was agreed on about compression. */
  readonly deflate?: DeflateAgreement;
  /** What came right behind the response. */
  readonly rest: Uint8Array<ArrayBuffer>;
}

/** A server's answer that is not the upgrade. */
export class UpgradeRefused extends WirecatError {
  /** The status code. */
  readonly status: number;
  /** Where the server says to ask instead, as it says it. */
  readonly location: string | null;

  /** `message` is one line without a full stop. */
  constructor({ status, headers }: ResponseHead, message: string, hint: string | undefined) {
    super("upgrade", message, { hint });
    this.status = status;
    this.location = headers.get("Location");
  }
}

/**
 * Asks for a WebSocket. Throws a {@linkcode WirecatError}: `upgrade` with the status
 * and what the body says when the server refuses (an {@linkcode UpgradeRefused}), `timeout`,
 * `abnormal`.
 */
export async function upgradeClient(conn: ByteConn, settings: ClientSettings): Promise<Handshake> {
  const { url } = settings;
  const name = url.protocol + "//" + url.host + url.pathname;
  const key = given(settings.headers, "sec-websocket-key")[0] ?? generateKey();
  const offered = given(settings.headers, "sec-websocket-protocol");
  const protocols = offered.length > 0 ? offered.join() : settings.protocols;
  const extensions = extensionsOf(settings);
  const target = (url.pathname || "/") + url.search;
  const request = clientRequest({ ...settings, extensions, target, host: url.host, key });
  await send(conn, request, name, settings);
  const { trace } = settings;
  if (trace !== undefined) trace.request = { target, headers: rawFields(request) };
  const { response, rest } = await readResponse(conn, name, settings);
  trace?.mark("upgrade");
  settings.onResponse?.(response);
  if (response.status !== 101) {
    throw await refusal(response, rest, conn, name, settings);
  }
  const accept = await acceptFor(key);
  return { ...checkResponse(response, { accept, protocols, extensions, name }), rest };
}

/** What is offered: what a header field says that was given goes before our own. */
function extensionsOf({ deflate, headers }: ClientSettings): string | undefined {
  if (deflate === undefined) return undefined;
  const written = given(headers, "sec-websocket-extensions");
  return written.length > 0 ? written.join(", ") : deflateOffer(deflate);
}

/** The values of the header fields of a name, in lower case. */
function given(headers: readonly HeaderField[], name: string): string[] {
  return headers.filter((field) => field[0].toLowerCase() === name).map((field) => field[1]);
}

async function send(
  conn: ByteConn,
  request: Uint8Array,
  name: string,
  { timeout, signal }: ClientSettings,
): Promise<void> {
  const message = `${name} did not take the request within ${durationText(timeout)}`;
  using deadline = new Deadline({ timeout, signal, message });
  try {
    await deadline.race(writeAll(conn, request));
  } catch (cause) {
    if (cause instanceof WirecatError || signal.aborted) throw cause;
    throw new WirecatError("abnormal", `cannot ask ${name}: ${reasonOf(cause)}`, { cause });
  }
}

const NO_ANSWER_HINT =
  "is it a WebSocket server that listens on this port? wirecat probe looks closer";

/** The response behind any interim ones (RFC 9110, section 15.2). */
async function readResponse(
  conn: ByteConn,
  name: string,
  { timeout, signal, trace }: ClientSettings,
): Promise<{ response: ResponseHead; rest: Uint8Array<ArrayBuffer> }> {
  let initial: Uint8Array<ArrayBuffer> | undefined;
  for (;;) {
    const { head, rest } = await readHead(conn, {
      from: name,
      timeout,
      signal,
      initial,
      kind: "response",
      hint: NO_ANSWER_HINT,
    });
    const response = responseOf(head, name);
    if (response.status >= 200 || response.status === 101) {
      const { status, reason } = response;
      if (trace !== undefined) trace.response = { status, reason, headers: rawFields(head) };
      return { response, rest };
    }
    initial = rest;
  }
}

function responseOf(head: Uint8Array, name: string): ResponseHead {
  try {
    return parseResponseHead(head);
  } catch (cause) {
    if (!(cause instanceof HeadError)) throw cause;
    throw new WirecatError("protocol", `${name} answered no HTTP response: ${cause.message}`, {
      hint: NO_ANSWER_HINT,
      cause,
    });
  }
}

async function refusal(
  response: ResponseHead,
  rest: Uint8Array<ArrayBuffer>,
  conn: ByteConn,
  name: string,
  { url, headers: sent, signal, trace }: ClientSettings,
): Promise<UpgradeRefused> {
  const { status, headers } = response;
  const location = status >= 300 && status < 400 ? headers.get("Location") : null;
  const said = location !== null
    ? "" // It only says the same again.
    : await reasonGiven(response, rest, conn, signal, trace);
  const reason = said === "" ? "" : `: ${said}`;
  const line = `${status} ${response.reason}`.trim();
  const hint = location !== null
    ? redirectHint(location, url)
    : status === 401 && given(sent, "authorization").length > 0
    ? "the server did not accept the login that was sent: is it right, and of the kind it wants?"
    : refusalHint(status, {
      version: headers.get("Sec-WebSocket-Version"),
      asked: given(sent, "sec-websocket-version").at(-1),
      retryAfter: headers.get("Retry-After"),
      challenge: headers.get("WWW-Authenticate"),
      said,
    });
  return new UpgradeRefused(response, `${name} refused the upgrade with ${line}${reason}`, hint);
}

/** Where to try again, as far as it can be said. */
function redirectHint(location: string, from: URL): string {
  const target = URL.parse(location, from.href.replace(/^ws/, "http"));
  if (target === null || !/^(https?|wss?):$/.test(target.protocol)) {
    return `it redirects to ${oneLine(location)}`;
  }
  return `it redirects: try ${target.href.replace(/^http/, "ws")}, or --follow-redirects`;
}

/** What the server says in its own words, where it is text; of a web page, its title. */
async function reasonGiven(
  response: ResponseHead,
  rest: Uint8Array<ArrayBuffer>,
  conn: ByteConn,
  signal: AbortSignal,
  trace: Trace | undefined,
): Promise<string> {
  const type = response.headers.get("Content-Type") ?? "";
  const isText = /^(text\/plain|application\/json)/i.test(type);
  // A page tells no more than its status does, unless it is that the request was a wrong one.
  const isPage = response.status === 400 && /^text\/html/i.test(type);
  if (!isText && !isPage && trace === undefined) return "";
  const { beginningOfBody } = await import("../http/beginning_of_body.ts");
  const body = await beginningOfBody(response, rest, conn, signal);
  if (trace !== undefined) trace.body = body;
  if (isPage) return titleOf(body, response.reason);
  return isText ? oneLine(body) : "";
}

/** The title of a page without the status in it, unless that is all. */
function titleOf(page: string, reason: string): string {
  const title = oneLine(/<title>([^<]*)/i.exec(page)?.[1] ?? "").replace(/^400\b\W*/, "");
  return title.toLowerCase() === reason.toLowerCase() ? "" : title;
}

function oneLine(text: string): string {
  // deno-lint-ignore no-control-regex -- nothing of it may reach a terminal
  const line = text.replace(/[\x00-\x1f\x7f]+/g, " ").trim();
  return line.length > 200 ? line.slice(0, 200) + "…" : line;
}
