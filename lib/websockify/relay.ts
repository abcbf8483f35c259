/**
 * The copying between a WebSocket client and a target of bytes.
 *
 * @module
 */
import { Batch, BINARY, TEXT } from "../core/batch.ts";
import { type ByteConn, closeQuietly, MIN_BUFFER, nextCapacity, writeAll } from "../core/conn.ts";
import { isGone, reasonOf } from "../core/errors.ts";
import type { CloseStatus, Peer } from "../core/peer.ts";
import { CLOSE } from "../websocket/close.ts";
import { MAX_HEADER } from "../websocket/frame.ts";
import { Base64Decoder, encodedLength, encodeInto, NotBase64 } from "./base64_messages.ts";
import type { Observer } from "./observer.ts";

/** What is copied, and how. */
export interface Relay {
  /** The client. Its Close frame says what {@linkcode closing} was told. */
  readonly client: Peer;
  /** The target. */
  readonly target: ByteConn;
  /** Whether messages are text that stands for bytes. */
  readonly base64: boolean;
  /** Who looks on. */
  readonly observers: readonly Observer[];
  /** Told what the Close frame to the client has to say. */
  readonly closing: (status: CloseStatus) => void;
  /** Aborted when the server ends. */
  readonly signal: AbortSignal;
}

/** How long the target may take to read what a client sent last, in milliseconds. */
const LAST_READ = 1000;

/**
 * Copies until the client or the target ends, and ends the other one. Returns who ended
 * it, for the log. Both are closed then. Never throws.
 */
export async function relay(session: Relay): Promise<string> {
  const { client, target, signal } = session;
  let ending: string | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = (words: string) => ending ??= words;
  const writer = client.writable.getWriter();
  writer.closed.catch(() => {}); // Whoever writes hears of it.
  const close = async (status: CloseStatus) => {
    session.closing(status);
    await writer.close().catch(() => {});
  };
  const abort = () => {
    end("the server ends");
    close({ code: CLOSE.goingAway, reason: "" }).then(() => closeQuietly(target));
  };
  signal.addEventListener("abort", abort, { once: true });
  try {
    const up = clientToTarget(session, close).then(async (words) => {
      end(words);
      // What the client sent last would be lost if the connection were reset.
      timer = setTimeout(() => closeQuietly(target), LAST_READ);
      await target.closeWrite().catch(() => closeQuietly(target));
    });
    const down = targetToClient(session, writer).then(async (words) => {
      end(words);
      closeQuietly(target);
      await close({ code: CLOSE.normal, reason: "Target closed" });
      await client.close();
    });
    await Promise.all([up, down]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
    closeQuietly(target);
    await client.close();
    for (const observer of session.observers) observer.end?.();
  }
  return ending ?? "the session is over";
}

type CloseClient = (status: CloseStatus) => Promise<void>;

async function clientToTarget(
  { client, target, base64, observers }: Relay,
  close: CloseClient,
): Promise<string> {
  const reader = client.readable.getReader();
  const decoder = base64 ? new Base64Decoder() : undefined;
  for (;;) {
    let batch: Batch;
    try {
      const { value, done } = await reader.read();
      if (done) return "the client has closed the connection";
      batch = decoder === undefined ? value : decoder.decode(value);
    } catch (error) {
      if (error instanceof NotBase64) {
        await close({ code: CLOSE.invalidPayload, reason: error.message });
      }
      return reasonOf(error);
    }
    const text = decoder === undefined && hasText(batch);
    if (text) batch.truncate(firstText(batch));
    for (const observer of observers) observer.fromClient?.(batch);
    const bytes = batch.join();
    try {
      if (bytes.length > 0) await writeAll(target, bytes);
    } catch (error) {
      reader.cancel().catch(() => {});
      return isGone(error)
        ? "the target takes no more"
        : `cannot write to the target: ${reasonOf(error)}`;
    }
    for (const observer of observers) observer.toTarget?.();
    if (text) {
      await close({
        code: CLOSE.unsupported,
        reason: "Unsupported: Text frames are not supported",
      });
      reader.cancel().catch(() => {});
      return "the client sent a text message, which only the subprotocol base64 has";
    }
  }
}

function hasText(batch: Batch): boolean {
  return firstText(batch) < batch.length;
}

function firstText(batch: Batch): number {
  let i = 0;
  while (i < batch.length && batch.kind(i) !== TEXT) i++;
  return i;
}

async function targetToClient(
  { target, base64, observers }: Relay,
  writer: WritableStreamDefaultWriter<Batch>,
): Promise<string> {
  let capacity = MIN_BUFFER;
  let batch = new Batch(new Uint8Array(MAX_HEADER + capacity), 1);
  let text: Batch | undefined;
  for (;;) {
    if (batch.bytes.length !== MAX_HEADER + capacity) {
      batch = new Batch(new Uint8Array(MAX_HEADER + capacity), 1);
    }
    // The room before what is read is for the frame's header.
    const room = batch.bytes.subarray(MAX_HEADER);
    let length: number | null;
    try {
      length = await target.read(room);
    } catch (error) {
      return `cannot read from the target: ${reasonOf(error)}`;
    }
    if (length === null) return "the target has closed the connection";
    const bytes = room.subarray(0, length);
    for (const observer of observers) observer.fromTarget?.(bytes);
    batch.clear();
    batch.push(MAX_HEADER, MAX_HEADER + length, BINARY);
    if (base64) text = asBase64(bytes, text);
    try {
      await writer.write(text ?? batch);
    } catch (error) {
      await drain(target, room);
      return isGone(error)
        ? "the client has gone"
        : `cannot write to the client: ${reasonOf(error)}`;
    }
    for (const observer of observers) observer.toClient?.();
    capacity = nextCapacity(capacity, length);
  }
}

/** Reads what the target still sends to a client that has gone, until it ends or is closed. */
async function drain(target: ByteConn, into: Uint8Array): Promise<void> {
  const timer = setTimeout(() => closeQuietly(target), LAST_READ);
  try {
    while (await target.read(into) !== null);
  } catch {
    // Closed.
  } finally {
    clearTimeout(timer);
  }
}

/** A text message of `bytes` in base64, over the buffer of `old` if that is large enough. */
function asBase64(bytes: Uint8Array, old: Batch | undefined): Batch {
  const most = MAX_HEADER + encodedLength(bytes.length);
  const batch = old !== undefined && old.bytes.length >= most
    ? old
    : new Batch(new Uint8Array(most), 1);
  batch.clear();
  batch.push(MAX_HEADER, encodeInto(bytes, batch.bytes, MAX_HEADER), TEXT);
  return batch;
}
