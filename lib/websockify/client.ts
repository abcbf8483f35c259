/**
 * One client: what its first byte says, and the requests that follow.
 *
 * @module
 */
import { type ByteConn, closeQuietly, writeAll } from "../core/conn.ts";
import { reasonOf, WirecatError } from "../core/errors.ts";
import { finish } from "../http/finish.ts";
import { HeadError, listTokens, parseRequestHead, type RequestHead } from "../http/head.ts";
import { prefixedConn } from "../http/prefixed_conn.ts";
import { readHead } from "../http/read_head.ts";
import { HttpRefusal } from "../http/refusal.ts";
import { Deadline } from "../net/deadline.ts";
import { wantsUpgrade } from "../websocket/handshake.ts";
import { admit } from "./admission.ts";
import { firstWord, FLASH_POLICY, FLASH_REQUEST } from "./first_byte.ts";
import { refusalBytes } from "./refusal.ts";
import type { Client, Service } from "./service.ts";
import { handshakeInTime } from "./tls_server.ts";

/** How many seconds a client may take for its first byte, a request, and the next request. */
const FIRST_BYTE = 5;
const REQUEST = 15;
const NEXT_REQUEST = 60;

/** Serves a client until its connection ends, and closes that. Never throws. */
export async function serveClient(conn: ByteConn, client: Client, service: Service): Promise<void> {
  const { journal } = client;
  let open = conn;
  try {
    const first = await firstBytes(conn, service);
    if (first === undefined) {
      journal.detail("sent nothing");
      return;
    }
    const word = firstWord(first[0]);
    if (word === "flash") {
      await answerFlash(conn, first, client, service);
    } else if (word === "tls") {
      const { tls } = service;
      if (tls === undefined) {
        journal.warn(`speaks TLS, but ${service.noTls}`);
        return;
      }
      const accepted = await handshakeInTime(
        service.signal,
        (signal) => tls.accept(prefixedConn(conn, first), client.name, signal),
      );
      open = accepted.conn;
      await serveHttp(open, undefined, accepted.commonName, true, client, service);
    } else if (service.tlsOnly) {
      journal.warn("speaks without TLS, which --ssl-only does not take");
    } else {
      await serveHttp(conn, first, undefined, false, client, service);
    }
  } catch (error) {
    if (!service.signal.aborted) journal.failure(error);
  } finally {
    closeQuietly(open);
    if (open !== conn) closeQuietly(conn);
  }
}

/** What a client sends first; nothing if it ends or stays silent. */
async function firstBytes(
  conn: ByteConn,
  { signal }: Service,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const buffer = new Uint8Array(1024);
  using deadline = new Deadline({ timeout: FIRST_BYTE, signal, message: "silence" });
  try {
    const length = await deadline.race(conn.read(buffer));
    return length === null ? undefined : buffer.subarray(0, length);
  } catch (error) {
    if (error instanceof WirecatError && error.kind === "timeout") return undefined;
    throw error;
  }
}

async function answerFlash(
  conn: ByteConn,
  first: Uint8Array<ArrayBuffer>,
  { journal }: Client,
  { signal }: Service,
): Promise<void> {
  let bytes = first;
  using deadline = new Deadline({
    timeout: FIRST_BYTE,
    signal,
    message: "sent no whole Flash policy request",
  });
  while (bytes.length < FLASH_REQUEST.length && starts(bytes)) {
    const more = new Uint8Array(FLASH_REQUEST.length);
    const length = await deadline.race(conn.read(more));
    if (length === null) break;
    bytes = new Uint8Array([...bytes, ...more.subarray(0, length)]);
  }
  if (bytes.length < FLASH_REQUEST.length || !starts(bytes)) {
    journal.warn("sent something that begins like a Flash policy request, and is none");
    return;
  }
  await writeAll(conn, FLASH_POLICY);
  await finish(conn);
  journal.info("answered a Flash policy request");
}

function starts(bytes: Uint8Array): boolean {
  const length = Math.min(bytes.length, FLASH_REQUEST.length);
  for (let i = 0; i < length; i++) if (bytes[i] !== FLASH_REQUEST[i]) return false;
  return true;
}

/** Serves requests until one becomes a session, or the connection is to end. */
export async function serveHttp(
  conn: ByteConn,
  first: Uint8Array<ArrayBuffer> | undefined,
  commonName: string | undefined,
  secure: boolean,
  client: Client,
  service: Service,
): Promise<void> {
  let initial = first;
  for (let timeout = REQUEST;; timeout = NEXT_REQUEST) {
    const read = await readRequest(conn, initial, timeout, client, service);
    if (read === undefined) return;
    const { head, rest } = read;
    try {
      if (wantsUpgrade(head) && head.method === "GET") {
        await startSession(conn, head, rest, commonName, secure, client, service);
        return;
      }
      const closing = !keepsAlive(head);
      await client.busy("request", async () => {
        await respond(conn, head, commonName, closing, client, service);
      });
      if (closing) return await finish(conn, service.signal);
    } catch (error) {
      if (!(error instanceof HttpRefusal)) throw error;
      client.journal.info(`${requestLine(head)}: ${error.status} ${error.message}`);
      await writeAll(conn, refusalBytes(error, head.method));
      await finish(conn, service.signal);
      return;
    }
    initial = rest;
  }
}

function requestLine({ method, target }: RequestHead): string {
  return `${method} ${target.length > 200 ? target.slice(0, 200) + "…" : target}`;
}

async function readRequest(
  conn: ByteConn,
  initial: Uint8Array<ArrayBuffer> | undefined,
  timeout: number,
  client: Client,
  { signal }: Service,
): Promise<{ head: RequestHead; rest: Uint8Array<ArrayBuffer> } | undefined> {
  try {
    const { head, rest } = await readHead(conn, { from: "it", timeout, signal, initial });
    return { head: parseRequestHead(head), rest };
  } catch (error) {
    if (error instanceof HeadError) {
      client.journal.info(`${error.status}: ${error.message}`);
      await writeAll(conn, refusalBytes(new HttpRefusal(error.status, error.message)));
      await finish(conn, signal);
    } else if (signal.aborted) {
      throw error;
    } else {
      client.journal.detail(reasonOf(error));
    }
    return undefined;
  }
}

async function startSession(
  conn: ByteConn,
  head: RequestHead,
  rest: Uint8Array<ArrayBuffer>,
  commonName: string | undefined,
  secure: boolean,
  client: Client,
  service: Service,
): Promise<void> {
  const target = await admit({ head, commonName, client }, service);
  await client.busy("session", async () => {
    const hixie = !head.headers.has("Sec-WebSocket-Key");
    const request = { head, rest, conn, target, secure };
    if (hixie && !head.headers.has("Sec-WebSocket-Version")) {
      const { runHixieSession } = await import("./hixie_session.ts");
      await runHixieSession(request, client, service);
    } else {
      const { runSession } = await import("./session.ts");
      await runSession(request, client, service);
    }
  });
}

async function respond(
  conn: ByteConn,
  head: RequestHead,
  commonName: string | undefined,
  closing: boolean,
  client: Client,
  service: Service,
): Promise<void> {
  const { files, auth } = service;
  if (files === undefined) {
    throw new HttpRefusal(405, "There are no files here, only a WebSocket");
  }
  if (service.webAuth) {
    await auth?.authenticate({ headers: head.headers, commonName, client: client.name });
  }
  const status = await files.respond(head, conn, closing);
  client.journal.detail(`${requestLine(head)}: ${status}`);
}

/** Whether another request may follow: none does behind a body, which nobody reads here. */
function keepsAlive({ version, headers }: RequestHead): boolean {
  if (version !== "1.1" || listTokens(headers.get("Connection")).includes("close")) return false;
  return !headers.has("Transfer-Encoding") && Number(headers.get("Content-Length") ?? 0) === 0;
}
