/**
 * A peer over a socket that keeps message bounds: one packet is one message.
 *
 * @module
 */
import { Batch, BYTES, CONTINUED, MORE } from "../core/batch.ts";
import { WirecatError } from "../core/errors.ts";
import { type Log, warnOnce } from "../core/log.ts";
import type { Peer, PeerInfo } from "../core/peer.ts";
import { errno } from "./errno.ts";
import { addressOf, type Libc, wouldBlock } from "./libc.ts";
import { POLL_IN, POLL_OUT } from "./numbers.ts";
import type { Poller } from "./poller.ts";

/** How long messages may be, and what becomes of others. */
export interface PacketLimits {
  /** Longer packets that come are several messages. */
  readonly maxMessage?: number;
  /** Or are dropped, with a warning. */
  readonly dropLong?: boolean;
  /** Whether a message that is too long for one packet is dropped, with a warning. */
  readonly dropUnsendable?: boolean;
}

/** What a packet socket is made of. */
export interface PacketSocket extends PacketLimits {
  /** The socket; the peer owns it. */
  readonly fd: number;
  /** What waits for it. */
  readonly poller: Poller;
  /** What the peer is called. */
  readonly info: PeerInfo;
  /** Where diagnostics go. */
  readonly log: Log;
  /**
   * Whether it is connection-oriented (`SOCK_SEQPACKET`). A read of nothing is then the
   * end and cannot be told from an empty packet, so none is ever sent.
   */
  readonly connected: boolean;
  /** Where packets go, if the socket is not connected. */
  readonly destination?: Destination;
  /** Called once, when the socket has been closed. */
  readonly onClose?: () => void;
}

/** The address that an unconnected socket sends to. */
export interface Destination {
  /** The `sockaddr`. */
  readonly address: Uint8Array<ArrayBuffer>;
  /** Resolves when it may take packets again; to false if the peer was closed. Throws if it is gone. */
  drained(): Promise<boolean>;
  /** Makes a {@linkcode drained} that waits resolve. */
  interrupt(): void;
}

const MIN_CAPACITY = 4 * 1024;
const MAX_CAPACITY = 256 * 1024;
/** What is assumed to be the longest packet where its length cannot be asked for. */
const UNKNOWN_LENGTH = 64 * 1024;
/** The most messages in a batch: what has come should go on soon. */
const MAX_MESSAGES = 1024;
const RETRY_MILLIS = 2;
/** How long the packets are that a long piece of a byte stream is divided into. */
const PIECE = 64 * 1024;

type Outcome = 0 | 1 | 2;
const SENT: Outcome = 0;
const WAITS: Outcome = 1;
const TOO_LONG: Outcome = 2;

/** A message-oriented peer over a packet socket. Retains the poller until it is closed. */
export function packetPeer(socket: PacketSocket): Peer {
  return new PacketPeer(socket);
}

class PacketPeer implements Peer {
  readonly info: PeerInfo;
  readonly readable: ReadableStream<Batch>;
  readonly writable: WritableStream<Batch>;
  readonly #socket: PacketSocket;
  readonly #libc: Libc;
  readonly #tellUnread: (text: string) => void;
  readonly #tellUnsent: (text: string) => void;
  #batch = new Batch(new Uint8Array(0), 1);
  #address = 0;
  #capacity = MIN_CAPACITY;
  #failure?: unknown;
  #toldOfEmpty = false;
  #aborted = false;
  #closed = false;

  constructor(socket: PacketSocket) {
    socket.poller.retain();
    this.info = socket.info;
    this.#socket = socket;
    this.#libc = socket.poller.libc;
    this.#tellUnread = warnOnce(socket.log);
    this.#tellUnsent = warnOnce(socket.log);
    this.readable = new ReadableStream<Batch>(
      { pull: (controller) => this.#pull(controller) },
      { highWaterMark: 0 },
    );
    this.writable = new WritableStream<Batch>(
      {
        start: ({ signal }) => signal.addEventListener("abort", () => this.#abort()),
        write: (batch) => this.#write(batch),
        close: () => this.#end(),
      },
      { highWaterMark: 1 },
    );
  }

  async #pull(controller: ReadableStreamDefaultController<Batch>): Promise<void> {
    const { fd, poller } = this.#socket;
    while (!this.#closed) {
      if (this.#failure !== undefined) throw this.#failure;
      const ended = this.#receive();
      if (this.#batch.length > 0) {
        await poller.turn(this.#batch.byteLength);
        controller.enqueue(this.#batch);
        return;
      }
      if (ended) break;
      if (this.#failure === undefined) await poller.wait(fd, POLL_IN);
    }
    controller.close();
  }

  /** Takes what has come, as far as it fits. True at the end, which shows again at the next call. */
  #receive(): boolean {
    this.#fit(this.#capacity);
    const { fd, connected } = this.#socket;
    const asks = Deno.build.os === "linux";
    let at = 0;
    while (this.#batch.length < MAX_MESSAGES) {
      let length = asks ? this.#libc.peekLength(fd) : UNKNOWN_LENGTH;
      if (length > this.#batch.bytes.length - at) {
        this.#capacity = Math.min(MAX_CAPACITY, this.#capacity * 4);
        if (at > 0 || this.#batch.length > 0) return false;
        this.#fit(Math.max(length, this.#capacity));
      }
      const ends = length === 0 && connected;
      if (length >= 0 && !ends) length = this.#libc.recv(fd, this.#address + at, length);
      if (length < 0) {
        if (length === -errno.EINTR) continue;
        if (!wouldBlock(length)) this.#failure = this.#libc.error(length);
        break;
      }
      if (length === 0 && connected) return this.#batch.length === 0;
      this.#push(at, at + length);
      at += length;
    }
    if (at < this.#capacity >> 4 && this.#capacity > MIN_CAPACITY) this.#capacity >>= 1;
    return false;
  }

  /** An empty batch with a buffer of `capacity` bytes. */
  #fit(capacity: number): void {
    if (this.#batch.bytes.length !== capacity) {
      this.#batch = new Batch(new Uint8Array(capacity));
      this.#address = addressOf(this.#batch.bytes);
    } else {
      this.#batch.clear();
    }
  }

  #push(start: number, end: number): void {
    const most = this.#socket.maxMessage ?? Infinity;
    if (end - start > most && this.#socket.dropLong) {
      this.#tellUnread(
        `${this.info.name}: dropped a packet of ${end - start} bytes, more than --buffer-size`,
      );
      return;
    }
    let from = start;
    for (; end - from > most; from += most) this.#batch.push(from, from + most, BYTES);
    this.#batch.push(from, end, BYTES);
  }

  async #write(batch: Batch): Promise<void> {
    const address = addressOf(batch.bytes);
    for (let i = 0; i < batch.length; i++) {
      const start = batch.start(i);
      const length = batch.end(i) - start;
      const flags = batch.flags(i);
      if (flags & (MORE | CONTINUED)) {
        if (!this.#socket.dropUnsendable) throw this.#tooLong("more than 1 MiB");
        if ((flags & CONTINUED) === 0) this.#drop("more than 1 MiB");
        continue;
      }
      if (length === 0 && this.#socket.connected) this.#skipEmpty();
      else if (this.#attempt(address + start, length) !== SENT) {
        await this.#send(address + start, length, batch.kind(i) === BYTES);
      }
      const turn = this.#socket.poller.turn(length);
      if (turn !== undefined) await turn;
    }
  }

  #call(address: number, length: number): number {
    const { fd, destination } = this.#socket;
    return destination === undefined
      ? this.#libc.send(fd, address, length)
      : this.#libc.sendTo(fd, address, length, destination.address);
  }

  #attempt(address: number, length: number): Outcome {
    if (this.#closed || this.#aborted) {
      throw new Deno.errors.BadResource(`${this.info.name} was closed`);
    }
    const result = this.#call(address, length);
    if (result >= 0) return SENT;
    if (result === -errno.EMSGSIZE) return TOO_LONG;
    if (wouldBlock(result) || result === -errno.EINTR || result === -errno.ENOBUFS) return WAITS;
    throw this.#libc.error(result);
  }

  /** What comes from a byte stream has no bounds to keep: it may go in pieces. */
  async #send(address: number, length: number, divisible: boolean): Promise<void> {
    for (;;) {
      const outcome = this.#attempt(address, length);
      if (outcome === SENT) return;
      if (outcome === TOO_LONG) break;
      await this.#drained();
    }
    if (!divisible || length <= PIECE) {
      const size = `${length} bytes`;
      if (!this.#socket.dropUnsendable) throw this.#tooLong(size);
      return this.#drop(size);
    }
    for (let at = 0; at < length; at += PIECE) {
      await this.#send(address + at, Math.min(PIECE, length - at), false);
    }
  }

  /** Resolves when sending is worth another try. */
  #drained(): Promise<unknown> {
    const { fd, poller, destination } = this.#socket;
    // macOS says ENOBUFS for a full receiver, which polling does not wait for.
    if (Deno.build.os !== "linux") {
      return new Promise((resolve) => setTimeout(resolve, RETRY_MILLIS));
    }
    return destination === undefined ? poller.wait(fd, POLL_OUT) : destination.drained();
  }

  #skipEmpty(): void {
    if (this.#toldOfEmpty) return;
    this.#toldOfEmpty = true;
    this.#socket.log.info(
      `${this.info.name}: empty messages are not sent, they would mean the end there`,
    );
  }

  #drop(size: string): void {
    this.#tellUnsent(`${this.info.name}: dropped a message of ${size}: too long for one packet`);
  }

  #tooLong(size: string): WirecatError {
    return new WirecatError(
      "protocol",
      `a message of ${size} is too long for one packet of ${this.info.name}`,
      { hint: "split messages with --buffer-size, or use a stream socket (unix:)" },
    );
  }

  #end(): void {
    if (this.#socket.connected && !this.#closed) this.#libc.shutdownWrite(this.#socket.fd);
  }

  /** Ends a write that waits, which an abort would else wait for. */
  #abort(): void {
    this.#aborted = true;
    this.#end();
    if (!this.#closed) this.#socket.poller.forget(this.#socket.fd);
    this.#socket.destination?.interrupt();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const { fd, poller, onClose } = this.#socket;
    poller.forget(fd);
    this.#libc.close(fd);
    onClose?.();
    poller.release();
  }
}
