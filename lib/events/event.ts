/**
 * What happens on a connection, as values: for a person's screen, a script's JSON lines and
 * a scripted conversation alike.
 *
 * @module
 */
import type { ErrorKind } from "../core/errors.ts";
import type { PeerInfo } from "../core/peer.ts";

/** Which way: `in` came from the other end, `out` went there. */
export type Direction = "in" | "out";

/** A connection is there. */
export interface OpenEvent {
  /** Tells events apart. */
  readonly type: "open";
  /** What is known of it; with its trace where one was asked for. */
  readonly info: PeerInfo;
}

/** A whole message. */
export interface MessageEvent {
  /** Tells events apart. */
  readonly type: "message";
  /** Which way it went. */
  readonly direction: Direction;
  /** Its bytes, for whoever gets the event to keep; of a text message they are valid UTF-8. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** What it is; bytes of a connection without kinds are text where they are UTF-8. */
  readonly kind: "text" | "binary";
}

/** A Ping or Pong. */
export interface PingEvent {
  /** Tells events apart. */
  readonly type: "ping" | "pong";
  /** Which way it went. */
  readonly direction: Direction;
  /** What it carried. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** For the Pong that answers a Ping of ours, the time between them in milliseconds. */
  readonly roundTrip?: number;
}

/** The connection is over: the last event of a channel. */
export interface CloseEvent {
  /** Tells events apart. */
  readonly type: "close";
  /** The code (RFC 6455, section 7.4): 1005 for none, 1006 for an end without a Close frame. */
  readonly code: number;
  /** The reason. */
  readonly reason: string;
  /** Whether our side asked for it first. */
  readonly ours: boolean;
  /** Of a program, the status that it has ended with. */
  readonly exitStatus?: number;
}

/** Something failed; a close event follows. */
export interface ErrorEvent {
  /** Tells events apart. */
  readonly type: "error";
  /** What sort of failure; it decides the exit status. */
  readonly kind: ErrorKind;
  /** One line. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
  /** What was thrown. */
  readonly cause: unknown;
}

/** What happens on a connection. */
export type ConnectionEvent = (OpenEvent | MessageEvent | PingEvent | CloseEvent | ErrorEvent) & {
  /** When. */
  readonly time: Date;
};

/** What may be asked of a connection. */
export type Command =
  | { readonly type: "message"; readonly kind: "text" | "binary"; readonly bytes: Uint8Array }
  | { readonly type: "ping"; readonly bytes?: Uint8Array }
  | { readonly type: "close"; readonly code?: number; readonly reason?: string };
