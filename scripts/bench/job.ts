/**
 * What the bench asks of its load generator, and what that answers. The two are separate
 * processes: a job is the generator's only argument, answers are JSON lines on its output.
 *
 * @module
 */

/** Work for one generator process. Sizes are in bytes, times in seconds. */
export type Job =
  | EchoJob
  | DeflateJob
  | SinkJob
  | SourceJob
  | RelayJob
  | RoundTripJob
  | IdleJob
  | FanOutJob
  | ConnectJob
  | PlainJob;

/** Sends frames to an echo server, and counts what comes back. */
export interface EchoJob extends Timed {
  readonly kind: "echo";
  readonly port: number;
  readonly size: number;
  readonly connections: number;
  readonly text: boolean;
  /** The file of the certificate to trust: the connections use TLS. */
  readonly certificate?: string;
  /** No WebSocket: the same bytes over plain TCP, to learn what the generator can do. */
  readonly raw?: boolean;
}

/** Sends compressed messages to an echo server, and counts what comes back. */
export interface DeflateJob extends Timed {
  readonly kind: "deflate";
  readonly port: number;
  /** Of a message, not compressed. */
  readonly size: number;
  /** With context takeover. */
  readonly kept: boolean;
}

/** A WebSocket server that counts what one client sends. */
export interface SinkJob extends Timed {
  readonly kind: "sink";
}

/** A WebSocket server that sends one client all it takes. */
export interface SourceJob extends Timed {
  readonly kind: "source";
  readonly size: number;
}

/** A WebSocket client of a relay, and the TCP server behind that. */
export interface RelayJob extends Timed {
  readonly kind: "relay";
  /** Where the messages come from. */
  readonly from: "websocket" | "tcp";
  readonly size: number;
}

/** One message there and back at a time. */
export interface RoundTripJob extends Timed {
  readonly kind: "round-trip";
  readonly port?: number;
  readonly size: number;
  /** Through a relay: the generator is also the TCP echo server behind it. */
  readonly relay?: boolean;
  /** No WebSocket: the same over plain TCP. */
  readonly raw?: boolean;
}

/** Many connections that say nothing after the handshake. */
export interface IdleJob {
  readonly kind: "idle";
  readonly port?: number;
  readonly connections: number;
  /** The generator is also the TCP server behind a relay. */
  readonly relay?: boolean;
}

/** One client that sends, many that receive. */
export interface FanOutJob extends Timed {
  readonly kind: "fan-out";
  readonly port: number;
  readonly size: number;
  readonly clients: number;
}

/** Clients that connect, shake hands and leave. */
export interface ConnectJob {
  readonly kind: "connect";
  readonly connections: number;
}

/** A plain TCP server that echoes or discards: what the generator's own ceiling is measured with. */
export interface PlainJob {
  readonly kind: "plain";
  readonly echo: boolean;
}

/** How long to measure, after a time to warm up. */
export interface Timed {
  readonly seconds: number;
  readonly warmUp: number;
}

/** What a generator says. */
export type Answer =
  /** It listens on this port, or (without one) it is ready to be told the port of the program. */
  | { readonly is: "ready"; readonly port?: number }
  /** The measuring begins. */
  | { readonly is: "begin" }
  /** The measuring is over, and what it brought. */
  | { readonly is: "end"; readonly result: Result }
  | { readonly is: "failed"; readonly why: string };

/** What was measured; what there is depends on the job. */
export interface Result {
  /** Messages a second. */
  readonly messages?: number;
  /** Bytes of payload a second. */
  readonly bytes?: number;
  /** Round trip, in seconds. */
  readonly p50?: number;
  readonly p99?: number;
  /** Connections a second. */
  readonly connections?: number;
  /** Seconds that something took. */
  readonly seconds?: number;
  /** The share of messages that arrived. */
  readonly delivered?: number;
  /** How much of one processor the generator used, 0 to 1 and a little over. */
  readonly busy?: number;
}
