/**
 * One peer that many sessions write to.
 *
 * @module
 */
import { Batch, CONTINUED, MORE } from "../core/batch.ts";
import type { Log } from "../core/log.ts";
import type { Env, Opener } from "../core/opener.ts";
import type { Peer } from "../core/peer.ts";

/** Who is told what becomes of a {@linkcode SharedPeer}. */
export interface SharedPeerOwner {
  /** It has failed or was closed, so that every session has to end. */
  failed(error: unknown): void;
}

/** A session as {@linkcode SharedPeer} knows it. */
export interface SharingSession {
  /** What it is called in messages to people. */
  readonly name: string;
  /** Whether it has ended. */
  readonly gone: boolean;
}

/**
 * Opens one peer at the first request and keeps it until the run ends or it fails;
 * after a failure the next request opens another one. Writes go to it in the order
 * in which they come, and no message comes between the parts of another.
 */
export class SharedPeer {
  readonly #inner: Opener;
  readonly #log: Log;
  readonly #signal: AbortSignal;
  readonly #owner: SharedPeerOwner;
  readonly #track: Env["track"];
  #opening?: Promise<Peer>;
  #peer?: Peer;
  #writer?: WritableStreamDefaultWriter<Batch>;
  #stop?: () => void;
  /** Who is in the middle of a message, and its kind. */
  #holder?: SharingSession;
  #kind = 0;
  #waiting: (() => void)[] = [];

  /** Nothing is opened yet. */
  constructor(inner: Opener, env: Pick<Env, "log" | "signal" | "track">, owner: SharedPeerOwner) {
    this.#inner = inner;
    this.#log = env.log;
    this.#signal = env.signal;
    this.#track = env.track;
    this.#owner = owner;
  }

  /** The peer, opened if there is none. Throws what opening throws. */
  acquire(): Promise<Peer> {
    return this.#opening ??= this.#open().catch((error) => {
      this.#opening = undefined;
      throw error;
    });
  }

  async #open(): Promise<Peer> {
    const signal = this.#signal;
    const peer = await this.#inner.open({ signal });
    if (signal.aborted) {
      await peer.close();
      throw signal.reason;
    }
    this.#peer = peer;
    this.#writer = peer.writable.getWriter();
    this.#writer.closed.catch(() => {}); // Whoever writes hears of it.
    const stop = () => this.fail(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    this.#stop = () => signal.removeEventListener("abort", stop);
    return peer;
  }

  /** Ends the peer and every session with it. */
  fail(error: unknown): void {
    const peer = this.#peer;
    if (peer === undefined) return;
    this.#stop?.();
    this.#peer = undefined;
    this.#opening = undefined;
    this.#writer?.abort(error).catch(() => {});
    this.#writer = undefined;
    this.#holder = undefined;
    const closing = (async () => await peer.close())();
    this.#track?.(closing);
    closing.catch((error) => this.#log.debug(`closing ${peer.info.name}: ${error}`));
    this.#owner.failed(error);
    this.#release();
  }

  /** Writes for a session, when no other one is in the middle of a message. */
  async write(session: SharingSession, batch: Batch): Promise<void> {
    if (batch.length === 0) return;
    while (this.#holder !== undefined && this.#holder !== session && !session.gone) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    const writer = this.#writer;
    if (session.gone || writer === undefined) throw new Error("the shared connection has ended");
    const last = batch.length - 1;
    if (batch.flags(last) & MORE) {
      this.#holder = session;
      this.#kind = batch.kind(last);
    } else if (this.#holder === session) {
      this.#release();
    }
    try {
      await writer.write(batch);
    } catch (error) {
      if (this.#writer === writer) this.fail(error);
      throw error;
    }
  }

  /**
   * A session writes no more. What it wrote of a message that is not whole becomes
   * a message, for the others' messages must not continue it.
   */
  leave(session: SharingSession): void {
    if (this.#holder === session) {
      this.#log.warn(`${session.name} ended in the middle of a message, which is cut short`);
      const rest = Batch.of(new Uint8Array(0), this.#kind | CONTINUED);
      this.#writer?.write(rest).catch((error) => this.fail(error));
    }
    if (this.#holder === session || session.gone) this.#release(session);
  }

  #release(session?: SharingSession): void {
    if (session === undefined || this.#holder === session) this.#holder = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
