/**
 * The prompt of a server: `wirecat -s PORT` at a terminal. What is typed goes to all clients.
 *
 * @module
 */
import { oneshot } from "../cli/options.ts";
import { maskField } from "../core/secrets.ts";
import { endPeers, open, report, type Service, turnAway } from "../cli/serve.ts";
import { maxMessageLength } from "../cli/websocket_options.ts";
import { isGone, reasonOf } from "../core/errors.ts";
import type { Listener, Opener } from "../core/opener.ts";
import type { Peer } from "../core/peer.ts";
import { Trace } from "../core/trace.ts";
import { Channel } from "../events/channel.ts";
import type { ConnectionEvent, ErrorEvent } from "../events/event.ts";
import { CLOSE, describeClose } from "../websocket/close.ts";
import { Conversation, type OutgoingMessage } from "./conversation.ts";
import type { Terminal } from "./raw_terminal.ts";
import { closeArgument, CommandError, type SlashCommand } from "./slash_command.ts";
import { ageText, clientConnectedText, millisecondsText } from "./status_text.ts";
import { TrafficCount } from "./traffic_count.ts";

/** How many bytes a client may be behind before it is dropped. */
const MOST_BEHIND = 16 * 1024 * 1024;

/** The other side of each session. */
const TERMINAL = { name: "the terminal" };

/** One client. */
interface Client {
  readonly name: string;
  readonly channel: Channel;
  readonly count: TrafficCount;
  readonly since: number;
  /** What is being sent to it, one message after another. */
  sending: Promise<void>;
  /** How many bytes of that are still to go. */
  behind: number;
}

/** Runs the prompt to its end; resolves to the exit status. `address` is what `-s` was given. */
export function promptServer(
  service: Service,
  address: string,
  terminal?: Terminal,
): Promise<number> {
  return new ServerPrompt(service, address, terminal).run();
}

class ServerPrompt extends Conversation {
  readonly #service: Service;
  readonly #address: string;
  readonly #clients = new Map<string, Client>();
  #named = 0;
  #opening = 0;
  #listening?: Listener;
  #ending = false;

  constructor(service: Service, address: string, terminal?: Terminal) {
    super(service.env, terminal);
    this.#service = service;
    this.#address = address;
  }

  async run(): Promise<number> {
    // Where it listens is told before the prompt is there.
    const listening = await this.#service.left.listen!({ signal: this.env.signal });
    this.#listening = listening;
    try {
      return await this.converse(`-s ${this.#address}`, () => {
        this.transcript.status(
          "what you type goes to all clients, /help lists commands, Ctrl-D ends",
        );
        this.#accept(listening).catch(this.over.reject);
      });
    } finally {
      listening.close();
      const peers = Array.from(this.#clients.values(), ({ channel }) => channel.peer);
      await endPeers(peers, CLOSE.goingAway);
    }
  }

  // --- Clients ---

  async #accept(listening: Listener): Promise<void> {
    const { conncap, env } = this.#service;
    for await (const client of listening) {
      if (this.#clients.size + this.#opening >= conncap) {
        env.log.warn(`a client was turned away: --conncap ${conncap} are being served`);
        turnAway(client);
        continue;
      }
      this.#opening++;
      this.#welcome(client).catch((error) => report(error, env)).finally(() => this.#opening--);
    }
  }

  async #welcome(opener: Opener): Promise<void> {
    const { options, signal } = this.env;
    // A trace has the request's header fields kept, for /headers.
    const peer = await open(opener, { signal, trace: new Trace() });
    if (this.#ending || (options.get(oneshot) && this.#named > 0)) return await peer.close();
    const name = String(++this.#named);
    if (options.get(oneshot)) this.#listening?.close();
    const channel = new Channel(peer, { maxMessage: options.get(maxMessageLength) });
    const client: Client = {
      name,
      channel,
      count: new TrafficCount(),
      since: performance.now(),
      sending: Promise.resolve(),
      behind: 0,
    };
    this.#clients.set(name, client);
    this.#service.onBegun?.(peer.info, TERMINAL);
    this.transcript.status(clientConnectedText(name, peer.info));
    this.#listen(client).catch(this.over.reject);
    for (const text of this.#service.rules.preambleReverse) {
      const message = { kind: "text", bytes: new TextEncoder().encode(text) } as const;
      this.showSent(message, name);
      this.#send(client, message);
    }
  }

  async #listen(client: Client): Promise<void> {
    let failure: ErrorEvent | undefined;
    for await (const event of client.channel) {
      if (event.type === "error") failure = event;
      else if (event.type === "close") this.#left(client, event, failure);
      else this.#show(event, client);
      await this.drained();
    }
  }

  #show(event: ConnectionEvent, { name, count }: Client): void {
    const verbose = this.env.log.verbosity > 1;
    switch (event.type) {
      case "message":
        count.in(event.bytes.length);
        this.received.take(event, name);
        return;
      case "pong":
        if (event.roundTrip === undefined) return;
        count.roundTrip(event.roundTrip);
        if (!verbose && !this.#pinged.delete(name)) return;
        this.transcript.status(`${name}: pong after ${millisecondsText(event.roundTrip)}`);
        return;
      case "ping":
        if (verbose) this.transcript.status(`${name}: ping`);
    }
  }

  #left(
    client: Client,
    event: ConnectionEvent & { type: "close" },
    failure: ErrorEvent | undefined,
  ): void {
    const { name, channel: { peer } } = client;
    this.#clients.delete(name);
    this.#pinged.delete(name);
    this.env.track?.(endPeers([peer]));
    if (failure !== undefined) this.transcript.error(`${name}: ${failure.message}`, failure.hint);
    const how = event.code === CLOSE.abnormal && event.ours ? "" : `: ${describeClose(event)}`;
    this.transcript.status(`${name} left${how}`);
    if (this.env.options.get(oneshot) && !this.#ending) this.over.resolve(0);
  }

  #client(name: string): Client {
    const client = this.#clients.get(name);
    if (client !== undefined) return client;
    const names = [...this.#clients.keys()];
    const known = names.length === 0 ? "nobody is connected" : `there is ${names.join(", ")}`;
    throw new CommandError(name === "" ? `which client? ${known}` : `no client ${name}: ${known}`);
  }

  // --- What is sent ---

  protected say(message: OutgoingMessage): Promise<void> {
    if (this.#clients.size === 0) throw new CommandError("nobody is connected: this was not sent");
    this.showSent(message);
    for (const client of this.#clients.values()) this.#send(client, message);
    return Promise.resolve();
  }

  /** Each client gets what is sent in its own time, so that a slow one keeps nobody waiting. */
  #send(client: Client, { kind, bytes }: OutgoingMessage): void {
    const { channel, count } = client;
    if (client.behind > MOST_BEHIND) return this.#drop(client);
    client.behind += bytes.length;
    client.sending = client.sending
      .then(() => channel.send({ type: "message", kind, bytes }))
      .then(() => count.out(bytes.length))
      .catch((error) => {
        if (!isGone(error)) this.transcript.error(`${client.name}: ${reasonOf(error)}`);
      })
      .then(() => void (client.behind -= bytes.length));
  }

  #drop({ name, channel }: Client): void {
    if (!this.#clients.delete(name)) return;
    this.transcript.error(`${name} does not take what is sent: it was dropped`);
    this.env.track?.(channel.close());
  }

  // --- The end ---

  protected end(): void {
    this.#ending = true;
    this.over.resolve(0);
  }

  protected giveUp(): void {
    this.end();
  }

  protected interrupt(): void {
    this.#ending = true;
    this.over.resolve(130);
  }

  // --- Commands ---

  /** Clients whose Pong is to be shown. */
  readonly #pinged = new Set<string>();

  protected readonly commands: readonly SlashCommand<this>[] = [
    {
      name: "to",
      argument: "N TEXT|@FILE",
      summary: "Send a text message to one client.",
      sends: true,
      completes: () => [...this.#clients.keys()].map((name) => `${name} `),
      run: (_, argument) => this.#to(argument),
    },
    {
      name: "clients",
      argument: "",
      summary: "List the clients.",
      run: () => this.#list(),
    },
    {
      name: "kick",
      argument: "N [CODE [REASON]]",
      summary: "Close the connection of one client, with 1008 if no code is given.",
      completes: () => [...this.#clients.keys()],
      run: (_, argument) => this.#kick(argument),
    },
    {
      name: "ping",
      argument: "[TEXT]",
      summary: "Send a Ping to all clients and show how long their Pongs take.",
      run: (_, argument) => this.#ping(argument),
    },
    {
      name: "close",
      argument: "[CODE [REASON]]",
      summary: "Close the connections of all clients, with 1000 if no code is given.",
      run: (_, argument) => this.#closeAll(argument),
    },
    {
      name: "binary",
      argument: "HEX|@FILE",
      summary: "Send a binary message to all.",
      sends: true,
      completes: "@files",
      run: async (_, argument) => this.say(await this.binaryMessage(argument)),
    },
    {
      name: "text",
      argument: "TEXT|@FILE",
      summary: "Send a text message to all, as it is; without a text, an empty one.",
      sends: true,
      completes: "@files",
      run: async (_, argument) => this.say(await this.textMessage(argument)),
    },
    {
      name: "headers",
      argument: "N",
      summary: "Show what a client asked for.",
      completes: () => [...this.#clients.keys()],
      run: (_, argument) => this.#headers(argument.trim()),
    },
    {
      name: "stats",
      argument: "[N]",
      summary: "Show what has been sent and received, and round trips.",
      completes: () => [...this.#clients.keys()],
      run: (_, argument) => this.#stats(argument.trim()),
    },
    { name: "help", argument: "", summary: "Show this.", run: () => this.help() },
    {
      name: "quit",
      argument: "",
      summary: "Close all connections and end, as Ctrl-D does.",
      run: () => this.end(),
    },
  ];

  async #to(argument: string): Promise<void> {
    const [, name, text] = /^(\S*)\s?([^]*)$/.exec(argument)!;
    const client = this.#client(name);
    const message: OutgoingMessage = text.startsWith("@") || !this.#sendsBinary()
      ? await this.textMessage(text)
      : { kind: "binary", bytes: new TextEncoder().encode(text) };
    this.showSent(message, name);
    this.#send(client, message);
  }

  #sendsBinary(): boolean {
    return this.env.options.given({ long: "binary" });
  }

  #list(): void {
    if (this.#clients.size === 0) return this.transcript.answer(["nobody is connected"]);
    this.transcript.answer(Array.from(this.#clients.values(), ({ name, channel, since, count }) => {
      const { client, uri = "/", user, protocol } = channel.peer.info;
      const parts = [`${name}  ${client ?? channel.peer.info.name}`, uri];
      if (user) parts.push(`as ${user}`);
      if (protocol) parts.push(`subprotocol ${protocol}`);
      parts.push(`for ${ageText(performance.now() - since)}`);
      parts.push(`${count.received} in, ${count.sent} out`);
      return parts.join(", ");
    }));
  }

  async #kick(argument: string): Promise<void> {
    const [, name, rest] = /^(\S*)\s*([^]*)$/.exec(argument)!;
    const client = this.#client(name);
    await this.#closeClient(client, closeArgument(rest) ?? { code: CLOSE.policy, reason: "" });
  }

  async #closeAll(argument: string): Promise<void> {
    const status = closeArgument(argument) ?? { code: CLOSE.normal, reason: "" };
    if (this.#clients.size === 0) throw new CommandError("nobody is connected");
    await Promise.all(Array.from(this.#clients.values(), (it) => this.#closeClient(it, status)));
  }

  /** Does not wait for one that takes nothing any more: its end tells itself. */
  #closeClient(
    { channel: { peer }, channel }: { channel: Channel },
    { code, reason }: { code: number; reason: string },
  ): Promise<void> {
    const closing = channel.send({
      type: "close",
      code: hasControl(peer) ? code : CLOSE.none,
      reason,
    });
    closing.catch((error) => {
      if (!isGone(error)) this.transcript.error(reasonOf(error));
    });
    return Promise.resolve();
  }

  async #ping(argument: string): Promise<void> {
    const bytes = new TextEncoder().encode(argument);
    if (bytes.length > 125) throw new CommandError("a Ping has room for 125 bytes");
    if (this.#clients.size === 0) throw new CommandError("nobody is connected");
    for (const { name, channel } of this.#clients.values()) {
      if (!hasControl(channel.peer)) throw new CommandError(`${name} has no Pings`);
      this.#pinged.add(name);
      await channel.send({ type: "ping", bytes });
    }
  }

  #headers(name: string): void {
    const { info } = this.#client(name).channel.peer;
    const lines = [`< GET ${info.uri ?? "/"} HTTP/1.1`];
    const headers = info.headers?.();
    if (headers === undefined) {
      const { request } = info.trace ?? {};
      if (request === undefined) {
        throw new CommandError(`the header fields of ${name} were not kept`);
      }
      lines.push(...request.headers.map(([name, value]) => `< ${maskField(`${name}: ${value}`)}`));
    } else {
      for (const [name, value] of headers) lines.push(`< ${maskField(`${name}: ${value}`)}`);
    }
    this.transcript.answer(lines);
  }

  #stats(name: string): void {
    const clients = name === "" ? [...this.#clients.values()] : [this.#client(name)];
    if (clients.length === 0) throw new CommandError("nobody is connected");
    this.transcript.answer(
      clients.flatMap((it) => it.count.lines().map((line) => `${it.name}: ${line}`)),
    );
  }
}

function hasControl(peer: Peer): boolean {
  return peer.control !== undefined;
}
