/**
 * A tunnel through an HTTP proxy: the CONNECT method (RFC 9110, section 9.3.6).
 *
 * @module
 */
import { basicField } from "../auth/authorization.ts";
import { type ByteConn, writeAll } from "../core/conn.ts";
import { durationText } from "../core/duration.ts";
import { reasonOf, WirecatError } from "../core/errors.ts";
import {
  formatRequest,
  type HeaderField,
  parseResponseHead,
  type ResponseHead,
} from "../http/head.ts";
import { prefixedConn } from "../http/prefixed_conn.ts";
import { readHead } from "../http/read_head.ts";
import { formatHostPort, type HostPort } from "../net/address.ts";
import { Deadline } from "../net/deadline.ts";
import type { Credentials } from "../socks/destination.ts";

/** What {@linkcode requestTunnel} asks a proxy for. */
export interface TunnelRequest {
  /** The other end. A name is looked up by the proxy. */
  readonly destination: HostPort;
  /** With what to log in (RFC 7617); sent at once. */
  readonly credentials?: Credentials;
  /** Further header fields; one of the same name replaces ours. */
  readonly headers?: readonly HeaderField[];
  /** What errors call the proxy: `the HTTP proxy 127.0.0.1:3128`. */
  readonly name: string;
  /** How many seconds it may take; no limit if not given. */
  readonly timeout?: number;
  /** Ends it with its reason. */
  readonly signal?: AbortSignal;
}

/**
 * Asks a proxy for a connection. Resolves to the connection to the other end, which is `conn`
 * itself unless something has come behind the answer. If it throws, `conn` has to be closed.
 */
export async function requestTunnel(conn: ByteConn, request: TunnelRequest): Promise<ByteConn> {
  const { destination, name, timeout, signal } = request;
  const what = `cannot connect to ${formatHostPort(destination)}`;
  const began = performance.now();
  try {
    await send(conn, connectRequest(request), request);
    let initial: Uint8Array<ArrayBuffer> | undefined;
    for (;;) {
      const { head, rest } = await readHead(conn, {
        from: name,
        kind: "response",
        timeout: timeout && Math.max(0, timeout - (performance.now() - began) / 1000),
        signal,
        initial,
      });
      const response = parseResponseHead(head);
      // Whatever the fields say, nothing but the tunnel is behind a 2xx.
      if (response.status >= 200 && response.status < 300) return prefixedConn(conn, rest);
      if (response.status >= 200) throw await refusal(response, rest, conn, request);
      initial = rest;
    }
  } catch (cause) {
    if (!(cause instanceof WirecatError) || signal?.aborted || cause.kind === "usage") throw cause;
    const { text, hint } = explain(cause, name, timeout);
    throw new WirecatError(cause.kind, `${what}: ${text}`, { hint, cause });
  }
}

function connectRequest(
  { destination, credentials, headers = [] }: TunnelRequest,
): Uint8Array<ArrayBuffer> {
  const target = formatHostPort(destination);
  const own: HeaderField[] = [["Host", target]];
  if (credentials !== undefined) {
    const { user, password } = credentials;
    own.push(["Proxy-Authorization", basicField(`${user}:${password}`)]);
  }
  const given = new Set(headers.map(([field]) => field.toLowerCase()));
  return formatRequest({
    method: "CONNECT",
    target,
    headers: [...own.filter(([field]) => !given.has(field.toLowerCase())), ...headers],
  });
}

async function send(
  conn: ByteConn,
  bytes: Uint8Array,
  { name, timeout, signal }: TunnelRequest,
): Promise<void> {
  using deadline = new Deadline({ timeout, signal, message: name });
  try {
    await deadline.race(writeAll(conn, bytes));
  } catch (cause) {
    if (cause instanceof WirecatError || signal?.aborted) throw cause;
    throw new WirecatError("abnormal", `${name} took no request: ${reasonOf(cause)}`, { cause });
  }
}

/** What went wrong below, in the words of who wants a tunnel. */
function explain(
  { kind, message, hint }: WirecatError,
  name: string,
  timeout: number | undefined,
): { text: string; hint?: string } {
  switch (kind) {
    case "timeout":
      return {
        text: `${name} did not answer within ${durationText(timeout)}`,
        hint: "--handshake-timeout sets how long to wait",
      };
    case "abnormal":
      return {
        text: /without sending/.test(message) ? `${name} closed the connection` : message,
        hint: "does it speak HTTP? a SOCKS5 proxy is written socks5h://HOST:PORT",
      };
    case "protocol":
      return {
        text: message.includes(name) ? message : `${name} answered no HTTP: ${message}`,
        hint: hint === undefined
          ? "does it speak HTTP? a SOCKS5 proxy is written socks5h://HOST:PORT"
          : "it speaks TLS: write https://HOST:PORT for the proxy",
      };
    default:
      return { text: message, hint };
  }
}

async function refusal(
  response: ResponseHead,
  rest: Uint8Array<ArrayBuffer>,
  conn: ByteConn,
  { name, credentials, signal }: TunnelRequest,
): Promise<WirecatError> {
  const line = `${response.status} ${response.reason}`.trim();
  const said = await reasonGiven(response, rest, conn, signal);
  const reason = said === "" || line.endsWith(said) || said === line ? "" : `: ${said}`;
  return new WirecatError("connection", `${name} refused with ${line}${reason}`, {
    hint: hintFor(response, credentials !== undefined),
  });
}

const HINTS: Readonly<Record<number, string>> = {
  400: "it did not take the request: does it speak HTTP/1.1 in clear?",
  403: "its rules do not allow this host and port; many allow port 443 only",
  404: "it looks like a web server rather than a proxy",
  405: "it allows no CONNECT: it looks like a web server rather than a proxy",
  502: "it could not reach the host: does the name exist, seen from the proxy?",
  503: "it could not reach the host, or has too much to do",
  504: "the host did not answer it",
};

function hintFor({ status, headers }: ResponseHead, loggedIn: boolean): string | undefined {
  // tinyproxy answers a wrong login with 401.
  if (status !== 407 && status !== 401) return HINTS[status];
  const schemes = headers.get("Proxy-Authenticate") ?? "";
  if (schemes !== "" && !/(^|[\s,])basic\b/i.test(schemes)) {
    const [first] = /^[\w-]+/.exec(schemes) ?? ["something else"];
    return `it wants a login by ${first}, and wirecat knows Basic only`;
  }
  return loggedIn
    ? "it did not accept name and password: check --proxy-user, or the URL of the proxy"
    : "give --proxy-user USER:PASSWORD";
}

/** What the proxy says in its own words; of a web page its title, which Squid's says nothing. */
async function reasonGiven(
  response: ResponseHead,
  rest: Uint8Array<ArrayBuffer>,
  conn: ByteConn,
  signal: AbortSignal | undefined,
): Promise<string> {
  const squid = response.headers.get("X-Squid-Error");
  if (squid !== null) return firstLine(squid);
  const type = response.headers.get("Content-Type") ?? "text/plain";
  if (!/^(text\/(plain|html)|application\/json)/i.test(type)) return "";
  const { beginningOfBody } = await import("../http/beginning_of_body.ts");
  const text = await beginningOfBody(response, rest, conn, signal);
  return firstLine(/html/i.test(type) ? /<title>([^<]*)/i.exec(text)?.[1] ?? "" : text);
}

function firstLine(text: string): string {
  const line = text.split(/[\r\n]+/).map((line) => line.trim()).find((line) => line !== "") ?? "";
  return line.length > 200 ? line.slice(0, 200) + "…" : line;
}
