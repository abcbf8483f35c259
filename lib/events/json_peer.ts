/**
 * Connections as lines of JSON: the logic of `json-events:`. What is read are events, what is
 * written are commands.
 *
 * @module
 */
import type { Batch } from "../core/batch.ts";
import { isGone, usageError, WirecatError } from "../core/errors.ts";
import { type BatchReader, type BatchWriter, readableFrom, writableFrom } from "../core/halves.ts";
import type { Log } from "../core/log.ts";
import { Answered, type Listener, type Opener, type OpenRequest } from "../core/opener.ts";
import type { Ending, Peer, PeerInfo } from "../core/peer.ts";
import { within } from "../core/timer.ts";
import { Trace } from "../core/trace.ts";
import { Channel } from "./channel.ts";
import type { Command, ConnectionEvent } from "./event.ts";
import { type AddressedCommand, parseCommand } from "./json_command.ts";
import { errorLine, eventLine, type FailedStep, type LineContext } from "./json_event.ts";
import { type AssembledLine, LineAssembler } from "./line_assembler.ts";
import { LineQueue } from "./line_queue.ts";

/** What {@linkcode openJsonPeer} is told. */
export interface JsonPeerOptions {
  /** What text is sent as whose command does not say. */
  readonly kind: "text" | "binary";
  /** Text messages that are sent before all others. */
  readonly preamble: readonly string[];
  /** Of how many messages that come in events are told; at most so many are sent. */
  readonly maxIn: number;
  readonly maxOut: number;
  /** The longest message, in bytes. */
  readonly maxMessage: number;
  /** How many clients there may be at once. */
  readonly conncap: number;
  /** Where diagnostics go. */
  readonly log: Log;
  /** Told of lines that were no commands. */
  readonly noteFailure?: (error: unknown) => void;
}

/** Errors whose event has been told. */
const told = new WeakSet<object>();

/** Whether an event has told of this error. */
export function wasTold(error: unknown): boolean {
  return typeof error === "object" && error !== null && told.has(error);
}

/** Opens `inner`, and makes events of it; of a listener, of all its clients, numbered. */
export async function openJsonPeer(
  inner: Opener,
  request: OpenRequest,
  many: boolean,
  options: JsonPeerOptions,
): Promise<Peer> {
  if (many) {
    const listening = await inner.listen!(request);
    return new JsonPeer(options, { listening, request });
  }
  const trace = request.trace ?? new Trace();
  const peer = await inner.open({ ...request, trace });
  return new JsonPeer(options, { peer, made: await madeBy(peer.info.trace ?? trace) });
}

/** One connection, or a listener whose clients come by and by. */
type Below =
  | { readonly peer: Peer; readonly made: Made }
  | { readonly listening: Listener; readonly request: OpenRequest };

/** How a connection was made. */
type Made = Pick<LineContext, "trace" | "certificates">;

/** A connection that events are made of. */
interface Client extends Made {
  readonly channel: Channel;
  readonly id?: number;
  greeting?: Promise<void>;
  /** Whether a Close frame is to go, or has gone: nothing can be sent after it. */
  closing: boolean;
  in: number;
  out: number;
}

/** So many lines that are no commands are told on standard error, too: all of them may be none. */
const MOST_REFUSALS = 10;

/** How long closing may wait for the last events to be read, in milliseconds. */
const LAST_WORDS_TIME = 1000;

const decoder = new TextDecoder("utf-8", { fatal: true });
const encoder = new TextEncoder();

class JsonPeer implements Peer {
  readonly info: PeerInfo;
  readonly mustRead = true;
  readonly tellsEnd = true;
  readonly closed?: Promise<Ending>;
  readonly reader: BatchReader;
  readonly writer: BatchWriter;
  readonly shutdown: (code?: number) => Promise<void>;
  readonly #options: JsonPeerOptions;
  readonly #below: Below;
  readonly #queue = new LineQueue();
  readonly #assembler: LineAssembler;
  readonly #clients = new Map<number, Client>();
  readonly #opening = new Set<Promise<void>>();
  readonly #telling = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  readonly #first = Promise.withResolvers<void>();
  #readable?: ReadableStream<Batch>;
  #writable?: WritableStream<Batch>;
  #cancelled = false;
  #accepting = false;
  #closing = false;
  #inputEnded = false;
  #lines = 0;
  #refused = 0;
  #lastId = 0;

  constructor(options: JsonPeerOptions, below: Below) {
    this.#options = options;
    this.#below = below;
    // JSON may write one byte with six, and base64 needs four for three.
    this.#assembler = new LineAssembler(options.maxMessage * 6 + 4096);
    this.reader = {
      read: () => this.#queue.read(),
      cancel: () => Promise.resolve(this.#cancel()),
    };
    this.writer = {
      write: (batch) => this.#write(batch),
      flush: () => this.#inputOver(),
      close: () => this.#endWriting(),
    };
    this.shutdown = (code) => this.#shutDown(code);
    if ("peer" in below) {
      this.info = { ...below.peer.info, name: below.peer.info.name };
      this.closed = below.peer.closed;
      this.#add(below.peer, below.made);
    } else {
      this.info = { name: "json-events:" };
      this.#accept(below.listening, below.request);
    }
  }

  get readable(): ReadableStream<Batch> {
    return this.#readable ??= readableFrom(this.reader);
  }

  get writable(): WritableStream<Batch> {
    return this.#writable ??= writableFrom(this.writer);
  }

  // --- Clients ---

  /** Serves whoever comes until nobody can any more. */
  async #accept(listening: Listener, request: OpenRequest): Promise<void> {
    const { signal } = this.#stop;
    const stop = () => this.#stop.abort(request.signal.reason);
    request.signal.addEventListener("abort", stop, { once: true });
    this.#accepting = true;
    try {
      for await (const client of listening) {
        if (this.#clients.size + this.#opening.size >= this.#options.conncap) {
          this.#turnAway(client);
          continue;
        }
        const trace = request.trace?.another() ?? new Trace();
        const opening = this.#open(client, { ...request, signal, trace });
        this.#opening.add(opening);
        opening.finally(() => this.#opening.delete(opening));
      }
      await Promise.all(this.#opening);
    } catch (error) {
      this.#queue.end({ error });
    }
    request.signal.removeEventListener("abort", stop);
    this.#accepting = false;
    this.#endIfDone();
  }

  #endIfDone(): void {
    if (!this.#accepting && this.#clients.size === 0) this.#queue.end();
  }

  async #open(client: Opener, request: OpenRequest & { readonly trace: Trace }): Promise<void> {
    const { log } = this.#options;
    try {
      const peer = await client.open(request);
      const made = await madeBy(request.trace);
      if (request.signal.aborted) await peer.close();
      else this.#add(peer, made, ++this.#lastId);
    } catch (error) {
      if (request.signal.aborted) return;
      if (error instanceof Answered) return log.info(error.message);
      log.failure(error);
      const { trace } = request;
      this.#push(errorLine(error, { step: acceptedStep(error), client: trace.remote }));
    }
  }

  #turnAway(client: Opener): void {
    const { log, conncap } = this.#options;
    const said = `a client was turned away: --conncap ${conncap} are being served`;
    log.warn(said);
    this.#push(errorLine(new WirecatError("other", said), { step: "connect" }));
    const signal = AbortSignal.abort(new Error("turned away"));
    client.open({ signal }).then((peer) => peer.close(), () => {});
  }

  #add(peer: Peer, made: Made, id?: number): void {
    const channel = new Channel(peer, { echo: true, maxMessage: this.#options.maxMessage });
    const client: Client = { ...made, channel, id, closing: false, in: 0, out: 0 };
    this.#clients.set(id ?? 0, client);
    this.#first.resolve();
    if (this.#options.preamble.length > 0) client.greeting = this.#greet(client);
    const telling = this.#tell(client);
    this.#telling.add(telling);
    telling.then(() => this.#telling.delete(telling));
  }

  async #greet({ channel }: Client): Promise<void> {
    for (const text of this.#options.preamble) {
      const command: Command = { type: "message", kind: "text", bytes: encoder.encode(text) };
      await channel.send(command).catch(() => {}); // Reading tells of what went wrong.
    }
  }

  // --- Events ---

  /** Tells all events of a connection, then lets it go. */
  async #tell(client: Client): Promise<void> {
    const { channel, id } = client;
    const context: LineContext = { ...client, closes: channel.peer.closed !== undefined };
    let failure: { error: unknown } | undefined;
    for (;;) {
      const event = channel.poll() ?? await channel.next();
      if (event === undefined) break;
      if (event.type === "error") {
        if (this.#closing) continue; // What is closed here cannot be read any more.
        failure = { error: event.cause };
      }
      if (this.#wanted(client, event)) this.#queue.push(eventLine(event, context));
      if (event.type === "message" && event.direction === "in") {
        client.in++;
        this.#endIfFull(client);
      }
      if (!this.#queue.hasRoom) await this.#queue.room();
    }
    this.#clients.delete(id ?? 0);
    if (id === undefined) {
      if (typeof failure?.error === "object" && failure.error !== null) told.add(failure.error);
      this.#queue.end(failure);
    } else {
      await Promise.resolve(channel.close()).catch(() => {});
      this.#endIfDone();
    }
  }

  #push(line: string): void {
    if (!this.#cancelled) this.#queue.push(line);
  }

  #wanted(client: Client, event: ConnectionEvent): boolean {
    if (this.#cancelled) return false;
    return event.type !== "message" || event.direction === "out" ||
      client.in < this.#options.maxIn;
  }

  /** Where both directions have had their messages, or will have no more, the connection is to end. */
  #endIfFull(client: Client): void {
    const { maxIn, maxOut } = this.#options;
    if (client.in < maxIn || client.out < maxOut && !this.#inputEnded) return;
    client.channel.end().catch(() => {}); // Reading tells of what went wrong.
  }

  /** Nobody reads any more: the connections are, for their control frames' sake. */
  #cancel(): void {
    this.#cancelled = true;
    this.#queue.end();
  }

  // --- Commands ---

  async #write(batch: Batch): Promise<void> {
    for (const line of this.#assembler.lines(batch)) await this.#line(line);
  }

  async #line(line: AssembledLine): Promise<void> {
    this.#lines++;
    let addressed: AddressedCommand | undefined;
    try {
      if (line === "too long") throw usageError("the line is longer than any message may be");
      addressed = parseCommand(text(line), this.#options.kind);
    } catch (error) {
      return this.#refuse(error);
    }
    if (addressed === undefined) return;
    // What comes before anybody is there waits for the first one.
    if (this.#clients.size === 0) await this.#first.promise;
    const { command, id } = addressed;
    const alone = "peer" in this.#below;
    if (alone && this.#clients.get(0)?.closing) {
      return this.#refuse(usageError("nothing can be sent after the connection was closed"));
    }
    if (id === undefined) {
      const all = Array.from(this.#clients.values()).filter(({ closing }) => !closing);
      await Promise.all(all.map((to) => this.#send(to, command)));
    } else {
      const client = this.#clients.get(alone && id === 1 ? 0 : id);
      if (client !== undefined && !client.closing) await this.#send(client, command);
      else this.#noClient(id);
    }
    if (!this.#queue.hasRoom) await this.#queue.room();
  }

  async #send(client: Client, command: Command): Promise<void> {
    const { maxOut, log } = this.#options;
    if (command.type === "message" && client.out >= maxOut) return;
    if (client.greeting !== undefined) await client.greeting;
    try {
      if (command.type === "message") client.out++;
      if (command.type === "close") client.closing = true;
      await client.channel.send(command);
      if (command.type === "message") this.#endIfFull(client);
    } catch (error) {
      if (error instanceof WirecatError && error.kind === "usage") {
        client.closing = false;
        this.#refuse(error);
      } else if (!isGone(error)) log.info(`line ${this.#lines}: ${(error as Error).message}`);
      // Reading tells of what is wrong with the connection.
    }
  }

  /** A line that cannot be done is told; what comes after it may well be in order. */
  #refuse(error: unknown): void {
    const { message, hint } = error as WirecatError;
    const failure = usageError(`line ${this.#lines} of the input: ${message}`, hint);
    this.#options.noteFailure?.(failure);
    if (++this.#refused <= MOST_REFUSALS) this.#options.log.failure(failure);
    else if (this.#refused === MOST_REFUSALS + 1) {
      this.#options.log.warn("more lines of the input are wrong; the events tell which");
    }
    this.#queue.push(errorLine(failure, { step: "input", line: this.#lines }));
  }

  /** One that has just left is no mistake of whoever writes to it. */
  #noClient(id: number): void {
    if (id > this.#lastId) return this.#refuse(usageError(`there has been no client ${id}`));
    const gone = new WirecatError("abnormal", `client ${id} has left`);
    this.#queue.push(errorLine(gone, { step: "input", line: this.#lines, id }));
  }

  /** The last line of the input may have no newline. */
  async #inputOver(): Promise<void> {
    for (const line of this.#assembler.end()) await this.#line(line);
    this.#inputEnded = true;
    for (const client of this.#clients.values()) this.#endIfFull(client);
  }

  async #endWriting(): Promise<void> {
    await this.#inputOver();
    if ("listening" in this.#below) return; // They may still have something to say.
    for (const { channel } of this.#clients.values()) await channel.end();
  }

  // --- The end ---

  async #shutDown(code?: number): Promise<void> {
    this.#stopListening();
    const all = Array.from(this.#clients.values(), ({ channel }) => channel.peer);
    await Promise.allSettled(all.map((peer) => peer.shutdown?.(code)));
  }

  #stopListening(): void {
    if (!("listening" in this.#below)) return;
    this.#stop.abort(new Error("it is over"));
    this.#below.listening.close();
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#stopListening();
    this.#first.resolve();
    await Promise.all(this.#opening);
    const all = "peer" in this.#below
      ? [this.#below.peer]
      : Array.from(this.#clients.values(), ({ channel }) => channel.peer);
    await Promise.all(all.map((peer) => peer.close()));
    if (this.#queue.begun && !this.#cancelled) await this.#lastWords();
    this.#queue.end();
  }

  /** Waits until whoever reads the events has had those of the end, but not for long. */
  async #lastWords(): Promise<void> {
    const told = Promise.all(this.#telling).then(() => {
      this.#queue.end();
      return this.#queue.finished;
    });
    await within(LAST_WORDS_TIME, told, undefined);
  }
}

function text(line: Uint8Array): string {
  try {
    return decoder.decode(line);
  } catch {
    throw usageError("it is not UTF-8");
  }
}

/** Where a client has failed to get in; servers mark no steps. */
function acceptedStep(error: unknown): FailedStep {
  return error instanceof WirecatError && error.kind === "tls" ? "tls" : "upgrade";
}

/** What is told of the making; what reads certificates is loaded where there are any. */
async function madeBy(trace: Trace): Promise<Made> {
  const chain = trace.tls?.chain;
  if (chain === undefined) return { trace };
  const { certificateReports } = await import("../tls/certificate_report.ts");
  return { trace, certificates: certificateReports(chain) };
}
