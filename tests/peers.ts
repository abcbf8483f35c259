/**
 * Peers in memory: a test plays the other end. They are as strict as the contract of
 * `Batch` lets them be: what was read is overwritten when the next batch is asked
 * for, and what was written is scrambled where the writer may scramble it.
 *
 * @module
 */
import { Batch, BYTES, CONTINUED, MORE } from "../lib/core/batch.ts";
import { Log, type Verbosity } from "../lib/core/log.ts";
import type { Env, Listener, Opener, OpenRequest } from "../lib/core/opener.ts";
import { OptionValues } from "../lib/core/option.ts";
import type { Peer, PeerInfo } from "../lib/core/peer.ts";
import { Registry, type SpecFamily } from "../lib/core/registry.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A message as a test writes it: text of kind `BYTES`, or text with flags. */
export type Message = string | readonly [text: string, flags: number];

/** A batch of its own with these messages. */
export function batchOf(...messages: Message[]): Batch {
  const parts = messages.map((m) => typeof m === "string" ? [m, BYTES] as const : m)
    .map(([text, flags]) => [encoder.encode(text), flags] as const);
  const batch = new Batch(new Uint8Array(parts.reduce((sum, [b]) => sum + b.length, 0)));
  let at = 0;
  for (const [bytes, flags] of parts) {
    batch.bytes.set(bytes, at);
    batch.push(at, at += bytes.length, flags);
  }
  return batch;
}

/** The messages of a batch as text; parts carry `>` where more follows and `<` where they go on. */
export function messagesOf(batch: Batch): string[] {
  return Array.from({ length: batch.length }, (_, i) => {
    const flags = batch.flags(i);
    const text = decoder.decode(batch.message(i));
    return (flags & CONTINUED ? "<" : "") + text + (flags & MORE ? ">" : "");
  });
}

/** Overwrites what a consumer may overwrite. */
function scramble(batch: Batch): void {
  if (batch.shared || batch.length === 0) return;
  batch.bytes.fill(0x21, batch.floor, batch.end(batch.length - 1));
}

/** A value that a test waits for. */
export class Wait<T> {
  readonly #values: T[] = [];
  readonly #takers: ((value: T) => void)[] = [];

  put(value: T): void {
    const taker = this.#takers.shift();
    if (taker === undefined) this.#values.push(value);
    else taker(value);
  }

  /** The next value, now or when it comes. */
  take(): Promise<T> {
    if (this.#values.length > 0) return Promise.resolve(this.#values.shift()!);
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  /** How many values wait to be taken. */
  get size(): number {
    return this.#values.length;
  }
}

/** A peer whose other end is the test. */
export class MemoryPeer implements Peer {
  readonly info: PeerInfo;
  readonly readable: ReadableStream<Batch>;
  readonly writable: WritableStream<Batch>;
  /** All messages that were written. */
  readonly written: string[] = [];
  mustRead = false;
  /** How often `close()` was called. */
  closes = 0;
  /** Whether `writable` was closed or aborted, or `readable` cancelled. */
  writeEnd?: "closed" | "aborted";
  cancelled = false;
  /** How many batches were asked for. */
  pulls = 0;
  readonly #arrivals = new Wait<Batch | "end" | { error: unknown }>();
  readonly #writes = new Wait<string>();
  readonly #ended = Promise.withResolvers<"closed" | "aborted">();
  readonly #closed = Promise.withResolvers<void>();
  #last?: Batch;
  #gate?: PromiseWithResolvers<void>;
  #failWrites?: unknown;

  constructor(name = "memory:") {
    this.info = { name };
    this.readable = new ReadableStream<Batch>({
      pull: (controller) => this.#pull(controller),
      cancel: () => {
        this.cancelled = true;
      },
    }, { highWaterMark: 0 });
    this.writable = new WritableStream<Batch>({
      write: (batch, controller) => this.#write(batch, controller),
      close: () => {
        this.#finish("closed");
      },
      abort: () => this.#finish("aborted"),
    }, { highWaterMark: 1 });
  }

  async #pull(controller: ReadableStreamDefaultController<Batch>): Promise<void> {
    this.pulls++;
    if (this.#last !== undefined) {
      this.#last.bytes.fill(0x3f);
      this.#last = undefined;
    }
    const arrival = await Promise.race([this.#arrivals.take(), this.#closed.promise]);
    if (this.cancelled) return;
    if (arrival === undefined) controller.error(new Error("the peer was closed"));
    else if (arrival === "end") controller.close();
    else if (arrival instanceof Batch) controller.enqueue(this.#last = arrival);
    else controller.error(arrival.error);
  }

  async #write(batch: Batch, controller: WritableStreamDefaultController): Promise<void> {
    if (this.#gate !== undefined) {
      const stop = Promise.withResolvers<never>();
      stop.promise.catch(() => {});
      controller.signal.addEventListener("abort", () => stop.reject(controller.signal.reason));
      await Promise.race([this.#gate.promise, stop.promise, this.#closed.promise]);
    }
    if (this.closes > 0) throw new Error("the peer was closed");
    if (this.#failWrites !== undefined) {
      scramble(batch);
      throw this.#failWrites;
    }
    for (const message of messagesOf(batch)) {
      this.written.push(message);
      this.#writes.put(message);
    }
    scramble(batch);
  }

  #finish(how: "closed" | "aborted"): void {
    this.writeEnd = how;
    this.#ended.resolve(how);
  }

  /** One batch comes from the other end. */
  push(...messages: Message[]): void {
    this.#arrivals.put(batchOf(...messages));
  }

  /** The other end says that no more will come. */
  end(): void {
    this.#arrivals.put("end");
  }

  /** Reading fails. */
  fail(error: unknown): void {
    this.#arrivals.put({ error });
  }

  /** From now on writes fail, after changing what they may change. */
  failWrites(error: unknown): void {
    this.#failWrites = error;
  }

  /** From now on writes do not resolve until {@linkcode unblock}. */
  block(): void {
    this.#gate ??= Promise.withResolvers<void>();
  }

  unblock(): void {
    this.#gate?.resolve();
    this.#gate = undefined;
  }

  /** The next message written, now or when it comes. */
  next(): Promise<string> {
    return this.#writes.take();
  }

  /** Resolves when `writable` is closed or aborted. */
  get ended(): Promise<"closed" | "aborted"> {
    return this.#ended.promise;
  }

  /** Resolves when the peer is closed. */
  get gone(): Promise<void> {
    return this.#closed.promise;
  }

  close(): void {
    this.closes++;
    this.#closed.resolve();
  }
}

/** An opener of memory peers; `peers` has all that were opened, in order. */
export class MemoryOpener implements Opener {
  readonly peers: MemoryPeer[] = [];
  /** How often it was asked to open one. */
  attempts = 0;
  readonly #opened = new Wait<MemoryPeer>();
  #failures: unknown[] = [];
  #prepare?: (peer: MemoryPeer) => void;

  /** `prepare` sees each peer before it is handed out. */
  constructor(prepare?: (peer: MemoryPeer) => void) {
    this.#prepare = prepare;
  }

  open(request: OpenRequest): Promise<Peer> {
    this.attempts++;
    if (request.signal.aborted) return Promise.reject(request.signal.reason);
    if (this.#failures.length > 0) return Promise.reject(this.#failures.shift());
    const peer = new MemoryPeer(`memory:${this.peers.length}`);
    this.#prepare?.(peer);
    this.peers.push(peer);
    this.#opened.put(peer);
    return Promise.resolve(peer);
  }

  /** The next attempts fail with these. */
  failNext(...errors: unknown[]): void {
    this.#failures.push(...errors);
  }

  /** The next peer that was opened, now or when it is. */
  opened(): Promise<MemoryPeer> {
    return this.#opened.take();
  }
}

/** An opener that listens; a client comes when the test calls `connect`. */
export class MemoryListener implements Opener {
  /** How many are listening now, and how many have listened. */
  listening = 0;
  listened = 0;
  readonly #clients = new Wait<Opener | undefined>();

  /** A client connects. */
  connect(peer: MemoryPeer = new MemoryPeer("memory client")): MemoryPeer {
    this.#clients.put({ open: () => Promise.resolve(peer) });
    return peer;
  }

  async open(request: OpenRequest): Promise<Peer> {
    const listening = await this.listen();
    for await (const client of listening) {
      listening.close();
      return client.open(request);
    }
    throw new Error("closed");
  }

  listen(): Promise<Listener> {
    this.listening++;
    this.listened++;
    const clients = this.#clients;
    let closed = false;
    const close = () => {
      if (closed) return;
      closed = true;
      this.listening--;
      clients.put(undefined);
    };
    return Promise.resolve({
      close,
      async *[Symbol.asyncIterator]() {
        while (!closed) {
          const client = await clients.take();
          if (client === undefined) return;
          yield client;
        }
      },
    });
  }
}

/** What a run shares, for a test: diagnostics go to `lines`. */
export interface TestEnv extends Env {
  readonly lines: string[];
}

/** An environment with these option values and specifiers. */
export function testEnv(
  options: Record<string, unknown> = {},
  families: readonly SpecFamily[] = [],
  verbosity: Verbosity = 2,
  signal: AbortSignal = new AbortController().signal,
): TestEnv {
  const lines: string[] = [];
  return {
    options: new OptionValues(new Map(Object.entries(options))),
    log: new Log(verbosity, (line) => lines.push(line)),
    registry: new Registry(families),
    signal,
    lines,
  };
}

/** A request that nothing aborts, unless a controller is given. */
export function request(controller = new AbortController(), left?: PeerInfo): OpenRequest {
  return { signal: controller.signal, left };
}

/** The opener of the overlay `name` of a family over `inner`. */
export function overlayOpener(
  family: SpecFamily,
  name: string,
  inner: Opener,
  env: Env,
): Opener {
  const type = family.specifiers.find((t) => t.names.includes(name));
  if (type?.kind !== "overlay") throw new Error(`no overlay ${name}:`);
  return type.opener(inner, env);
}

/** Reads message after message, holding on to a batch no longer than it may. */
export class MessageReader {
  readonly #reader: ReadableStreamDefaultReader<Batch>;
  #waiting: string[] = [];

  constructor(readable: ReadableStream<Batch>) {
    this.#reader = readable.getReader();
  }

  /** The next message, or `undefined` at the end. */
  async next(): Promise<string | undefined> {
    while (this.#waiting.length === 0) {
      const { value, done } = await this.#reader.read();
      if (done) return undefined;
      this.#waiting = messagesOf(value);
      if (!value.shared) scramble(value);
    }
    return this.#waiting.shift();
  }

  /** All messages until the end. */
  async rest(): Promise<string[]> {
    const all: string[] = [];
    for (let m = await this.next(); m !== undefined; m = await this.next()) all.push(m);
    return all;
  }

  cancel(): Promise<void> {
    return this.#reader.cancel();
  }
}

/** Lets everything that is ready run. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
