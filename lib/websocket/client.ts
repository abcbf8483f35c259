/**
 * A client's opening handshake over a connection.
 *
 * @module
 */
import { type ByteConn, writeAll } from "../core/conn.ts";
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
import { Deadline } from "../net/deadline.ts";
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
  /** `Sec-WebSocket-Version`. */
  readonly version: string;
  /** How many seconds the answer may take. */
  readonly timeout: number;
  /** Ends the handshake. */
  readonly signal: AbortSignal;
  /** Where the request and its answer are noted. */
  readonly trace?: Trace;
}

/** What came of a handshake. */
export interface Handshake {
  /** The subprotocol that was agreed on. */
  readonly protocol?: string;
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
  const target = (url.pathname || "/") + url.search;
  const request = clientRequest({ ...settings, target, host: url.host, key });
  await send(conn, request, name, settings);
  const { trace } = settings;
  if (trace !== undefined) trace.request = { target, headers: rawFields(request) };
  const { response, rest } = await readResponse(conn, name, settings);
  trace?.mark("upgrade");
  if (response.status !== 101) {
    throw await refusal(response, rest, conn, name, settings);
  }
  const accept = await acceptFor(key);
  return {
    protocol: checkResponse(response, { accept, protocols, name }),
    rest,
  };
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
  const message = `${name} did not take the request within ${timeout} seconds`;
  using deadline = new Deadline({ timeout, signal, message });
  try {
    await deadline.race(writeAll(conn, request));
  } catch (cause) {
    if (cause instanceof WirecatError || signal.aborted) throw cause;
    throw new WirecatError("abnormal", `cannot ask ${name}: ${reasonOf(cause)}`, { cause });
  }
}

/** The response behind any interim ones (RFC 9110, section 15.2). */
async function readResponse(
  conn: ByteConn,
  name: string,
  { timeout, signal, trace }: ClientSettings,
): Promise<{ response: ResponseHead; rest: Uint8Array<ArrayBuffer> }> {
  let initial: Uint8Array<ArrayBuffer> | undefined;
  for (;;) {
    const { head, rest } = await readHead(conn, { from: name, timeout, signal, initial });
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
      hint: "is it a WebSocket server that listens on this port?",
      cause,
    });
  }
}

/** How much of a refusal's body is read, in bytes, and for how long, in seconds. */
const BODY_LIMIT = 2048;
const BODY_TIMEOUT = 1;

const HINTS: Record<number, string> = {
  400: "the server did not like the request: see its reason, and try --origin or -H",
  401: "give a name and a password: --basic-auth USER:PASSWORD, or a token: -H 'Authorization: …'",
  403: "the server may want an Origin it knows (--origin) or a login (-H, --basic-auth)",
  404: "there is no WebSocket at this path",
  407: "the proxy in between wants a login",
  426: "the server wants another version of the protocol: see --websocket-version",
};

async function refusal(
  response: ResponseHead,
  rest: Uint8Array<ArrayBuffer>,
  conn: ByteConn,
  name: string,
  { url, headers: sent, signal }: ClientSettings,
): Promise<UpgradeRefused> {
  const { status, headers } = response;
  const location = status >= 300 && status < 400 ? headers.get("Location") : null;
  const said = location !== null
    ? "" // It only says the same again.
    : oneLine(await beginningOfBody(response, rest, conn, signal));
  const reason = said === "" ? "" : `: ${said}`;
  const line = `${status} ${response.reason}`.trim();
  const hint = location !== null
    ? redirectHint(location, url)
    : status === 401 && given(sent, "authorization").length > 0
    ? "the server did not accept the login that was sent: is it right, and of the kind it wants?"
    : status === 200
    ? "this is a web page, not a WebSocket: is the path right?"
    : HINTS[status];
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

async function beginningOfBody(
  response: ResponseHead,
  rest: Uint8Array<ArrayBuffer>,
  conn: ByteConn,
  signal: AbortSignal,
): Promise<string> {
  if (!/^(text\/plain|application\/json)/i.test(response.headers.get("Content-Type") ?? "")) {
    return "";
  }
  const body = new Uint8Array(BODY_LIMIT);
  let length = 0;
  const sink = {
    data(bytes: Uint8Array, start: number, end: number) {
      const piece = bytes.subarray(start, Math.min(end, start + BODY_LIMIT - length));
      body.set(piece, length);
      length += piece.length;
    },
  };
  using deadline = new Deadline({
    timeout: BODY_TIMEOUT,
    signal,
    message: "the body took too long",
  });
  try {
    const { responseBody } = await import("../http/body.ts");
    const decoder = responseBody(response, "GET");
    decoder.decode(rest, 0, rest.length, sink);
    const buffer = new Uint8Array(BODY_LIMIT);
    while (!decoder.done && length < BODY_LIMIT) {
      const count = await deadline.race(conn.read(buffer));
      if (count === null) break;
      decoder.decode(buffer, 0, count, sink);
    }
  } catch {
    // What has come is told; the connection is of no more use.
  }
  return new TextDecoder().decode(body.subarray(0, length));
}

function oneLine(text: string): string {
  // deno-lint-ignore no-control-regex -- nothing of it may reach a terminal
  const line = text.replace(/[\x00-\x1f\x7f]+/g, " ").trim();
  return line.length > 200 ? line.slice(0, 200) + "…" : line;
}
