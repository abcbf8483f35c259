/**
 * One connection for many sessions; what comes from it goes to whichever reads first.
 *
 * @module
 */
import { Batch, BYTES, CONTINUED, MORE } from "../core/batch.ts";
import { WirecatError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { connector, type Env, type Opener, type OpenRequest } from "../core/opener.ts";
import type { Peer, PeerInfo } from "../core/peer.ts";
import { SharedPeer } from "./shared_peer.ts";

/** What {@linkcode reuseRaw} can be told. */
export interface ReuseRawOptions {
  /** Whether an empty message is written when a session has ended. */
  readonly sayGoodbye: boolean;
  /**
   * The longest message in bytes, where it arrives in parts: from a session, and as much of one
   * from the connection waits for the session that has its beginning.
   */
  readonly maxMessage: number;
  /** Ends the connection when it is aborted. */
  readonly signal: AbortSignal;
  /** Takes the closing of the inner peer, for the program's end to wait for. */
  readonly track?: Env["track"];
  /** Where it is said that something went wrong with a message. */
  readonly log: Log;
}

/** An opener that can be used many times: each peer shares what `inner` opens once. */
export function reuseRaw(inner: Opener, options: ReuseRawOptions): Opener {
  const hub = new Hub(inner, options);
  return connector((request) => hub.join(request));
}

class Hub {
  readonly shared: SharedPeer;
  readonly log: Log;
  readonly sayGoodbye: boolean;
  readonly #maxMessage: number;
  readonly #sessions = new Set<Session>();
  /** Who waits for data, in the order of asking. */
  #waiting: Session[] = [];
  #reader?: ReadableStreamDefaultReader<Batch>;
  #reading = false;
  #ended = false;
  /** Whether what comes is dropped while there is no session that reads. */
  #discarding = false;
  /** What was read when nobody waited any more. */
  #kept?: Batch;
  /** Who has the beginning of the message that is coming in parts; gone if `null`. */
  #holder: Session | null | undefined;

  constructor(inner: Opener, options: ReuseRawOptions) {
    this.log = options.log;
    this.sayGoodbye = options.sayGoodbye;
    this.#maxMessage = options.maxMessage;
    this.shared = new SharedPeer(inner, options, {
      failed: (error) => {
        this.#reader?.cancel(error).catch(() => {});
        this.#reader = undefined;
        this.#ended = false;
        this.#discarding = false;
        this.#kept = undefined;
        this.#holder = undefined;
        this.#waiting = [];
        for (const session of [...this.#sessions]) session.fail(error);
      },
    });
  }

  async join(request: OpenRequest): Promise<Peer> {
    const peer = await this.shared.acquire();
    this.#reader ??= peer.readable.getReader();
    const left = request.left;
    const session = new Session(this, peer, left?.client ?? left?.name ?? "a client");
    this.#sessions.add(session);
    return session;
  }

  /** A session asks for data. */
  ask(session: Session): void {
    if (this.#ended) {
      session.end();
      return;
    }
    this.#waiting.push(session);
    this.#serve();
  }

  /** A session wants nothing of a connection that has to be read. */
  discard(): void {
    this.#discarding = true;
  }

  /** A session asks for nothing any more. */
  leave(session: Session): void {
    this.#sessions.delete(session);
    this.#waiting = this.#waiting.filter((waiting) => waiting !== session);
    if (this.#holder === session) this.#holder = null;
    this.#serve();
  }

  /** Reads if somebody waits, and hands out what was read. */
  #serve(): void {
    if (this.#kept !== undefined) {
      const batch = this.#kept;
      this.#kept = undefined;
      this.#give(batch);
    }
    const wanted = this.#waiting.length > 0 || this.#isUnheard();
    if (wanted && this.#kept === undefined && !this.#reading && !this.#ended) this.#read();
  }

  #isUnheard(): boolean {
    return this.#discarding && this.#sessions.size === 0;
  }

  async #read(): Promise<void> {
    const reader = this.#reader;
    if (reader === undefined) return;
    this.#reading = true;
    try {
      const { value, done } = await reader.read();
      this.#reading = false;
      if (this.#reader !== reader) return;
      if (done) {
        this.#ended = true;
        for (const session of [...this.#sessions]) session.end();
        return;
      }
      // A copy: this session may hold on to it while another one reads.
      if (value.length > 0) this.#give(value.copy());
      this.#serve();
    } catch (error) {
      this.#reading = false;
      if (this.#reader === reader) this.shared.fail(error);
    }
  }

  /** Hands a batch to the session that is in the middle of its message, else to who asked first. */
  #give(batch: Batch): void {
    if (this.#holder === null) {
      let from = 0;
      while (from < batch.length && batch.flags(from) & CONTINUED) from++;
      if (from > 0) {
        this.log.warn("a message is dropped: the client that had its beginning has ended");
      }
      if (from === batch.length) return;
      batch = batch.share(from);
      this.#holder = undefined;
    }
    const i = this.#holder === undefined ? 0 : this.#waiting.indexOf(this.#holder);
    if (i < 0) {
      this.#giveLater(this.#holder!, batch);
      return;
    }
    if (i >= this.#waiting.length) {
      if (!this.#isUnheard()) this.#kept = batch;
      return;
    }
    const [session] = this.#waiting.splice(i, 1);
    this.#holder = batch.flags(batch.length - 1) & MORE ? session : undefined;
    session.give(batch);
  }

  /** Parts of a message for a session that is slow to ask for them, while others wait. */
  #giveLater(session: Session, batch: Batch): void {
    if (session.behind > 0 && session.behind + batch.byteLength > this.#maxMessage) {
      this.#kept = batch;
      const said = `${session.name} reads too slowly, and lost a part of a long message`;
      const hint = "--max-ws-message-length is how much of one message may wait for it";
      session.fail(new WirecatError("abnormal", said, { hint }));
      return;
    }
    this.#holder = batch.flags(batch.length - 1) & MORE ? session : undefined;
    session.giveLater(batch);
  }
}

class Session implements Peer {
  readonly info: PeerInfo;
  readonly mustRead?: boolean;
  readonly name: string;
  readonly readable: ReadableStream<Batch>;
  readonly writable: WritableStream<Batch>;
  gone = false;
  readonly #hub: Hub;
  #controller!: ReadableStreamDefaultController<Batch>;
  #readEnded = false;
  #failure?: { error: unknown };
  /** What came while it did not ask, and how many bytes that is. */
  #queue: Batch[] = [];
  behind = 0;

  constructor(hub: Hub, inner: Peer, name: string) {
    this.#hub = hub;
    this.info = inner.info;
    this.mustRead = inner.mustRead;
    this.name = name;
    this.readable = new ReadableStream<Batch>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.#pull(),
      cancel: () => {
        this.#stopReading();
        if (this.mustRead) hub.discard();
        hub.leave(this);
      },
    }, { highWaterMark: 0 });
    this.writable = new WritableStream<Batch>({
      write: (batch) => {
        if (this.#failure !== undefined) throw this.#failure.error;
        return hub.shared.write(this, batch);
      },
      close: () => hub.shared.leave(this),
      abort: () => hub.shared.leave(this),
    }, { highWaterMark: 1 });
  }

  #pull(): void {
    const batch = this.#queue.shift();
    if (batch === undefined) {
      this.#hub.ask(this);
    } else {
      this.behind -= batch.byteLength;
      this.#controller.enqueue(batch);
    }
  }

  give(batch: Batch): void {
    this.#controller.enqueue(batch);
  }

  giveLater(batch: Batch): void {
    this.#queue.push(batch);
    this.behind += batch.byteLength;
  }

  #stopReading(): void {
    this.#readEnded = true;
    this.#queue = [];
    this.behind = 0;
  }

  /** Nothing more will come; what waits for it is still read, unless it is gone. */
  end(): void {
    if (this.#readEnded || this.#queue.length > 0 && !this.gone) return;
    this.#stopReading();
    this.#controller.close();
    this.#hub.leave(this);
  }

  fail(error: unknown): void {
    this.#failure ??= { error };
    if (this.#readEnded) return;
    this.#stopReading();
    this.#controller.error(error);
    this.#hub.leave(this);
  }

  close(): void {
    if (this.gone) return;
    this.gone = true;
    this.#hub.shared.leave(this);
    if (this.#hub.sayGoodbye) {
      const goodbye = Batch.of(new Uint8Array(0), BYTES);
      const last = { name: this.name, gone: false, fail: () => {} };
      this.#hub.shared.write(last, goodbye).catch((error) => this.#hub.log.debug(String(error)));
    }
    this.end();
  }
}
