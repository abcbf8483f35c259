/**
 * A connection as a program uses it: messages in two web streams.
 *
 * @module
 */
import type { Orientation } from "../core/registry.ts";
import type { Ending, Peer, PeerInfo } from "../core/peer.ts";
import { Channel } from "../events/channel.ts";

/** A message: text as a string, binary as bytes. A byte stream has chunks of bytes. */
export type Message = string | Uint8Array<ArrayBuffer>;

/** One connection. {@linkcode Connection.close} frees it. */
export class Connection {
  /**
   * What comes from the other end, a message a chunk. It ends when the other end has closed, and
   * fails with a `WirecatError` when something went wrong. Nothing is read ahead of the reader.
   */
  readonly readable: ReadableStream<Message>;
  /** What goes to the other end. Closing it says that no more will come. */
  readonly writable: WritableStream<Message>;
  /**
   * How the connection ended, once `readable` has: code 1005 where there is no closing handshake
   * (RFC 6455, section 7.1.5).
   */
  readonly closed: Promise<Ending>;
  readonly #channel: Channel;
  readonly #bytes: boolean;

  /** Takes the peer; `orientation` says whether it has messages. */
  constructor(peer: Peer, orientation: Orientation) {
    const channel = this.#channel = new Channel(peer);
    this.#bytes = orientation === "bytes";
    const ended = Promise.withResolvers<Ending>();
    this.closed = ended.promise;
    this.readable = new ReadableStream<Message>({
      pull: (controller) => this.#pull(controller, ended.resolve),
      cancel: () => this.close(),
    }, { highWaterMark: 0 });
    const encoder = new TextEncoder();
    this.writable = new WritableStream<Message>({
      write: (message) =>
        typeof message === "string"
          ? channel.send({ type: "message", kind: "text", bytes: encoder.encode(message) })
          : channel.send({ type: "message", kind: "binary", bytes: message }),
      close: () => channel.end(),
      abort: () => this.close(),
    }, { highWaterMark: 1 });
  }

  /** What is known of it: who is at the other end, the path asked for, the subprotocol. */
  get info(): PeerInfo {
    return this.#channel.peer.info;
  }

  async #pull(
    controller: ReadableStreamDefaultController<Message>,
    ended: (ending: Ending) => void,
  ): Promise<void> {
    for (;;) {
      const event = await this.#channel.next();
      switch (event?.type) {
        case "message":
          return controller.enqueue(
            event.kind === "binary" || this.#bytes
              ? event.bytes
              : new TextDecoder().decode(event.bytes),
          );
        case "error":
          return controller.error(event.cause);
        case "close":
          ended({ code: event.code, reason: event.reason, ours: event.ours });
          return controller.close();
      }
    }
  }

  /** Sends a Close frame, with a code and a reason if they are given, and frees everything. */
  async close(code?: number, reason?: string): Promise<void> {
    try {
      if (this.#channel.peer.control !== undefined) {
        await this.#channel.send({ type: "close", code, reason });
      }
    } catch {
      // The other end has gone; there is nobody to tell.
    }
    await this.#channel.close();
  }

  /** Closes it at the end of a scope: `await using connection = await connect(…)`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
