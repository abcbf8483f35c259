/**
 * The prompt of a client: `wirecat ws://…` at a terminal.
 *
 * @module
 */
import { judgeEnding } from "../cli/ending.ts";
import { asBinary, linger, noClose } from "../cli/options.ts";
import { maskAddress, maskField } from "../core/secrets.ts";
import { endPeers, open, type Service } from "../cli/serve.ts";
import { closeReason, closeStatusCode, maxMessageLength } from "../cli/websocket_options.ts";
import { isGone, reasonOf, WirecatError } from "../core/errors.ts";
import { writeLine } from "../core/log.ts";
import type { CloseStatus, Peer } from "../core/peer.ts";
import { startTimer } from "../core/timer.ts";
import { Trace } from "../core/trace.ts";
import { Channel } from "../events/channel.ts";
import type { ConnectionEvent, ErrorEvent } from "../events/event.ts";
import { CLOSE, isWireCode } from "../websocket/close.ts";
import { wasInterrupted } from "./ask_password.ts";
import { Conversation, type OutgoingMessage } from "./conversation.ts";
import type { Terminal } from "./raw_terminal.ts";
import { closeArgument, CommandError, type SlashCommand } from "./slash_command.ts";
import { closedText, connectedText, millisecondsText } from "./status_text.ts";
import { TrafficCount } from "./traffic_count.ts";

/** How long the other end may take to answer a Close frame after Ctrl-C, in milliseconds. */
const PATIENCE = 2000;

/** One connection, from its opening to its end. */
interface Connection {
  readonly channel: Channel;
  readonly trace: Trace;
  readonly count: TrafficCount;
}

/** Runs the prompt to its end; resolves to the exit status. */
export function promptClient(service: Service, url: string, terminal?: Terminal): Promise<number> {
  return new ClientPrompt(service, url, terminal).run();
}

class ClientPrompt extends Conversation {
  readonly #service: Service;
  readonly #url: string;
  #connection?: Connection;
  /** The connecting anew that is under way, or the last one. */
  #attempt = new AbortController();
  /** How the program is to end when the connection does. */
  #status = 0;
  /** Whether a Close frame is to go, or has gone. */
  #closing = false;
  /** What the Close frame that went said. */
  #saidAtClose?: CloseStatus;
  /** Whether no more can be typed that is sent: Ctrl-D, or as many messages as are wanted. */
  #inputEnded = false;
  #outputEnded = false;
  #stopLingering = () => {};
  #patience?: ReturnType<typeof setTimeout>;
  #waitTimer?: ReturnType<typeof setTimeout>;
  #lingers = 0;
  /** Messages of all connections of this run, for the limits of options. */
  #sent = 0;
  #received = 0;

  constructor(service: Service, url: string, terminal?: Terminal) {
    super(service.env, terminal);
    this.#service = service;
    this.#url = url;
  }

  async run(): Promise<number> {
    // Until there is a connection the terminal stays as it is: a password may be asked for.
    const first = await this.#open(this.env.signal).catch((error) => {
      if (this.env.signal.aborted) endEchoedLine();
      throw error;
    });
    try {
      return await this.converse(hostOf(this.#url), () => {
        this.transcript.status(first.said);
        this.transcript.status("Enter sends, /help lists commands, Ctrl-D ends");
        this.#talk(first.peer, first.trace);
      });
    } finally {
      this.#closing = true; // What was typed before may come to its end only now.
      this.#stopLingering();
      clearTimeout(this.#patience);
      clearTimeout(this.#waitTimer);
      this.#attempt.abort();
      const peer = this.#connection?.channel.peer;
      if (peer !== undefined) {
        await endPeers([peer], this.env.signal.aborted ? CLOSE.goingAway : undefined);
      }
    }
  }

  async #open(signal: AbortSignal): Promise<{ peer: Peer; trace: Trace; said: string }> {
    const trace = new Trace();
    const peer = await open(this.#service.right, { signal, trace, tells: true });
    this.#service.onBegun?.({ name: "the terminal" }, peer.info);
    const learned = peer.info.trace ?? trace;
    const took = performance.now() - trace.began;
    return { peer, trace: learned, said: connectedText(peer.info, learned, took) };
  }

  /** Begins to send and to show what comes. */
  #talk(peer: Peer, trace: Trace): void {
    const channel = new Channel(peer, { maxMessage: this.env.options.get(maxMessageLength) });
    const connection = { channel, trace, count: new TrafficCount() };
    this.#connection = connection;
    const { rules } = this.#service;
    for (const text of rules.preambleReverse) {
      this.transcript.received({
        kind: "text",
        bytes: new TextEncoder().encode(text),
        time: new Date(),
      });
    }
    this.#listen(connection).catch(this.over.reject);
    this.#sendPreamble(connection).catch((error) => {
      if (!isGone(error)) this.over.reject(error);
    });
    if (rules.maxForward === 0) this.#endInput(rules.linger ?? 0);
  }

  async #sendPreamble(connection: Connection): Promise<void> {
    const kind = this.env.options.get(asBinary) ? "binary" : "text";
    for (const text of this.#service.rules.preamble) {
      const message = { kind, bytes: new TextEncoder().encode(text) } as const;
      this.transcript.sent("text", message.bytes);
      await this.#send(connection, message);
    }
  }

  // --- What comes ---

  async #listen(connection: Connection): Promise<void> {
    let failure: ErrorEvent | undefined;
    for await (const event of connection.channel) {
      if (connection !== this.#connection) return; // Another one has taken its place.
      if (event.type === "error") failure = event;
      else if (event.type === "close") return await this.#closed(connection, event, failure);
      else this.#show(event, connection);
      await this.drained();
    }
  }

  #show(event: ConnectionEvent, { count }: Connection): void {
    const { rules } = this.#service;
    const verbose = this.env.log.verbosity > 1;
    switch (event.type) {
      case "message":
        count.in(event.bytes.length);
        this.#heard();
        if (this.#outputEnded || rules.skipReverse) return;
        this.received.take(event);
        if (++this.#received >= rules.maxReverse) this.#endOutput();
        return;
      case "pong":
        if (event.roundTrip === undefined) {
          if (verbose) this.transcript.status(`pong${payloadText(event.bytes)}`);
          return;
        }
        count.roundTrip(event.roundTrip);
        if (this.#isAwaited(payloadText(event.bytes)) || verbose) {
          const took = millisecondsText(event.roundTrip);
          this.transcript.status(`pong${payloadText(event.bytes)} after ${took}`);
        }
        return;
      case "ping":
        if (verbose) this.transcript.status(`ping${payloadText(event.bytes)}`);
    }
  }

  #isAwaited(payload: string): boolean {
    const at = this.#awaited.indexOf(payload);
    if (at >= 0) this.#awaited.splice(at, 1);
    return at >= 0;
  }

  /** The connection is over, and with it the program. Throws if that is a failure. */
  async #closed(
    { channel: { peer } }: Connection,
    event: ConnectionEvent & { type: "close" },
    failure: ErrorEvent | undefined,
  ): Promise<void> {
    if (failure !== undefined) throw failure.cause;
    if (this.#status === 0) await judgeEnding(peer, () => {});
    if (event.code !== CLOSE.abnormal) {
      this.transcript.status(closedText(event, event.ours ? this.#saidAtClose : undefined));
    }
    this.over.resolve(this.#status);
  }

  // --- What is sent ---

  protected async say(message: OutgoingMessage): Promise<void> {
    const { rules } = this.#service;
    const connection = this.#connected();
    if (this.#closing) throw new CommandError("the connection is being closed");
    if (rules.skipForward) throw new CommandError("-U is given: nothing is sent");
    if (this.#inputEnded) throw new CommandError("no more is sent on this connection");
    this.showSent(message);
    await this.#send(connection, message);
    if (++this.#sent >= rules.maxForward) this.#endInput(rules.linger ?? 0);
  }

  async #send({ channel, count }: Connection, message: OutgoingMessage): Promise<void> {
    try {
      await channel.send({ type: "message", kind: message.kind, bytes: message.bytes });
    } catch (error) {
      if (isGone(error)) return; // What reads hears of it, too, and says how it ended.
      throw error;
    }
    count.out(message.bytes.length);
  }

  #connected(): Connection {
    const connection = this.#connection;
    if (connection === undefined) {
      throw new CommandError("not connected: /reconnect tries again, Ctrl-D ends");
    }
    return connection;
  }

  // --- The end ---

  /** Ctrl-D: nobody types any more. */
  protected end(): void {
    const { options } = this.env;
    if (this.#connection === undefined || this.#closing) return this.over.resolve(this.#status);
    if (options.get(noClose)) {
      if (this.#inputEnded) return this.over.resolve(this.#status);
      this.#inputEnded = true;
      this.#lingers = Infinity;
      return this.transcript.status(
        "-n: no Close frame is sent; waiting for the server, Ctrl-C ends",
      );
    }
    // A person has seen the answers before leaving; who wants to wait for more says so.
    const lingers = options.given(linger) ? this.#service.rules.linger ?? 0 : 0;
    if (this.#inputEnded) this.#close();
    else this.#endInput(lingers);
  }

  protected giveUp(): void {
    this.over.resolve(this.#status);
  }

  /** Ctrl-C: ends in order; again: at once. */
  protected interrupt(): void {
    this.#status = 130;
    if (this.#connection === undefined || this.#closing) return this.over.resolve(this.#status);
    this.#close({ code: CLOSE.goingAway, reason: "" });
    this.#patience = setTimeout(() => this.over.resolve(this.#status), PATIENCE);
  }

  /** No more will be sent; the connection is closed when nothing has come for so many milliseconds. */
  #endInput(lingers: number): void {
    this.#inputEnded = true;
    if (this.#outputEnded || lingers === 0) return this.#close();
    this.#lingers = lingers;
    if (lingers === Infinity) {
      // Where answers are counted, the last of them is the end.
      if (this.#service.rules.maxReverse !== Infinity) return;
      return this.transcript.status("waiting for the server to close");
    }
    this.#heard();
  }

  /** Something came, so that the silence begins anew. */
  #heard(): void {
    if (!this.#inputEnded || this.#closing || this.#lingers === Infinity) return;
    this.#stopLingering();
    this.#stopLingering = startTimer(this.#lingers, () => this.#close());
  }

  /** As many messages came as were wanted. */
  #endOutput(): void {
    this.#outputEnded = true;
    if (this.#inputEnded || this.#service.rules.exitOnEof) this.#close();
  }

  /** Sends a Close frame; the program ends when the other end has answered. */
  #close(status?: { code: number; reason: string }): void {
    const connection = this.#connection;
    if (connection === undefined || this.#closing) return;
    this.#closing = true;
    const { options } = this.env;
    this.#waitTimer = setTimeout(() => {
      this.transcript.status(
        "the server has not answered the Close frame yet; Ctrl-C ends at once",
      );
    }, PATIENCE);
    const { code, reason } = status ?? {
      code: options.get(closeStatusCode) ?? CLOSE.none,
      reason: options.get(closeReason) ?? "",
    };
    const silent = status === undefined && options.get(noClose);
    if (!silent) this.#saidAtClose = { code, reason };
    const told = silent ? Promise.resolve() : closeChannel(connection.channel, code, reason);
    told.then(() => {
      if (silent || this.#service.rules.exitOnEof) this.over.resolve(this.#status);
    }, (error) => isGone(error) ? undefined : this.over.reject(error));
  }

  // --- Commands ---

  /** Payloads of Pings that somebody typed. */
  readonly #awaited: string[] = [];

  protected readonly commands: readonly SlashCommand<this>[] = [
    {
      name: "ping",
      argument: "[TEXT]",
      summary: "Send a Ping and show how long its Pong takes.",
      run: (_, argument) => this.#ping(argument),
    },
    {
      name: "close",
      argument: "[CODE [REASON]]",
      summary: "Close the connection with a code, 1000 if none is given, and end.",
      completes: () => CLOSE_CODES,
      run: (_, argument) => this.#closeWith(argument),
    },
    {
      name: "binary",
      argument: "HEX|@FILE",
      summary: "Send a binary message.",
      sends: true,
      completes: "@files",
      run: async (_, argument) => this.say(await this.binaryMessage(argument)),
    },
    {
      name: "text",
      argument: "TEXT|@FILE",
      summary: "Send a text message as it is; without a text, an empty one.",
      sends: true,
      completes: "@files",
      run: async (_, argument) => this.say(await this.textMessage(argument)),
    },
    {
      name: "headers",
      argument: "",
      summary: "Show the header fields of the request and of the answer.",
      run: () => this.#headers(),
    },
    {
      name: "stats",
      argument: "",
      summary: "Show what has been sent and received, and round trips.",
      run: () => this.transcript.answer(this.#connected().count.lines()),
    },
    {
      name: "reconnect",
      argument: "",
      summary: "Connect anew.",
      urgent: true,
      run: () => this.#reconnect(),
    },
    { name: "help", argument: "", summary: "Show this.", run: () => this.help() },
    {
      name: "quit",
      argument: "",
      summary: "Close the connection and end, as Ctrl-D does.",
      run: () => this.#quit(),
    },
  ];

  async #ping(argument: string): Promise<void> {
    const { channel } = this.#connected();
    const bytes = new TextEncoder().encode(argument);
    if (bytes.length > 125) throw new CommandError("a Ping has room for 125 bytes");
    if (channel.peer.control === undefined) {
      throw new CommandError("this connection has no Pings that could be sent from here");
    }
    this.#awaited.push(payloadText(bytes));
    await channel.send({ type: "ping", bytes });
  }

  #closeWith(argument: string): void {
    const status = closeArgument(argument) ?? { code: CLOSE.normal, reason: "" };
    if (this.#connected().channel.peer.control === undefined) {
      throw new CommandError("this connection has no close codes: /quit ends it");
    }
    this.#close(status);
  }

  #headers(): void {
    const { request, response } = this.#connected().trace;
    const { transcript } = this;
    if (request === undefined && response === undefined) {
      throw new CommandError("the header fields are not known of this connection");
    }
    if (request !== undefined) {
      transcript.answer([
        `> GET ${request.target} HTTP/1.1`,
        ...request.headers.map(([name, value]) => `> ${maskField(`${name}: ${value}`)}`),
      ]);
    }
    if (response !== undefined) {
      transcript.answer([
        `< HTTP/1.1 ${response.status} ${response.reason}`.trimEnd(),
        ...response.headers.map(([name, value]) => `< ${maskField(`${name}: ${value}`)}`),
      ]);
    }
  }

  async #reconnect(): Promise<void> {
    this.#attempt.abort(); // Of two, the later one counts.
    const attempt = this.#attempt = new AbortController();
    const before = this.#connection;
    this.#connection = undefined;
    this.#closing = false;
    this.#saidAtClose = undefined;
    this.#awaited.length = 0;
    this.#stopLingering();
    clearTimeout(this.#waitTimer);
    if (before !== undefined) {
      const { peer } = before.channel;
      this.env.track?.(endPeers([peer], peer.control === undefined ? undefined : CLOSE.normal));
    }
    this.transcript.status(`reconnecting to ${maskAddress(this.#url)}`);
    try {
      const signal = AbortSignal.any([this.env.signal, attempt.signal]);
      const { peer, trace, said } = await this.#open(signal);
      if (attempt.signal.aborted) return void this.env.track?.(endPeers([peer], CLOSE.goingAway));
      this.transcript.status(said);
      this.#talk(peer, trace);
    } catch (error) {
      if (this.env.signal.aborted) throw error;
      if (attempt.signal.aborted) return;
      const hint = error instanceof WirecatError ? error.hint : undefined;
      this.transcript.error(reasonOf(error), hint);
      this.transcript.status("not connected: /reconnect tries again, Ctrl-D ends");
    }
  }

  #quit(): void {
    if (this.#connection === undefined || this.#closing) this.over.resolve(this.#status);
    else this.#close();
  }
}

/** What a terminal has shown of Ctrl-C is not to stand before what the shell says next. */
function endEchoedLine(): void {
  if (!wasInterrupted() && Deno.stderr.isTerminal()) writeLine("");
}

/** Closes in order: with a Close frame where there are such, else by ending what is sent. */
async function closeChannel(channel: Channel, code: number, reason: string): Promise<void> {
  const plain = channel.peer.control === undefined;
  await channel.send({ type: "close", code: plain ? CLOSE.none : code, reason });
}

/** What a Ping carried, for a line of status. */
function payloadText(bytes: Uint8Array): string {
  if (bytes.length === 0) return "";
  const text = new TextDecoder().decode(bytes);
  return text.includes("\ufffd") ? ` (${bytes.length} bytes)` : ` '${text}'`;
}

/** Whose history a URL's is. */
function hostOf(url: string): string {
  return URL.parse(url.replace(/^ws/, "http"))?.host ?? url;
}

/** For the Tab key. */
const CLOSE_CODES: readonly string[] = Object.values(CLOSE).filter(isWireCode).map(String);
