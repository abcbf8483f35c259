/**
 * A WebSocket over any byte connection, after the handshake: frames, control frames
 * and the closing handshake (RFC 6455, sections 5 to 7), as a {@linkcode Peer}.
 *
 * @module
 */
import { Batch } from "../core/batch.ts";
import { durationText } from "../core/duration.ts";
import { type BatchReader, type BatchWriter, readableFrom, writableFrom } from "../core/halves.ts";
import { concat } from "../core/concat.ts";
import { type ByteConn, closeQuietly, MIN_BUFFER } from "../core/conn.ts";
import { isGone, reasonOf, WirecatError } from "../core/errors.ts";
import type {
  CloseStatus,
  Control,
  ControlObserver,
  Ending,
  Peer,
  PeerInfo,
} from "../core/peer.ts";
import { startTimer } from "../core/timer.ts";
import { CLOSE, closeHint, closePayload } from "./close.ts";
import { isAnswerTo } from "./close_code.ts";
import { violationHint } from "./hints.ts";
import { Decoder } from "./decoder.ts";
import type { Compression } from "./compression.ts";
import { controlFrame, Encoder } from "./encoder.ts";
import { OPCODE } from "./frame.ts";
import { after, Keepalive, type KeepaliveOptions } from "./keepalive.ts";

/** How one WebSocket connection behaves. */
export interface ConnectionOptions {
  /** Which end this is. */
  readonly role: "client" | "server";
  /** What kind messages are sent as; see the encoder. */
  readonly kind: "keep" | "text" | "binary";
  /** The longest frame that is accepted, in bytes. */
  readonly maxFrame: number;
  /** The longest message that is accepted, in bytes. */
  readonly maxMessage: number;
  /** Whether the end of what is to be sent is told with a Close frame. */
  readonly sendClose: boolean;
  /** What that Close frame says; code 1005: nothing. */
  readonly closeStatus: CloseStatus;
  /** How many seconds a silent peer may take to answer a Close frame. */
  readonly closeTimeout: number;
  /** How many Pings are answered. */
  readonly maxPongs: number;
  /** Pings of our own. */
  readonly keepalive: KeepaliveOptions;
  /** Called when bytes that are not UTF-8 had to be replaced to send a text message. */
  readonly onRepair?: () => void;
  /** What compresses and inflates this one connection's messages; closed with it. */
  readonly compression?: Compression;
}

/** What a batch lies in until something has come. */
const NOTHING = new Uint8Array(0);
/** How long {@linkcode Peer.close} waits for a Close frame that answers ours, in milliseconds. */
const CLOSE_GRACE = 1000;
/** How long a peer that broke the protocol may take to read our Close frame, in milliseconds. */
const FAIL_LINGER = 1000;
/** How many Pongs may wait for a write under way: memory for them is bounded. */
const MAX_WAITING_PONGS = 64;

/**
 * A peer over `conn`, on which the handshake is done; `rest` came behind it. `below`, whose
 * connection `conn` is, is closed with it.
 */
export function webSocketPeer(
  conn: ByteConn,
  rest: Uint8Array,
  info: PeerInfo,
  options: ConnectionOptions,
  below?: Pick<Peer, "close">,
): Peer {
  return new Connection(conn, rest, info, options, below);
}

class Connection implements Peer {
  readonly info: PeerInfo;
  readonly mustRead = true;
  /** Reading is this object's own business; writing, which has a `close` too, its writer's. */
  readonly reader: BatchReader = this;
  readonly writer: BatchWriter = new ConnectionWriter(this);
  readonly closed: Promise<Ending>;

  readonly #conn: ByteConn;
  readonly #below?: Pick<Peer, "close">;
  readonly #options: ConnectionOptions;
  readonly #decoder: Decoder;
  readonly #encoder: Encoder;
  readonly #keepalive?: Keepalive;
  #batch?: Batch;
  #readable?: ReadableStream<Batch>;
  #writable?: WritableStream<Batch>;
  #resolveClosed!: (ending: Ending) => void;
  #observer?: ControlObserver;

  // Reading.
  #reading = false;
  #cancelled = false;
  #ended = false;
  #lastRead = 0;
  #failure?: WirecatError;
  #lingering?: Promise<void>;
  #pongs = 0;

  // A Close frame that has come and is answered only when there is no more to send.
  #answersLate = false;
  #unanswered?: CloseStatus;

  // Writing: one write at a time, control frames between the batches.
  #writing?: Promise<void>;
  #closeSent = false;
  #codeSent: number = CLOSE.none;
  #gone = false;
  #waitingPongs?: Uint8Array[];
  #ping?: Uint8Array;
  #close?: Uint8Array;
  #stopCloseTimer?: () => void;

  constructor(
    conn: ByteConn,
    rest: Uint8Array,
    info: PeerInfo,
    options: ConnectionOptions,
    below?: Pick<Peer, "close">,
  ) {
    this.#conn = conn;
    this.#below = below;
    this.info = info;
    this.#options = options;
    this.#decoder = new Decoder({
      from: options.role === "client" ? "server" : "client",
      maxFrame: options.maxFrame,
      maxMessage: options.maxMessage,
      inflater: options.compression?.inflater,
    });
    this.#decoder.prefill(rest);
    this.#encoder = new Encoder({
      from: options.role,
      kind: options.kind,
      onRepair: options.onRepair,
      deflater: options.compression?.deflater,
    });
    this.closed = new Promise((resolve) => this.#resolveClosed = resolve);
    const { interval, timeout } = options.keepalive;
    if (interval !== undefined || timeout !== undefined) {
      this.#keepalive = new Keepalive(options.keepalive, {
        ping: (payload) => this.#sendControl(OPCODE.ping, payload),
        timedOut: () =>
          this.#giveUp(
            new WirecatError("timeout", `${info.name}: no Pong for ${durationText(timeout)}`, {
              hint: "the other end, or the network in between, may be gone",
            }),
          ),
      });
    }
  }

  // --- Reading ---

  get readable(): ReadableStream<Batch> {
    return this.#readable ??= readableFrom(this.reader);
  }

  get writable(): WritableStream<Batch> {
    return this.#writable ??= writableFrom(this.writer);
  }

  /** As a reading half: the next messages. Throws what ended it, if that was no Close frame. */
  read(): Promise<Batch | undefined> {
    return this.#cancelled ? this.closed.then(() => undefined) : this.#readOn();
  }

  async #readOn(): Promise<Batch | undefined> {
    this.#reading = true;
    const batch = this.#batch ??= new Batch(NOTHING, 0);
    const decoder = this.#decoder;
    this.#keepalive?.resume();
    while (!this.#ended && this.#unanswered === undefined) {
      decoder.decode(batch, this);
      if (batch.length > 0) {
        if (this.#cancelled) continue; // There may be more in what has come.
        this.#keepalive?.pause();
        this.#reading = false;
        return batch;
      }
      if (decoder.error !== undefined) {
        this.#fail(decoder.error.code, decoder.error.message);
      } else if (decoder.closed !== undefined) {
        await this.#closeReceived(decoder.closed);
      } else {
        try {
          const length = await this.#conn.read(decoder.room());
          if (this.#closeSent) this.#lastRead = performance.now();
          if (length === null) this.#transportEnded();
          else decoder.fill(length);
        } catch (error) {
          this.#readFailed(error);
        }
      }
    }
    this.#reading = false;
    if (this.#failure !== undefined) throw this.#failure;
    return undefined;
  }

  /** As a reading half: nobody wants the messages any more. */
  cancel(): Promise<void> {
    this.#drain();
    return Promise.resolve();
  }

  /** Reads on for the control frames' sake when nobody wants the messages any more. */
  #drain(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    if (!this.#reading) this.#readOn().catch(() => {}); // It is told by `closed`.
  }

  #readFailed(error: unknown): void {
    if (this.#ended) return;
    if (isGone(error)) return this.#transportEnded();
    this.#failure = error instanceof WirecatError
      ? error
      : new WirecatError("connection", `${this.info.name}: reading failed: ${reasonOf(error)}`, {
        cause: error,
      });
    this.#end(CLOSE.abnormal, "");
  }

  /** The connection ended without a Close frame (section 7.1.5: code 1006). */
  #transportEnded(): void {
    if (this.#ended) return;
    if (!this.#decoder.betweenMessages) {
      this.#failure = new WirecatError(
        "abnormal",
        `${this.info.name}: the connection ended in the middle of a message`,
        { hint: closeHint(CLOSE.abnormal) },
      );
    }
    this.#gone = true;
    this.#end(CLOSE.abnormal, "");
  }

  /** Answers a Close frame, unless it is itself an answer (section 5.5.1). */
  async #closeReceived(status: CloseStatus): Promise<void> {
    this.#observer?.("in", "close", closePayload(status), 0);
    if (this.#answersLate && !this.#closeSent) {
      this.#unanswered = status;
      this.#keepalive?.stop(); // Who has sent a Close frame answers no Ping.
      this.#watchForEnd(status);
      return;
    }
    const { code, reason } = status;
    this.#end(code, reason, this.#closeSent && isAnswerTo(this.#codeSent, code));
    if (!this.#closeSent) {
      // A write in progress goes first, if the peer still takes it.
      const stop = after(this.#options.closeTimeout, () => closeQuietly(this.#conn));
      try {
        await this.#endWriting({ code, reason: "" }, true);
      } catch {
        // The peer is gone already and needs no answer.
      }
      stop();
    }
    this.#gone = true;
  }

  /** Sees that a peer which has said all is gone: without anything to send nothing else would. */
  async #watchForEnd(came: CloseStatus): Promise<void> {
    const sink = new Uint8Array(MIN_BUFFER);
    try {
      while (await this.#conn.read(sink) !== null);
    } catch {
      // So it is gone.
    }
    this.#endAfter(came);
  }

  /** It is over with a peer that has said `came` before: it was answered, or is gone. */
  #endAfter({ code, reason }: CloseStatus): void {
    if (this.#ended) return;
    this.#gone = true;
    this.#end(code, reason, false);
  }

  /** The peer broke the protocol: tells it why, then lets it go (section 7.1.7). */
  #fail(code: number, message: string): void {
    this.#failure = new WirecatError("protocol", `${this.info.name}: ${message}`, {
      hint: violationHint(message, this.#options.role),
    });
    this.#end(code, message, true);
    this.#lingering = this.#lingerAfter(this.#closeWriting({ code, reason: message }));
  }

  /** Ends the writing half, behind all that is to be sent. */
  async #closeWriting(status: CloseStatus): Promise<void> {
    await this.#endWriting(status, true);
    // A Close frame that was sent before may still be under way.
    while (this.#writing !== undefined) await this.#writing;
    await this.#conn.closeWrite();
  }

  /**
   * Reads on a little, because closing a socket with unread bytes resets it and the peer
   * would not see why.
   */
  async #lingerAfter(said: Promise<void>): Promise<void> {
    const timer = setTimeout(() => closeQuietly(this.#conn), FAIL_LINGER);
    try {
      await said;
      this.#gone = true;
      const sink = new Uint8Array(16 * 1024);
      while (await this.#conn.read(sink) !== null);
    } catch {
      // It is being dropped anyway.
    } finally {
      clearTimeout(timer);
    }
  }

  /** What a program may do beside messages; made only when it is asked for. */
  get control(): Control {
    return {
      ping: (payload = NOTHING) => this.#sendControl(OPCODE.ping, payload),
      close: (code, reason) => this.#endWriting({ code, reason }, true),
      halfClose: () => void (this.#answersLate = true),
      observe: (observer) => void (this.#observer = observer),
    };
  }

  #end(code: number, reason: string, ours: boolean = this.#closeSent): void {
    this.#ended = true;
    this.#keepalive?.stop();
    this.#stopCloseTimer?.();
    this.#resolveClosed({ code, reason, ours });
  }

  /**
   * Handles a Ping: the answer waits for a write in progress. Where too many wait already, only
   * the newest Ping is answered (section 5.5.3).
   */
  ping(payload: Uint8Array): void {
    this.#observer?.("in", "ping", payload, this.#batch!.length);
    if (this.#pongs === this.#options.maxPongs) return;
    this.#pongs++;
    this.#sendControl(OPCODE.pong, payload);
  }

  /** Handles a Pong. */
  pong(payload: Uint8Array): void {
    this.#observer?.("in", "pong", payload, this.#batch!.length);
    this.#keepalive?.pong(payload);
  }

  // --- Writing ---

  /** Sends a batch, after any write in progress. */
  send(batch: Batch): Promise<void> {
    if (this.#writing !== undefined) return this.#writeNext(batch);
    this.#throwIfClosed();
    return this.#writing = this.#writeFrames(this.#encoder.encode(batch));
  }

  async #writeNext(batch: Batch): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    await this.send(batch);
  }

  /**
   * Writes a batch's frames, if there are any, then the control frames that wait. Whoever
   * adds one while this runs finds it taken along: the last look is the last step.
   */
  async #writeFrames(frames?: Uint8Array): Promise<void> {
    try {
      for (let next = frames ?? this.#nextControl(); next !== undefined;) {
        const written = await this.#conn.write(next);
        next = written < next.length ? next.subarray(written) : this.#nextControl();
      }
    } catch (error) {
      throw this.#ended ? this.#failure ?? closedError(error) : error;
    } finally {
      this.#encoder.release();
      this.#writing = undefined;
    }
  }

  #nextControl(): Uint8Array | undefined {
    const pongs = this.#waitingPongs;
    if (pongs !== undefined) {
      this.#waitingPongs = undefined;
      return pongs.length === 1 ? pongs[0] : concat(pongs);
    }
    const frame = this.#ping ?? this.#close;
    if (frame === undefined) return undefined;
    if (frame === this.#ping) this.#ping = undefined;
    else this.#close = undefined;
    return frame;
  }

  #throwIfClosed(): void {
    if (this.#closeSent || this.#gone || this.#ended) throw closedError();
  }

  #sendControl(opcode: number, payload: Uint8Array): void {
    if (this.#closeSent || this.#gone) return;
    this.#observer?.("out", opcode === OPCODE.ping ? "ping" : "pong", payload, 0);
    const frame = controlFrame(opcode, payload, this.#options.role);
    if (opcode === OPCODE.ping) {
      this.#ping = frame;
    } else {
      const waiting = this.#waitingPongs ??= [];
      if (waiting.length === MAX_WAITING_PONGS) waiting.length = 0;
      waiting.push(frame);
    }
    this.#startControl().catch(() => {}); // The reader will notice a dead connection.
  }

  /** Writes waiting control frames now, or leaves them to the write in progress. */
  #startControl(): Promise<void> {
    return this.#writing ??= this.#writeFrames();
  }

  /** Says that no more will be sent. */
  end(): Promise<void> {
    const came = this.#unanswered;
    if (came !== undefined) return this.#endWriting({ code: came.code, reason: "" }, true);
    return this.#endWriting(this.#options.closeStatus);
  }

  /** Sends a Close frame, if there is to be one and none has gone. */
  async #endWriting(status: CloseStatus, always = false): Promise<void> {
    if (this.#closeSent || this.#gone) return;
    if (!always && !this.#options.sendClose) return;
    while (this.#writing !== undefined) await this.#writing;
    if (this.#closeSent || this.#gone) return;
    this.#closeSent = true;
    this.#codeSent = status.code;
    const payload = closePayload(status);
    this.#observer?.("out", "close", payload, 0);
    this.#close = controlFrame(OPCODE.close, payload, this.#options.role);
    const came = this.#unanswered;
    if (came === undefined) {
      this.#awaitAnswer();
      return await this.#startControl();
    }
    const stop = after(this.#options.closeTimeout, () => {
      this.#endAfter(came);
      closeQuietly(this.#conn);
    });
    try {
      await this.#startControl();
    } finally {
      stop();
    }
    this.#endAfter(came);
  }

  /** Gives up on a peer that neither answers our Close frame nor sends anything. */
  #awaitAnswer(): void {
    if (this.#ended) return;
    const { closeTimeout } = this.#options;
    this.#lastRead = performance.now();
    const arm = (delay: number) => {
      this.#stopCloseTimer = after(delay, () => {
        const left = closeTimeout - (performance.now() - this.#lastRead) / 1000;
        if (left > 0) arm(left);
        else this.#giveUp();
      });
    };
    arm(closeTimeout);
  }

  #giveUp(failure?: WirecatError): void {
    if (this.#ended) return;
    this.#failure = failure;
    this.#gone = true;
    this.#end(CLOSE.abnormal, "");
    closeQuietly(this.#conn);
  }

  // --- The end ---

  async shutdown(code: number = CLOSE.goingAway): Promise<void> {
    await this.#endWriting({ code, reason: "" }, true);
  }

  /** Waits a moment for the answer to our Close frame, so that the peer sees a proper end. */
  async #answered(): Promise<void> {
    this.#drain();
    const stop = startTimer(CLOSE_GRACE, () => this.#giveUp());
    await this.closed;
    stop();
  }

  async close(): Promise<void> {
    if (this.#closeSent && !this.#ended) await this.#answered();
    if (this.#lingering !== undefined) await this.#lingering;
    if (!this.#ended) {
      const { code, reason } = this.#unanswered ?? { code: CLOSE.abnormal, reason: "" };
      this.#end(code, reason);
    }
    this.#gone = true;
    closeQuietly(this.#conn);
    this.#options.compression?.close();
    await this.#below?.close();
  }
}

/** The writing half, an object of its own because its `close` is not the peer's. */
class ConnectionWriter implements BatchWriter {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  write(batch: Batch): Promise<void> {
    return this.#connection.send(batch);
  }

  close(): Promise<void> {
    return this.#connection.end();
  }
}

function closedError(cause?: unknown): Error {
  return new Deno.errors.BrokenPipe("the WebSocket is closed", { cause });
}
