/**
 * A peer as events that can be awaited and commands that can be sent.
 *
 * @module
 */
import { Batch, BINARY, BYTES, TEXT } from "../core/batch.ts";
import { concat } from "../core/concat.ts";
import { isGone, reasonOf, usageError, WirecatError } from "../core/errors.ts";
import { type BatchReader, type BatchWriter, readerOf, writerOf } from "../core/halves.ts";
import type { Ending, Peer } from "../core/peer.ts";
import { within } from "../core/timer.ts";
import { CLOSE } from "../websocket/close.ts";
import { isUtf8 } from "../websocket/utf8.ts";
import type { Command, ConnectionEvent, Direction } from "./event.ts";

/** What a channel is told. */
export interface ChannelOptions {
  /** Whether what is sent makes events, too. */
  readonly echo?: boolean;
  /** The longest message that is put together from its parts, in bytes; 64 MiB if not given. */
  readonly maxMessage?: number;
}

type EventBody = ConnectionEvent extends infer E
  ? E extends ConnectionEvent ? Omit<E, "time"> : never
  : never;

/** A Ping of ours that was not answered yet. */
interface SentPing {
  readonly payload: string;
  readonly sent: number;
}

/** How long a program that has nothing to say any more may take to end, in milliseconds. */
const EXIT_TIME = 1000;

/** How many unanswered Pings are remembered. */
const MAX_PINGS = 64;

/**
 * One peer. Events are read with {@linkcode next}, one reader at a time; nothing is read from
 * the peer before that, so that a slow reader slows the peer down. {@linkcode close} frees the peer.
 */
export class Channel {
  /** The peer below, for what is known of it. */
  readonly peer: Peer;
  readonly #options: ChannelOptions;
  readonly #reader: BatchReader;
  readonly #writer: BatchWriter;
  readonly #queue: ConnectionEvent[] = [];
  #wake?: () => void;
  #reading?: Promise<void>;
  #ended = false;
  #parts: Uint8Array[] = [];
  #partsLength = 0;
  readonly #pings: SentPing[] = [];
  /** Control frames that came behind so many messages of the batch that is still to be returned. */
  readonly #between: { behind: number; body: EventBody }[] = [];

  /** The channel takes the peer's streams. */
  constructor(peer: Peer, options: ChannelOptions = {}) {
    this.peer = peer;
    this.#options = options;
    this.#reader = readerOf(peer);
    this.#writer = writerOf(peer);
    peer.control?.observe((...frame) => this.#control(...frame));
    this.#push({ type: "open", info: peer.info });
  }

  /** The next event; nothing after the close event. Never throws: failures are events. */
  async next(): Promise<ConnectionEvent | undefined> {
    while (this.#queue.length === 0 && !this.#ended) {
      const woken = new Promise<void>((resolve) => this.#wake = resolve);
      this.#reading ??= this.#read();
      await woken;
    }
    return this.#queue.shift();
  }

  /** The next event, if it is there already. */
  poll(): ConnectionEvent | undefined {
    return this.#queue.shift();
  }

  /** All events, to the close event. */
  async *[Symbol.asyncIterator](): AsyncGenerator<ConnectionEvent> {
    for (let event = await this.next(); event !== undefined; event = await this.next()) {
      yield event;
    }
  }

  /**
   * Does a command; resolves when the connection has taken it. Throws what writing throws, and a
   * usage error for a Ping or a close code where there is no WebSocket.
   */
  async send(command: Command): Promise<void> {
    switch (command.type) {
      case "message": {
        const { kind } = command;
        const bytes = new Uint8Array(command.bytes); // The encoder may change what it is given.
        if (this.#options.echo) {
          this.#push({ type: "message", direction: "out", kind, bytes: bytes.slice() });
        }
        await this.#writer.write(Batch.of(bytes, kind === "text" ? TEXT : BINARY));
        break;
      }
      case "ping": {
        const { control } = this.peer;
        if (control === undefined) throw this.#noWebSocket("Pings");
        control.ping(command.bytes);
        break;
      }
      case "close": {
        const { control } = this.peer;
        const { code = CLOSE.none, reason = "" } = command;
        if (control !== undefined) await control.close(code, reason);
        else if (code === CLOSE.none) await this.#writer.close();
        else throw this.#noWebSocket("close codes");
      }
    }
  }

  /** Says that no more will be sent: a WebSocket sends its Close frame. */
  async end(): Promise<void> {
    await this.#writer.close();
  }

  /** Frees the peer; the events that were not read yet can still be. */
  async close(): Promise<void> {
    await this.peer.close();
  }

  #noWebSocket(what: string): WirecatError {
    return usageError(`${this.peer.info.name} has no ${what}`, "only a WebSocket has");
  }

  #push(body: EventBody): void {
    this.#queue.push({ ...body, time: new Date() } as ConnectionEvent);
    this.#wake?.();
  }

  #echo(body: EventBody): void {
    if (this.#options.echo) this.#push(body);
  }

  #control(
    direction: Direction,
    kind: "ping" | "pong" | "close",
    payload: Uint8Array,
    behind: number,
  ): void {
    if (kind === "close") return; // The end tells it.
    const bytes = new Uint8Array(payload);
    const now = performance.now();
    let roundTrip: number | undefined;
    if (direction === "out" && kind === "ping") {
      this.#pings.push({ payload: keyOf(bytes), sent: now });
      if (this.#pings.length > MAX_PINGS) this.#pings.shift();
    } else if (direction === "in" && kind === "pong") {
      const key = keyOf(bytes);
      const at = this.#pings.findIndex(({ payload }) => payload === key);
      // A Pong answers the Ping it repeats, and those before it (RFC 6455, section 5.5.3).
      if (at >= 0) roundTrip = now - this.#pings.splice(0, at + 1)[at].sent;
    }
    const body = { type: kind, direction, bytes, roundTrip };
    if (direction === "in" && behind > 0) this.#between.push({ behind, body });
    else if (direction === "in") this.#push(body);
    else this.#echo({ type: kind, direction, bytes });
  }

  async #read(): Promise<void> {
    try {
      const batch = await this.#reader.read();
      if (batch === undefined) await this.#end();
      else this.#batch(batch);
    } catch (error) {
      if (!isGone(error)) this.#fail(error);
      await this.#end();
    }
    this.#reading = undefined;
    this.#wake?.();
  }

  /** The messages of a batch, and the control frames that came between them. */
  #batch(batch: Batch): void {
    for (let i = 0; i <= batch.length; i++) {
      while (this.#between.length > 0 && this.#between[0].behind <= i) {
        this.#push(this.#between.shift()!.body);
      }
      if (i < batch.length) this.#message(batch, i);
    }
  }

  #message(batch: Batch, i: number): void {
    const part = batch.message(i);
    this.#partsLength += part.length;
    const { maxMessage = 64 * 1024 * 1024 } = this.#options;
    if (this.#partsLength > maxMessage) {
      throw new WirecatError(
        "protocol",
        `${this.peer.info.name}: a message of more than ${maxMessage} bytes`,
        { hint: "read it as a stream, or raise --max-ws-message-length" },
      );
    }
    this.#parts.push(part.slice());
    if (!batch.isLast(i)) return;
    const bytes = this.#parts.length === 1
      ? this.#parts[0] as Uint8Array<ArrayBuffer>
      : concat(this.#parts);
    this.#parts = [];
    this.#partsLength = 0;
    const kind = batch.kind(i);
    const text = kind === TEXT || (kind === BYTES && isUtf8(bytes, 0, bytes.length));
    this.#push({ type: "message", direction: "in", kind: text ? "text" : "binary", bytes });
  }

  #fail(error: unknown): void {
    const known = error instanceof WirecatError;
    this.#push({
      type: "error",
      kind: known ? error.kind : "other",
      message: known ? error.message : `${this.peer.info.name}: ${reasonOf(error)}`,
      hint: known ? error.hint : undefined,
      cause: error,
    });
  }

  async #end(): Promise<void> {
    const plain: Ending = { code: CLOSE.none, reason: "", ours: false };
    const ending = this.peer.closed === undefined ? plain : await this.peer.closed;
    const exitStatus = this.peer.exitStatus &&
      await within(EXIT_TIME, this.peer.exitStatus, undefined);
    this.#push({ type: "close", ...ending, exitStatus });
    this.#ended = true;
  }
}

function keyOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
