/**
 * One live connection, whatever it is made of.
 *
 * @module
 */
import type { Batch } from "./batch.ts";
import type { ByteConn } from "./conn.ts";
import type { BatchReader, BatchWriter } from "./halves.ts";
import type { Trace } from "./trace.ts";

/** What is known of a connection; overlays hand it on and add to it. */
export interface PeerInfo {
  /** What this is, for messages to people: `ws://127.0.0.1:80/`. */
  readonly name: string;
  /** The address of whoever is at the other end, as `IP:PORT`, where there is one. */
  readonly client?: string;
  /** The path and query that a client asked for, where this is a server's connection. */
  readonly uri?: string;
  /** The request headers of such a client, where an option asks for them. */
  readonly headers?: () => Headers;
  /** The name that such a client has logged in with, where it had to. */
  readonly user?: string;
  /** The certificate that a TLS client has shown; `null` if it was asked for one and has none. */
  readonly certificate?: ClientCertificate | null;
  /** The subprotocol that was agreed on. */
  readonly protocol?: string;
  /** The extensions that were agreed on, as the header field has them. */
  readonly extensions?: string;
  /** How the connection was made, where somebody asked for that. */
  readonly trace?: Trace;
}

/** A certificate of a TLS client that an authority to be trusted has signed. */
export interface ClientCertificate {
  /** Who it is: `CN=name,O=organization` (RFC 4514). */
  readonly subject: string;
  /** Who has signed it. */
  readonly issuer: string;
  /** Its number in hexadecimal digits. */
  readonly serial: string;
  /** Its SHA-256 in hexadecimal digits. */
  readonly fingerprint: string;
}

/** What a WebSocket can do beside messages. */
export interface Control {
  /** Sends a Ping, of at most 125 bytes. */
  ping(payload?: Uint8Array): void;
  /** Starts the closing handshake; the peer's `closed` resolves when it is over. */
  close(code: number, reason: string): Promise<void>;
  /**
   * From now on a Close frame that comes ends one direction only, as in TCP: it is answered when
   * `writable` is closed. Absent where it cannot be.
   */
  halfClose?(): void;
  /** Has control frames told as they come and go. There is one observer; a new one takes over. */
  observe(observer: ControlObserver): void;
}

/**
 * Told of each control frame: `in` came, `out` was sent. The payload is lent for the call. `behind`
 * is how many entries of the batch that is being read came before the frame.
 */
export type ControlObserver = (
  direction: "in" | "out",
  kind: "ping" | "pong" | "close",
  payload: Uint8Array,
  behind: number,
) => void;

/** How a connection that has a closing handshake ended. */
export interface CloseStatus {
  /** The close code of RFC 6455, section 7.4; 1005 for none, 1006 for a connection that just ended. */
  readonly code: number;
  /** The reason the peer gave. */
  readonly reason: string;
}

/** How a connection came to its end. */
export interface Ending extends CloseStatus {
  /**
   * Whether our side had asked for it before the other one did. A failure that the other one tells
   * of is never ours, also where its Close frame and ours have crossed.
   */
  readonly ours: boolean;
}

/**
 * One live connection. Closing `writable` says that no more will be sent (a
 * half-close); the end of `readable` says that no more will come; aborting
 * drops it. {@linkcode close} frees everything that it holds.
 */
export interface Peer {
  /** What comes from the other end. */
  readonly readable: ReadableStream<Batch>;
  /** What goes to the other end. */
  readonly writable: WritableStream<Batch>;
  /** What is known of the connection. */
  readonly info: PeerInfo;
  /** The reading half below {@linkcode readable}; use one or the other. */
  readonly reader?: BatchReader;
  /** The writing half below {@linkcode writable}; use one or the other. */
  readonly writer?: BatchWriter;
  /**
   * The bytes below, for an overlay that reads into a buffer of its own. Whoever
   * takes it leaves `readable` and `writable` alone.
   */
  readonly conn?: ByteConn;
  /**
   * Whether it has to be read even when nobody wants its data, as a WebSocket
   * has, whose control frames arrive between the data.
   */
  readonly mustRead?: boolean;
  /**
   * Whether it tells of its end in what is read from it. It is then closed before the other peer of
   * its session, so that this one gets that.
   */
  readonly tellsEnd?: boolean;
  /** Of a program, the status that it has ended with by itself; nothing where it was made to end. */
  readonly exitStatus?: Promise<number | undefined>;
  /** Resolves when the closing handshake is over, where there is one. */
  readonly closed?: Promise<Ending>;
  /** Pings and Close frames, where there are such. */
  readonly control?: Control;
  /**
   * Ends the connection in order, where that is more than closing `writable`: a
   * WebSocket sends a Close frame with `code`, a program gets a signal.
   * {@linkcode close} must follow.
   */
  shutdown?(code?: number): Promise<void>;
  /** Frees what is held: sockets, files, children, timers. May be called again. */
  close(): Promise<void> | void;
}
