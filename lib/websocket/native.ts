/**
 * The native engine: the runtime's own WebSocket behind the same interface.
 *
 * It tells nothing of Pings, has no back pressure and can send few close codes, so that
 * `stream` is the default; this one is there to compare with and to fall back to.
 *
 * @module
 */
import { Batch, BINARY, CONTINUED, MORE, TEXT } from "../core/batch.ts";
import { WirecatError } from "../core/errors.ts";
import type { Ending, Peer, PeerInfo } from "../core/peer.ts";
import { within } from "../core/timer.ts";
import { CLOSE, closePayload } from "./close.ts";
import { isAnswerTo } from "./close_code.ts";
import type { ConnectionOptions } from "./connection.ts";

/** How much may wait to be sent before a write waits, in bytes. */
const HIGH_WATER = 1024 * 1024;
/** How often it is looked whether it has been sent, in milliseconds: there is no event for it. */
const POLL = 2;
/** How many bytes may wait to be read: the runtime cannot be told to stop receiving. */
const MAX_UNREAD = 64 * 1024 * 1024;
/** What a message that waits takes beside its bytes, about. */
const OVERHEAD = 512;
/** How many bytes of messages that wait are read as one batch. */
const MAX_BATCH = 256 * 1024;

/** After how many messages what else is to be done has its turn. */
const BURST = 4096;
let sinceTurn = 0;

/**
 * Lets what else is to be done have its turn: messages that are there already are handed on without
 * one, and new clients would wait for as long as they come.
 */
function turn(): Promise<void> {
  sinceTurn = 0;
  return new Promise((resolve) => setTimeout(resolve));
}

/** A peer over an open native WebSocket. */
export function nativePeer(socket: WebSocket, info: PeerInfo, options: ConnectionOptions): Peer {
  return new NativeConnection(socket, info, options);
}

class NativeConnection implements Peer {
  readonly info: PeerInfo;
  readonly mustRead = true;
  readonly readable: ReadableStream<Batch>;
  readonly writable: WritableStream<Batch>;
  readonly closed: Promise<Ending>;

  readonly #socket: WebSocket;
  readonly #options: ConnectionOptions;
  #unread: Batch[] = [];
  #unreadBytes = 0;
  #cancelled = false;
  #wake?: () => void;
  #ended = false;
  #failure?: WirecatError;
  #closeSent = false;
  #codeSent: number = CLOSE.normal;
  #parts: Uint8Array[] = [];

  constructor(socket: WebSocket, info: PeerInfo, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.info = info;
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => this.#received(data);
    this.closed = new Promise((resolve) => {
      socket.onclose = ({ code, reason }) => {
        this.#ended = true;
        this.#wake?.();
        resolve({ code, reason, ours: this.#closeSent && isAnswerTo(this.#codeSent, code) });
      };
    });
    socket.onerror = (event) => {
      const message = (event as ErrorEvent).message ?? "the connection failed";
      // An end without a Close frame is told by the code 1006.
      if (!/unexpected eof|connection reset/i.test(message)) {
        this.#failure ??= new WirecatError("protocol", `${info.name}: ${message}`);
      }
    };
    this.readable = new ReadableStream<Batch>({
      pull: (controller) => this.#pull(controller),
      cancel: () => {
        this.#cancelled = true;
        this.#unread = [];
      },
    }, { highWaterMark: 0 });
    this.writable = new WritableStream<Batch>({
      write: (batch) => this.#write(batch),
      close: () => {
        if (options.sendClose) {
          this.#sendClose(options.closeStatus.code, options.closeStatus.reason);
        }
      },
    }, { highWaterMark: 1 });
  }

  #received(data: string | ArrayBuffer): void {
    if (this.#cancelled) return;
    sinceTurn++;
    const text = typeof data === "string";
    const bytes = text ? new TextEncoder().encode(data) : new Uint8Array(data);
    const { maxMessage } = this.#options;
    const size = OVERHEAD + bytes.length;
    if (bytes.length > maxMessage || this.#unreadBytes + size > MAX_UNREAD) {
      this.#failure ??= new WirecatError(
        "protocol",
        bytes.length > maxMessage
          ? `${this.info.name}: a message of ${bytes.length} bytes, over --max-ws-message-length (${maxMessage})`
          : `${this.info.name}: more than ${MAX_UNREAD} bytes wait to be read`,
      );
      this.#ended = true;
      this.#sendClose(CLOSE.normal, "");
    } else {
      this.#unread.push(Batch.of(bytes, text ? TEXT : BINARY));
      this.#unreadBytes += size;
    }
    this.#wake?.();
  }

  async #pull(controller: ReadableStreamDefaultController<Batch>): Promise<void> {
    while (this.#unread.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    if (sinceTurn >= BURST) await turn();
    if (this.#unread.length > 0) {
      const batch = joined(this.#unread.splice(0, this.#fitting()));
      this.#unreadBytes -= batch.length * OVERHEAD + batch.bytes.length;
      controller.enqueue(batch);
    } else if (this.#failure !== undefined) {
      controller.error(this.#failure);
    } else {
      controller.close();
    }
  }

  /** How many of the messages that wait are one batch: at least one. */
  #fitting(): number {
    let bytes = 0;
    const over = this.#unread.findIndex((batch) => (bytes += batch.bytes.length) > MAX_BATCH);
    return over === -1 ? this.#unread.length : Math.max(1, over);
  }

  async #write(batch: Batch): Promise<void> {
    for (let i = 0; i < batch.length; i++) {
      if (this.#closeSent || this.#socket.readyState !== WebSocket.OPEN) {
        throw new Deno.errors.BrokenPipe("the WebSocket is closed");
      }
      const message = this.#whole(batch, i);
      if (message === undefined) continue;
      const { kind } = this.#options;
      const binary = kind === "binary" || (kind === "keep" && batch.kind(i) === BINARY);
      this.#socket.send(binary ? message : new TextDecoder().decode(message));
    }
    while (
      this.#socket.bufferedAmount > HIGH_WATER && this.#socket.readyState === WebSocket.OPEN
    ) {
      await new Promise((resolve) => setTimeout(resolve, POLL));
    }
  }

  /** The native engine sends whole messages only. */
  #whole(batch: Batch, i: number): Uint8Array<ArrayBuffer> | undefined {
    const flags = batch.flags(i);
    if ((flags & (MORE | CONTINUED)) === 0) return batch.message(i).slice();
    this.#parts.push(batch.message(i).slice());
    if ((flags & MORE) !== 0) return undefined;
    const blob = new Uint8Array(this.#parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.#parts) {
      blob.set(part, at);
      at += part.length;
    }
    this.#parts = [];
    return blob;
  }

  /** The native engine may send 1000 and 3000 to 4999 only. */
  #sendClose(code: number, reason: string): void {
    if (this.#closeSent || this.#socket.readyState !== WebSocket.OPEN) return;
    this.#closeSent = true;
    // A reason over 123 bytes would throw.
    const fitting = new TextDecoder().decode(closePayload({ code, reason }).subarray(2));
    this.#codeSent = code >= 3000 ? code : CLOSE.normal;
    this.#socket.close(this.#codeSent, fitting);
  }

  async shutdown(): Promise<void> {
    this.#sendClose(CLOSE.normal, "");
    await this.closed;
  }

  async close(): Promise<void> {
    this.#cancelled = true;
    this.#sendClose(CLOSE.normal, "");
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    await within<unknown>(1000, this.closed, undefined);
  }
}

/** Messages that came one by one, as one batch. */
function joined(messages: readonly Batch[]): Batch {
  if (messages.length === 1) return messages[0];
  const length = messages.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const batch = new Batch(new Uint8Array(length), messages.length);
  let at = 0;
  for (const message of messages) {
    batch.bytes.set(message.bytes, at);
    batch.push(at, at += message.bytes.length, message.flags(0));
  }
  return batch;
}
