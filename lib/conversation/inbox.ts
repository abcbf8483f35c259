/**
 * What has come and was not expected yet. Control frames are kept apart from messages: a Ping
 * between two messages changes nothing for who waits for the second.
 *
 * @module
 */
import { offAbort, onAbort } from "../core/abort.ts";
import { startTimer } from "../core/timer.ts";
import type { Channel } from "../events/channel.ts";
import type { ConnectionEvent, ErrorEvent } from "../events/event.ts";

/** An event of one type. */
type EventOf<T extends ConnectionEvent["type"]> = Extract<ConnectionEvent, { type: T }>;

/** What is waited for: a message, or what ends the connection. */
export type Arrival = EventOf<"message" | "close" | "error">;

/** Nothing is read while so much waits to be expected: messages, and bytes. */
const MAX_WAITING = 10_000;
const MAX_BYTES = 64 * 1024 * 1024;
/** How many control frames are kept. */
const MAX_CONTROL = 1000;
/**
 * Who looks so late, in milliseconds, was stopped or had no processor: what has come meanwhile is
 * not read yet, and gets as long to be. That may happen again, so many times.
 */
const HELD_UP = 20;
const MORE_LOOKS = 10;

/** Reads a channel's events as they come, so that Pings are answered, and keeps them. */
export class Inbox {
  readonly #channel: Channel;
  readonly #signal: AbortSignal;
  readonly #arrivals: Arrival[] = [];
  #control: EventOf<"ping" | "pong">[] = [];
  #bytes = 0;
  #end?: EventOf<"close">;
  #failure?: ErrorEvent;
  #pumping?: Promise<void>;
  #wake?: () => void;

  /** Begins to read. `signal` ends all waiting with its reason. */
  constructor(channel: Channel, signal: AbortSignal) {
    this.#channel = channel;
    this.#signal = signal;
    this.#pump();
  }

  /** How many messages wait. */
  get waiting(): number {
    return this.#arrivals.length;
  }

  /** How the connection ended, if it has; messages may still wait. */
  get end(): EventOf<"close"> | undefined {
    return this.#end;
  }

  #pump(): void {
    if (this.#pumping !== undefined || this.#end !== undefined || this.#full) return;
    this.#pumping = this.#channel.next().then((event) => {
      this.#pumping = undefined;
      if (event !== undefined) {
        this.#put(event);
        this.#pump();
      }
      this.#wake?.();
    });
  }

  get #full(): boolean {
    return this.#arrivals.length >= MAX_WAITING || this.#bytes >= MAX_BYTES;
  }

  #put(event: ConnectionEvent): void {
    switch (event.type) {
      case "message":
        this.#arrivals.push(event);
        this.#bytes += event.bytes.length;
        break;
      case "ping":
      case "pong":
        this.#control.push(event);
        if (this.#control.length > MAX_CONTROL) this.#control.shift();
        break;
      case "error":
        this.#failure = event;
        break;
      case "close":
        this.#end = event;
    }
  }

  /** The next message, or what ended the connection; nothing when the time is up. */
  async next(seconds: number): Promise<Arrival | undefined> {
    return await this.#wait(seconds, () => {
      const arrival = this.#arrivals.shift();
      if (arrival?.type === "message") {
        this.#bytes -= arrival.bytes.length;
        this.#pump();
      }
      return arrival ?? this.#ended();
    });
  }

  /** Puts a message back, to be the next one. */
  putBack(arrival: Arrival): void {
    if (arrival.type !== "message") return;
    this.#arrivals.unshift(arrival);
    this.#bytes += arrival.bytes.length;
  }

  /** The next Ping or Pong, or what ended the connection; nothing when the time is up. */
  async nextControl(
    type: "ping" | "pong",
    seconds: number,
  ): Promise<EventOf<"ping" | "pong"> | Arrival | undefined> {
    return await this.#wait(seconds, () => {
      const at = this.#control.findIndex((event) => event.type === type);
      if (at < 0) return this.#ended();
      const [found] = this.#control.splice(at, 1);
      return found;
    });
  }

  /** Resolves to whether the connection ended in that time; messages are left. */
  async ended(seconds: number): Promise<boolean> {
    return await this.#wait(seconds, () => {
      if (this.#full) this.#arrivals.length = this.#bytes = 0; // Nobody asks for them any more.
      this.#pump();
      return this.#ended();
    }) !== undefined;
  }

  #ended(): Arrival | undefined {
    if (this.#end === undefined) return undefined;
    return this.#failure === undefined ? this.#end : { ...this.#failure, time: this.#end.time };
  }

  /** What `look` finds, now or when it is there. */
  async #wait<T>(seconds: number, look: () => T | undefined): Promise<T | undefined> {
    let until = performance.now() + seconds * 1000;
    for (let more = MORE_LOOKS;;) {
      this.#signal.throwIfAborted();
      const found = look();
      if (found !== undefined) return found;
      const left = until - performance.now();
      if (left < -HELD_UP && more-- > 0) until = performance.now() + HELD_UP;
      else if (left <= 0) return undefined;
      else await this.#woken(left);
    }
  }

  #woken(milliseconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const stopTimer = startTimer(milliseconds, resolve);
    const wake = () => resolve();
    this.#wake = wake;
    onAbort(this.#signal, wake);
    return promise.finally(() => {
      stopTimer();
      offAbort(this.#signal, wake);
    });
  }
}
