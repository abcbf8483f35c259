/**
 * One peer that many sessions write to.
 *
 * @module
 */
import type { Batch } from "../core/batch.ts";
import { WirecatError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { Env, Opener } from "../core/opener.ts";
import type { Peer } from "../core/peer.ts";
import { UnfinishedMessages } from "./unfinished_messages.ts";

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
  /** Ends it with an error. */
  fail(error: unknown): void;
}

/** What a {@linkcode SharedPeer} can be told. */
export interface SharedPeerOptions extends Pick<Env, "log" | "signal" | "track"> {
  /** The longest message of a session in bytes, where it arrives in parts. */
  readonly maxMessage: number;
  /** How many bytes of such messages are held at once; if not given, 256 MiB. */
  readonly maxUnfinished?: number;
}

/**
 * Opens one peer at the first request and keeps it until the run ends or it fails;
 * after a failure the next request opens another one. Messages go to it in the order
 * in which they are complete: one that arrives in parts is held until its last one, so that
 * nobody waits for whoever stops in the middle, and what never gets complete is dropped.
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
  readonly #unfinished: UnfinishedMessages<SharingSession>;
  /** Whom there was no room for any more. */
  readonly #refused = new WeakMap<SharingSession, unknown>();
  /** How many parts of long messages are being written. */
  #writing = 0;
  /** Who has the next part of a message meanwhile. */
  #waiting: { readonly session: SharingSession; readonly resolve: () => void }[] = [];

  /** Nothing is opened yet. */
  constructor(inner: Opener, options: SharedPeerOptions, owner: SharedPeerOwner) {
    this.#inner = inner;
    this.#log = options.log;
    this.#signal = options.signal;
    this.#track = options.track;
    this.#unfinished = new UnfinishedMessages(options.maxMessage, options.maxUnfinished);
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
    const peer = await this.#inner.open({ signal, shared: true });
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
    this.#unfinished.clear();
    const closing = (async () => await peer.close())();
    this.#track?.(closing);
    closing.catch((error) => this.#log.debug(`closing ${peer.info.name}: ${error}`));
    this.#owner.failed(error);
    this.#goOn();
  }

  /**
   * Writes for a session what is complete. Throws a protocol error when a message of it gets too
   * long; that is nobody else's failure.
   */
  async write(session: SharingSession, batch: Batch): Promise<void> {
    if (batch.length === 0) return;
    this.#check(session);
    const unfinished = this.#unfinished;
    if (!unfinished.concerns(session, batch)) return await this.#put(batch);
    // Nothing is gathered faster than it is written.
    while (this.#writing > 0) {
      await new Promise<void>((resolve) => this.#waiting.push({ session, resolve }));
      this.#check(session);
    }
    const ready = unfinished.add(session, batch);
    for (let stalest; (stalest = unfinished.stalest()) !== undefined;) this.#refuse(stalest);
    this.#writing += ready.length;
    await Promise.all(ready.map((part) => this.#put(part).finally(() => this.#written())));
  }

  #check(session: SharingSession): void {
    if (this.#refused.has(session)) throw this.#refused.get(session);
    if (session.gone || this.#writer === undefined) {
      throw new Error("the shared connection has ended");
    }
  }

  async #put(batch: Batch): Promise<void> {
    const writer = this.#writer!;
    try {
      await writer.write(batch);
    } catch (error) {
      if (this.#writer === writer) this.fail(error);
      throw error;
    }
  }

  #written(): void {
    if (--this.#writing === 0) this.#goOn();
  }

  #goOn(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { session } of waiting) this.#unfinished.touch(session);
    for (const { resolve } of waiting) resolve();
  }

  /** Gives up the session that has stopped in the middle of a message, to have room for others. */
  #refuse(session: SharingSession): void {
    this.#unfinished.drop(session);
    const said = `${session.name} stopped in the middle of a message, which is dropped`;
    const error = new WirecatError("abnormal", `${said}: too many long ones come at once`);
    this.#refused.set(session, error);
    this.#log.warn(error.message);
    session.fail(error);
  }

  /** A session writes no more. What it wrote of a message that is not whole is dropped. */
  leave(session: SharingSession): void {
    if (this.#unfinished.drop(session)) {
      this.#log.warn(`${session.name} ended in the middle of a message, which is dropped`);
    }
    if (!session.gone) return;
    for (const waiting of this.#waiting) if (waiting.session === session) waiting.resolve();
    this.#waiting = this.#waiting.filter((waiting) => waiting.session !== session);
  }
}
