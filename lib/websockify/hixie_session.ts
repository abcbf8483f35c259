/**
 * A session with a client of hixie-75 or hixie-76. Its messages are text, so that bytes are
 * base64 in them.
 *
 * @module
 */
import { Batch, TEXT } from "../core/batch.ts";
import { type ByteConn, closeQuietly, writeAll } from "../core/conn.ts";
import { WirecatError } from "../core/errors.ts";
import type { Peer } from "../core/peer.ts";
import { Deadline } from "../net/deadline.ts";
import {
  BODY_LENGTH,
  CLOSING,
  hasBody,
  HixieDecoder,
  HixieError,
  hixieFrame,
  hixieResponse,
} from "./hixie.ts";
import type { Client, Service } from "./service.ts";
import { connectAndRelay, type SessionRequest } from "./session.ts";

/** How many seconds the body of the handshake may take. */
const PATIENCE = 15;

/** As `runSession`, for the older drafts. */
export async function runHixieSession(
  request: SessionRequest,
  client: Client,
  service: Service,
): Promise<void> {
  const { head, conn, target, secure } = request;
  let rest = request.rest;
  let body = new Uint8Array(0);
  if (hasBody(head)) {
    rest = await atLeast(BODY_LENGTH, rest, conn, service.signal);
    body = rest.slice(0, BODY_LENGTH);
    rest = rest.subarray(BODY_LENGTH);
  }
  await writeAll(conn, hixieResponse(head, body, secure));
  client.journal.info(
    `${secure ? "wss" : "ws"} session for ${head.target}, by an old draft of WebSocket`,
  );
  const peer = hixiePeer(conn, rest);
  // The draft has no close codes.
  await connectAndRelay(peer, target, "base64", client, service, () => {});
}

async function atLeast(
  length: number,
  first: Uint8Array,
  conn: ByteConn,
  signal: AbortSignal,
): Promise<Uint8Array> {
  using deadline = new Deadline({ timeout: PATIENCE, signal, message: "no whole handshake came" });
  let bytes = first;
  while (bytes.length < length) {
    const more = new Uint8Array(1024);
    const count = await deadline.race(conn.read(more));
    if (count === null) throw new WirecatError("abnormal", "it ended in the handshake");
    bytes = new Uint8Array([...bytes, ...more.subarray(0, count)]);
  }
  return bytes;
}

/** How much is read at once, in bytes. */
const READ = 16 * 1024;

/** Text messages over a connection on which the handshake is done. */
function hixiePeer(conn: ByteConn, rest: Uint8Array): Peer {
  const decoder = new HixieDecoder();
  const buffer = new Uint8Array(READ);
  let first: Uint8Array | undefined = rest;
  const readable = new ReadableStream<Batch>({
    async pull(controller) {
      try {
        for (;;) {
          const bytes = first ?? await read(conn, buffer);
          first = undefined;
          const texts = bytes === undefined ? [] : decoder.decode(bytes);
          if (texts.length > 0) return controller.enqueue(batchOf(texts));
          if (bytes === undefined || decoder.closed) return controller.close();
        }
      } catch (error) {
        if (error instanceof HixieError) await writeAll(conn, CLOSING).catch(() => {});
        throw error;
      }
    },
  }, { highWaterMark: 0 });
  const writable = new WritableStream<Batch>({
    async write(batch) {
      for (let i = 0; i < batch.length; i++) await writeAll(conn, hixieFrame(batch.message(i)));
    },
    async close() {
      await writeAll(conn, CLOSING);
      await conn.closeWrite();
    },
  }, { highWaterMark: 1 });
  return { readable, writable, info: { name: "the client" }, close: () => closeQuietly(conn) };
}

async function read(conn: ByteConn, into: Uint8Array): Promise<Uint8Array | undefined> {
  const length = await conn.read(into);
  return length === null ? undefined : into.subarray(0, length);
}

function batchOf(texts: readonly Uint8Array<ArrayBuffer>[]): Batch {
  const bytes = new Uint8Array(texts.reduce((sum, text) => sum + text.length, 0));
  const batch = new Batch(bytes, texts.length);
  let at = 0;
  for (const text of texts) {
    bytes.set(text, at);
    batch.push(at, at + text.length, TEXT);
    at += text.length;
  }
  return batch;
}
