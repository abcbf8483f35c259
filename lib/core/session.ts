/**
 * A session: two peers and the copying between them, with the rules for who closes
 * what and when.
 *
 * @module
 */
import { offAbort, onAbort } from "./abort.ts";
import { Batch } from "./batch.ts";
import { isGone } from "./errors.ts";
import { type BatchReader, type BatchWriter, readerOf, writerOf } from "./halves.ts";
import type { Peer } from "./peer.ts";
import { startTimer } from "./timer.ts";

/** The rules of a session. "Forward" is from the left peer to the right one. */
export interface SessionRules {
  /** End as soon as one direction has ended (`-E`). */
  readonly exitOnEof: boolean;
  /** Copy nothing forward (`-U`). */
  readonly skipForward: boolean;
  /** Copy nothing backward (`-u`). */
  readonly skipReverse: boolean;
  /** How many messages are copied forward; then that direction is at its end. */
  readonly maxForward: number;
  /** How many messages are copied backward. */
  readonly maxReverse: number;
  /** Messages that go forward before all others. */
  readonly preamble: readonly string[];
  /** Messages that go backward before all others. */
  readonly preambleReverse: readonly string[];
  /**
   * How long, in milliseconds, the right peer may be silent after the left one's end until
   * it is closed. Absent: it is closed at once, and what still comes is waited for.
   */
  readonly linger?: number;
  /** A Close frame that comes ends its direction only (`--half-close`). */
  readonly halfClose?: boolean;
}

/** Both directions, each to its end. */
export const BOTH_WAYS: SessionRules = {
  exitOnEof: false,
  skipForward: false,
  skipReverse: false,
  maxForward: Infinity,
  maxReverse: Infinity,
  preamble: [],
  preambleReverse: [],
};

/**
 * Copies until the session is over. Neither peer is closed: that is up to the caller,
 * who also ends a session early by closing them. Throws the first error of either peer, or
 * the reason of `signal` when that is aborted.
 */
export async function runSession(
  left: Peer,
  right: Peer,
  rules: SessionRules,
  signal?: AbortSignal,
): Promise<void> {
  const clock = rules.linger === undefined ? undefined : new SilenceClock(rules.linger);
  const forward = new Direction(left, right, rules.maxForward);
  const reverse = new Direction(right, left, rules.maxReverse, clock);
  const over = Promise.withResolvers<void>();
  if (rules.halfClose) {
    left.control?.halfClose?.();
    right.control?.halfClose?.();
  }
  try {
    if (signal !== undefined) onAbort(signal, over.reject);
    // A preamble goes out in a skipped direction, too: `-U -p subscribe`.
    if (rules.preamble.length > 0) {
      await Promise.race([forward.send(rules.preamble), over.promise]);
    }
    if (rules.preambleReverse.length > 0) {
      await Promise.race([reverse.send(rules.preambleReverse), over.promise]);
    }
    const forwardDone = rules.skipForward ? forward.skip() : forward.run(clock);
    const reverseDone = rules.skipReverse ? reverse.skip() : reverse.run();
    // Where nothing is to come any more, there is nothing to linger for.
    if (clock !== undefined) reverseDone.then(() => clock.end(), () => {});
    let running = 2;
    const oneDone = () => {
      if (--running === 0) over.resolve();
    };
    const { exitOnEof } = rules;
    forwardDone.then(exitOnEof && !rules.skipForward ? over.resolve : oneDone, over.reject);
    reverseDone.then(exitOnEof && !rules.skipReverse ? over.resolve : oneDone, over.reject);
    endWith(left, forwardDone, over);
    endWith(right, reverseDone, over);
    await over.promise;
    // Held back until now: a Close frame at the start would end what the other direction is for.
    if (rules.skipForward) await forward.finish();
    if (rules.skipReverse) await reverse.finish();
  } finally {
    if (signal !== undefined) offAbort(signal, over.reject);
    clock?.stop();
  }
}

/**
 * Ends the session when a peer with a closing handshake has closed and what it sent has been
 * handed on: nothing can come or go any more, so that waiting for the other peer is in vain.
 */
function endWith(peer: Peer, handedOn: Promise<void>, over: PromiseWithResolvers<void>): void {
  peer.closed?.then(() => handedOn.then(over.resolve, over.reject));
}

/** One direction of a session. */
class Direction {
  readonly #from: Peer;
  readonly #to: Peer;
  readonly #clock?: SilenceClock;
  #left: number;
  #writer?: BatchWriter;

  constructor(from: Peer, to: Peer, most: number, clock?: SilenceClock) {
    this.#from = from;
    this.#to = to;
    this.#left = most;
    this.#clock = clock;
  }

  #open(): BatchWriter {
    return this.#writer ??= writerOf(this.#to);
  }

  async send(messages: readonly string[]): Promise<void> {
    for (const message of messages) {
      try {
        await this.#open().write(Batch.of(new TextEncoder().encode(message)));
      } catch (error) {
        if (!isGone(error)) throw error; // The copying finds the same and ends in order.
      }
    }
  }

  /** Copies nothing, but lets a peer that has to be read see to its control frames. */
  async skip(): Promise<void> {
    if (this.#from.mustRead) await readerOf(this.#from).cancel();
  }

  /** Copies to the end, then tells the receiver, unless it is gone. */
  async run(clock?: SilenceClock): Promise<void> {
    const writer = this.#open();
    const reader = readerOf(this.#from);
    const heard = this.#clock;
    while (this.#left > 0) {
      let batch: Batch | undefined;
      try {
        batch = await reader.read();
      } catch (error) {
        if (!isGone(error)) throw error;
      }
      if (batch === undefined) break;
      heard?.hear();
      if (this.#left !== Infinity) this.#count(batch);
      try {
        await writer.write(batch);
      } catch (error) {
        if (isGone(error) && this.#to.info.client !== undefined) drain(reader);
        else stop(reader, error);
        if (isGone(error)) return;
        throw error;
      }
      heard?.heard();
    }
    if (this.#left <= 0) stop(reader);
    if (clock !== undefined) {
      await writer.flush?.();
      await clock.silence();
    }
    await this.finish();
  }

  /** Tells the receiver that no more will come. */
  async finish(): Promise<void> {
    try {
      await this.#open().close();
    } catch (error) {
      if (!isGone(error) && !(error instanceof TypeError)) throw error;
    }
  }

  /** Takes the batch's whole messages from what is left, and drops those beyond. */
  #count(batch: Batch): void {
    for (let i = 0; i < batch.length; i++) {
      if (!batch.isLast(i)) continue;
      if (--this.#left === 0) batch.truncate(i + 1);
    }
  }
}

/**
 * Reads on for a client that is gone, until the session is over: a server may take nothing more
 * of what the client has sent until its answers are taken, and then nobody would ever find out
 * that there is no client any more.
 */
async function drain(reader: BatchReader): Promise<void> {
  try {
    while (await reader.read() !== undefined);
  } catch {
    // The session is over, and its peers are closed.
  }
}

/** Says that nobody wants any more of it. */
function stop(reader: BatchReader, reason?: unknown): void {
  reader.cancel(reason).catch(() => {});
}

/** Waits until nothing has been heard for some time. */
class SilenceClock {
  readonly #delay: number;
  readonly #over = Promise.withResolvers<void>();
  #lastHeard = 0;
  #stopTimer?: () => void;

  constructor(delay: number) {
    this.#delay = delay;
  }

  /** Something comes; it is no silence while it is being handed on. */
  hear(): void {
    this.#lastHeard = Infinity;
  }

  /** It has been handed on. */
  heard(): void {
    this.#lastHeard = performance.now();
  }

  /** Resolves after the silence, or at the end. */
  silence(): Promise<void> {
    if (this.#lastHeard !== Infinity) this.heard();
    if (this.#delay !== Infinity) this.#arm(this.#delay);
    return this.#over.promise;
  }

  #arm(delay: number): void {
    this.#stopTimer = startTimer(delay, () => {
      const left = Math.min(this.#delay, this.#lastHeard + this.#delay - performance.now());
      if (left > 0) this.#arm(left);
      else this.#over.resolve();
    });
  }

  /** Ends the silence. */
  end(): void {
    this.stop();
    this.#over.resolve();
  }

  /** Forgets it: whoever waits is not woken, because others end the session now. */
  stop(): void {
    this.#stopTimer?.();
  }
}
