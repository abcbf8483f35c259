/**
 * Pings, their answers, and what no answer means (RFC 6455, sections 5.5.2 and 5.5.3).
 *
 * @module
 */
import { startTimer } from "../core/timer.ts";

/** How a connection is kept alive and watched. Times are in seconds. */
export interface KeepaliveOptions {
  /** Send a Ping every so often. */
  readonly interval?: number;
  /** Give up when no Pong has come for so long. */
  readonly timeout?: number;
  /** Send so many Pings, then no more. */
  readonly maxPings?: number;
  /** Called with the seconds between a Ping and its Pong. */
  readonly onRoundTrip?: (seconds: number) => void;
}

/** What the connection lends to its keepalive. */
export interface KeepaliveConnection {
  /** Sends a Ping frame. */
  ping(payload: Uint8Array): void;
  /** Ends it: no Pong came in time. */
  timedOut(): void;
}

/** Calls `callback` after some seconds. Returns how to stop that. */
export function after(seconds: number, callback: () => void): () => void {
  return startTimer(seconds * 1000, callback);
}

/** The longest last look for a Pong, in seconds. */
const LAST_LOOK = 0.1;

/** A Ping's payload: whole seconds in eight bytes and nanoseconds in four, since the connection began. */
const PAYLOAD_LENGTH = 12;

/** The timers of one connection. {@linkcode stop} must be called. */
export class Keepalive {
  readonly #options: KeepaliveOptions;
  readonly #connection: KeepaliveConnection;
  readonly #began = performance.now();
  #lastPong = this.#began;
  /** Since when nobody reads, so that no Pong can be seen; or undefined. */
  #paused: number | undefined = this.#began;
  #sent = 0;
  #stopPings?: () => void;
  #stopWatch?: () => void;

  /** Starts the timers that the options ask for. It is paused until {@linkcode resume}. */
  constructor(options: KeepaliveOptions, connection: KeepaliveConnection) {
    this.#options = options;
    this.#connection = connection;
    const { interval, timeout, maxPings } = options;
    if (interval !== undefined && maxPings !== 0) this.#pingAfter(interval);
    if (timeout !== undefined) this.#arm(timeout);
  }

  /** Ends all timers. */
  stop(): void {
    this.#stopPings?.();
    this.#stopWatch?.();
  }

  /** Nobody reads from now on: the time does not count. */
  pause(): void {
    this.#paused ??= performance.now();
  }

  /** Somebody reads again. */
  resume(): void {
    if (this.#paused === undefined) return;
    this.#lastPong += performance.now() - this.#paused;
    this.#paused = undefined;
  }

  /** Takes note of a Pong. */
  pong(payload: Uint8Array): void {
    this.#lastPong = performance.now();
    if (payload.length !== PAYLOAD_LENGTH) return;
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    const sent = Number(view.getBigUint64(0)) + view.getUint32(8) / 1e9;
    this.#options.onRoundTrip?.((this.#lastPong - this.#began) / 1000 - sent);
  }

  #pingAfter(interval: number): void {
    this.#stopPings = after(interval, () => {
      if (this.#sent + 1 !== this.#options.maxPings) this.#pingAfter(interval);
      this.#ping();
    });
  }

  #ping(): void {
    this.#sent++;
    const since = (performance.now() - this.#began) / 1000;
    const view = new DataView(new ArrayBuffer(PAYLOAD_LENGTH));
    view.setBigUint64(0, BigInt(Math.floor(since)));
    view.setUint32(8, Math.floor((since % 1) * 1e9));
    this.#connection.ping(new Uint8Array(view.buffer));
  }

  /** Looks in so many seconds whether a Pong has come in time; `last` if it had not before. */
  #arm(delay: number, last = false): void {
    this.#stopWatch = after(delay, () => {
      const timeout = this.#options.timeout!;
      const until = this.#paused ?? performance.now();
      const left = timeout - (until - this.#lastPong) / 1000;
      if (this.#paused !== undefined) this.#arm(Math.max(left, timeout / 4));
      else if (left > 0) this.#arm(left);
      // Where this program was held up, the Pong is there and unread, or its Ping is still to go.
      else if (!last) this.#arm(Math.min(timeout / 4, LAST_LOOK), true);
      else this.#connection.timedOut();
    });
  }
}
