/**
 * One connection for many sessions, each of which gets everything that comes from it.
 *
 * @module
 */
import { type Batch, CONTINUED } from "../core/batch.ts";
import { WirecatError } from "../core/errors.ts";
import { type Log, warnOnce } from "../core/log.ts";
import { connector, type Env, type Opener, type OpenRequest } from "../core/opener.ts";
import type { Peer, PeerInfo } from "../core/peer.ts";
import { SharedPeer } from "./shared_peer.ts";

/** What {@linkcode broadcast} can be told. */
export interface BroadcastOptions {
  /**
   * How many batches may wait for a client before what follows is dropped for it. If not
   * given, as many as {@linkcode WINDOW} bytes, and no more than {@linkcode MOST_BATCHES}.
   */
  readonly queueLength?: number;
  /**
   * The longest message in bytes, where it arrives in parts: from a client, and as much of one
   * that it has the beginning of may wait for a client beyond its queue.
   */
  readonly maxMessage: number;
  /** Ends the connection when it is aborted. */
  readonly signal: AbortSignal;
  /** Takes the closing of the inner peer, for the program's end to wait for. */
  readonly track?: Env["track"];
  /** Where it is said that something was dropped. */
  readonly log: Log;
}

/** How far behind a client may be, in bytes. All clients share the same ones. */
const WINDOW = 16 * 1024 * 1024;
/** The same in batches: each costs a client's queue about 100 bytes. */
const MOST_BATCHES = 1024;

/**
 * An opener that can be used many times: each peer shares what `inner` opens once.
 *
 * The connection is read at the pace of the fastest client. A client may be
 * `queueLength` batches behind, or {@linkcode WINDOW} bytes; when it is further behind, what comes is dropped for
 * it, whole messages only. A lone client is never dropped for: it holds up the source.
 */
export function broadcast(inner: Opener, options: BroadcastOptions): Opener {
  const hub = new Hub(inner, options);
  return connector((request) => hub.join(request));
}

class Hub {
  readonly shared: SharedPeer;
  readonly log: Log;
  readonly queueLength?: number;
  readonly maxMessage: number;
  /** How many bytes have been delivered. */
  position = 0;
  /** Those that read. */
  readonly #clients = new Set<Client>();
  /** How many there are, whether they read or not. */
  #joined = 0;
  /** How many clients wait for data, and how many have a full queue. */
  idle = 0;
  full = 0;
  ended = false;
  #reader?: ReadableStreamDefaultReader<Batch>;
  #wake?: () => void;
  #name = "";
  /** Whether a person writes what comes. */
  #typed = false;
  #unheard = 0;

  constructor(inner: Opener, options: BroadcastOptions) {
    this.log = options.log;
    this.queueLength = options.queueLength;
    this.maxMessage = options.maxMessage;
    this.shared = new SharedPeer(inner, options, {
      failed: (error) => {
        this.#reader?.cancel(error).catch(() => {});
        this.#reader = undefined;
        this.ended = false;
        for (const client of [...this.#clients]) client.fail(error);
        this.changed();
      },
    });
  }

  async join(request: OpenRequest): Promise<Peer> {
    const peer = await this.shared.acquire();
    const left = request.left;
    const client = new Client(this, peer, left?.client ?? left?.name ?? "a client");
    if (this.#unheard > 0) {
      const count = this.#unheard;
      this.#unheard = 0;
      this.log.warn(`${messages(count)} from ${this.#name} came while nobody was connected`);
    }
    this.#clients.add(client);
    this.#joined++;
    this.changed();
    // Not before now: what comes at once is for this client.
    if (this.#reader === undefined) {
      this.#typed = peer.info.name === "stdio" && Deno.stdin.isTerminal();
      this.#name = peer.info.name === "stdio" ? "standard input" : peer.info.name;
      this.#pump(this.#reader = peer.readable.getReader());
    }
    return client;
  }

  /** A client reads no more. */
  leave(client: Client): void {
    this.#clients.delete(client);
    this.changed();
  }

  /** A client is gone. */
  part(client: Client): void {
    this.#joined--;
    this.shared.leave(client);
  }

  /** Something that {@linkcode #pump} may wait for has happened. */
  changed(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  async #pump(reader: ReadableStreamDefaultReader<Batch>): Promise<void> {
    try {
      for (;;) {
        const { value, done } = await reader.read();
        if (this.#reader !== reader) return;
        if (done) break;
        while (this.full > 0 && this.idle === 0) {
          await new Promise<void>((resolve) => this.#wake = resolve);
        }
        if (this.#reader !== reader) return;
        if (value.length > 0) this.#deliver(value);
      }
      this.ended = true;
      this.log.info(`nothing more will come from ${this.#name}`);
      for (const client of this.#clients) client.innerEnded();
    } catch (error) {
      if (this.#reader === reader) this.shared.fail(error);
    }
  }

  #deliver(batch: Batch): void {
    const count = countMessages(batch);
    if (this.#clients.size === 0) {
      if (this.#joined > 0) return; // Those who are there want nothing.
      if (this.#unheard === 0) {
        const what = this.#typed ? "what is typed now" : `what comes from ${this.#name}`;
        this.log.warn(`nobody is connected: ${what} is dropped`);
      }
      this.#unheard += count;
      return;
    }
    // The only copy: the clients share it.
    const copy = batch.copy();
    const begins = (copy.flags(0) & CONTINUED) === 0;
    const more = !copy.isLast(copy.length - 1);
    for (const client of this.#clients) client.offer(copy, count, begins, more);
    this.position += copy.bytes.length;
  }
}

/** How many messages begin in a batch. */
function countMessages(batch: Batch): number {
  let count = 0;
  for (let i = 0; i < batch.length; i++) if ((batch.flags(i) & CONTINUED) === 0) count++;
  return count;
}

function messages(count: number): string {
  return count === 1 ? "1 message" : `${count} messages`;
}

class Client implements Peer {
  readonly info: PeerInfo;
  readonly mustRead?: boolean;
  readonly name: string;
  readonly readable: ReadableStream<Batch>;
  readonly writable: WritableStream<Batch>;
  gone = false;
  readonly #hub: Hub;
  readonly #tellDropping: (message: string, hint: string) => void;
  #controller!: ReadableStreamDefaultController<Batch>;
  #queue: Batch[] = [];
  /** Where in all that was delivered each batch of the queue begins. */
  #positions: number[] = [];
  /** Whether it waits for data. */
  #idle = false;
  /** Whether its queue is full. */
  #full = false;
  /** Whether it has got the beginning of a message whose rest is to come. */
  #inMessage = false;
  /** How many bytes of that message it has been given with its queue full. */
  #over = 0;
  #writeEnded = false;
  #readEnded = false;
  #failure?: { error: unknown };
  #dropping = 0;
  #dropped = 0;

  constructor(hub: Hub, inner: Peer, name: string) {
    this.#hub = hub;
    this.#tellDropping = warnOnce(hub.log);
    this.info = inner.info;
    this.mustRead = inner.mustRead;
    this.name = name;
    this.readable = new ReadableStream<Batch>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.#pull(),
      cancel: () => this.#stopReading(),
    }, { highWaterMark: 0 });
    this.writable = new WritableStream<Batch>({
      write: (batch) => {
        if (this.#failure !== undefined) throw this.#failure.error;
        return hub.shared.write(this, batch);
      },
      close: () => this.#stopWriting(),
      abort: () => this.#stopWriting(),
    }, { highWaterMark: 1 });
  }

  #pull(): void {
    const batch = this.#queue.shift();
    if (batch !== undefined) {
      this.#positions.shift();
      this.#controller.enqueue(batch);
      if (this.#queue.length === 0) this.#caughtUp();
      this.#setFull(this.#isFull());
    } else if (this.#hub.ended && this.#writeEnded) {
      this.#end();
    } else {
      this.#setIdle(true);
    }
  }

  /** Takes a batch or drops it; `count` messages begin in it, `begins` and `more` tell of parts. */
  offer(batch: Batch, count: number, begins: boolean, more: boolean): void {
    if (this.#readEnded) return;
    if (!this.#idle && this.#isFull()) {
      if (this.#inMessage) this.#giveRest(batch, count);
      else this.#drop(count);
      return;
    }
    let from = 0;
    if (!begins && !this.#inMessage) {
      // The beginning of this message was not for it.
      while (from < batch.length && batch.flags(from) & CONTINUED) from++;
      if (from === batch.length) return;
    }
    this.#inMessage = more;
    if (this.#idle) {
      this.#setIdle(false);
      this.#controller.enqueue(batch.share(from));
    } else {
      this.#queue.push(batch.share(from));
      this.#positions.push(this.#hub.position);
      this.#setFull(this.#isFull(batch.bytes.length));
    }
  }

  /** Its queue is full, but it has the beginning of a message: the rest is still for it. */
  #giveRest(batch: Batch, count: number): void {
    const rest = batch.share();
    let last = 0;
    while (last < rest.length && !rest.isLast(last)) last++;
    rest.truncate(last + 1);
    this.#over += rest.byteLength;
    if (this.#over > this.#hub.maxMessage) {
      this.fail(
        new WirecatError(
          "abnormal",
          `${this.name} reads too slowly, and lost a part of a long message`,
          { hint: "--max-ws-message-length is how much of one message may wait for it" },
        ),
      );
      return;
    }
    this.#queue.push(rest);
    this.#positions.push(this.#hub.position);
    this.#inMessage = !rest.isLast(rest.length - 1);
    if (this.#inMessage) return;
    this.#over = 0;
    if (count > 0) this.#drop(count);
  }

  /** Whether it may not be further behind, when `more` bytes have been delivered. */
  #isFull(more = 0): boolean {
    const { length } = this.#queue;
    const { queueLength, position } = this.#hub;
    if (queueLength !== undefined) return length >= queueLength;
    if (length === 0) return false;
    return length >= MOST_BATCHES || position + more - this.#positions[0] >= WINDOW;
  }

  #drop(count: number): void {
    if (this.#dropping === 0) {
      this.#tellDropping(
        `${this.name} reads too slowly: what it cannot take is dropped`,
        "a larger --queue-len lets clients be further behind",
      );
    }
    this.#dropping += count;
  }

  #caughtUp(): void {
    if (this.#dropping === 0) return;
    this.#dropped += this.#dropping;
    this.#hub.log.info(`${this.name} has caught up, without ${messages(this.#dropping)}`);
    this.#dropping = 0;
  }

  #setIdle(idle: boolean): void {
    if (idle === this.#idle) return;
    this.#idle = idle;
    this.#hub.idle += idle ? 1 : -1;
    if (idle && this.#hub.idle === 1) this.#hub.changed();
  }

  #setFull(full: boolean): void {
    if (full === this.#full) return;
    this.#full = full;
    this.#hub.full += full ? 1 : -1;
    if (!full && this.#hub.full === 0) this.#hub.changed();
  }

  /** The inner side has ended: a client may still write, but one that has ended too is done. */
  innerEnded(): void {
    if (this.#writeEnded && this.#idle) this.#end();
  }

  #stopWriting(): void {
    this.#writeEnded = true;
    this.#hub.shared.leave(this);
    if (this.#hub.ended && this.#idle) this.#end();
  }

  #end(): void {
    if (this.#readEnded) return;
    this.#controller.close();
    this.#stopReading();
  }

  #stopReading(): void {
    if (this.#readEnded) return;
    this.#readEnded = true;
    this.#queue = [];
    this.#positions = [];
    this.#setIdle(false);
    this.#setFull(false);
    this.#hub.leave(this);
    this.#dropped += this.#dropping;
    this.#dropping = 0;
    if (this.#dropped > 0) {
      this.#hub.log.warn(`${this.name} has missed ${messages(this.#dropped)}`);
    }
  }

  /** Ends the client with an error. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    if (!this.#readEnded) {
      this.#controller.error(error);
      this.#stopReading();
    }
  }

  close(): void {
    if (this.gone) return;
    this.gone = true;
    this.#end();
    this.#hub.part(this);
  }
}
