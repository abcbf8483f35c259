/**
 * Pings, their answers, and what no answer means (RFC 6455, sections 5.5.2 and 5.5.3).
 *
 * @module
 */

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
  /** Whether it is waiting for the peer: if its own side is slow, no Pong can be seen. */
  listening(): boolean;
  /** Ends it: no Pong came in time. */
  timedOut(): void;
}

/** A Ping's payload: whole seconds in eight bytes and nanoseconds in four, since the connection began. */
const PAYLOAD_LENGTH = 12;

/** The timers of one connection. {@linkcode stop} must be called. */
export class Keepalive {
  readonly #options: KeepaliveOptions;
  readonly #connection: KeepaliveConnection;
  readonly #began = performance.now();
  #lastPong = this.#began;
  #sent = 0;
  #pings?: ReturnType<typeof setInterval>;
  #watch?: ReturnType<typeof setTimeout>;

  /** Starts the timers that the options ask for. */
  constructor(options: KeepaliveOptions, connection: KeepaliveConnection) {
    this.#options = options;
    this.#connection = connection;
    if (options.interval !== undefined && options.maxPings !== 0) {
      this.#pings = setInterval(() => this.#ping(), options.interval * 1000);
    }
    if (options.timeout !== undefined) this.#arm(options.timeout * 1000);
  }

  /** Ends all timers. */
  stop(): void {
    clearInterval(this.#pings);
    clearTimeout(this.#watch);
  }

  /** Takes note of a Pong. */
  pong(payload: Uint8Array): void {
    this.#lastPong = performance.now();
    if (payload.length !== PAYLOAD_LENGTH) return;
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    const sent = Number(view.getBigUint64(0)) + view.getUint32(8) / 1e9;
    this.#options.onRoundTrip?.((this.#lastPong - this.#began) / 1000 - sent);
  }

  #ping(): void {
    const since = (performance.now() - this.#began) / 1000;
    const view = new DataView(new ArrayBuffer(PAYLOAD_LENGTH));
    view.setBigUint64(0, BigInt(Math.floor(since)));
    view.setUint32(8, Math.floor((since % 1) * 1e9));
    this.#connection.ping(new Uint8Array(view.buffer));
    if (++this.#sent === this.#options.maxPings) clearInterval(this.#pings);
  }

  #arm(delay: number): void {
    this.#watch = setTimeout(() => {
      const timeout = this.#options.timeout! * 1000;
      const left = this.#lastPong + timeout - performance.now();
      if (left > 0) this.#arm(left);
      else if (this.#connection.listening()) this.#connection.timedOut();
      else this.#arm(timeout);
    }, delay);
  }
}
