/**
 * A UDP socket that is a peer for each remote address.
 *
 * @module
 */
import type { Batch } from "../core/batch.ts";
import type { Log } from "../core/log.ts";
import { connector, type Listener, type Opener } from "../core/opener.ts";
import type { Peer, PeerInfo } from "../core/peer.ts";
import { startTimer } from "../core/timer.ts";
import { DatagramQueue } from "./datagram_queue.ts";
import { DatagramSender } from "./datagram_sender.ts";
import { countDrops } from "./udp.ts";
import { formatAddress, type UdpAddress } from "./udp_address.ts";
import { type UdpSettings, UdpSocket } from "./udp_socket.ts";

/** What a {@linkcode listenUdp} needs to know beside the socket's options. */
export interface UdpServerSettings extends UdpSettings {
  /** A client that sent nothing for so many milliseconds has ended; Infinity: never. */
  readonly timeout: number;
  /** How many clients there are at most: a new one takes the place of the one silent for longest. */
  readonly maxClients: number;
  /** How many datagrams wait for each client's session; further ones are dropped. */
  readonly queueLength: number;
}

/** How many bytes wait for each client's session. */
const MAX_WAITING_BYTES = 256 * 1024;

/** Binds a socket and yields a peer for each address that a datagram comes from. */
export async function listenUdp(
  address: UdpAddress,
  settings: UdpServerSettings,
  log: Log,
): Promise<UdpServer> {
  const name = `udp-server:${formatAddress(address)}`;
  const socket = await UdpSocket.open(address, settings, name, log);
  return new UdpServer(socket, settings, log);
}

/** The clients of one socket. It is closed when the listener and the peers of all clients are. */
export class UdpServer implements Listener {
  /** What the socket is bound to. */
  readonly local: UdpAddress;
  readonly #socket: UdpSocket;
  readonly #settings: UdpServerSettings;
  readonly #log: Log;
  readonly #onDrop: () => void;
  /** Clients that datagrams are taken for, the one that was silent for longest first. */
  readonly #clients = new Map<string, UdpClient>();
  /** Peers that were opened and not closed. */
  readonly #open = new Set<UdpClient>();
  /** The client that was heard last: most often it is heard next, too. */
  #latest?: UdpClient;
  /** Clients that the listener has not yielded yet. */
  readonly #fresh = new Set<UdpClient>();
  #wake?: () => void;
  #stopTimer?: () => void;
  #closed = false;
  #error?: Error;

  /** Starts to take datagrams of `socket`. */
  constructor(socket: UdpSocket, settings: UdpServerSettings, log: Log) {
    this.local = socket.local;
    this.#socket = socket;
    this.#settings = settings;
    this.#log = log;
    this.#onDrop = countDrops(socket, `udp-server:${formatAddress(this.local)}`, log);
    socket.onDatagram = (datagram, ip, port) => this.#receive(datagram, ip, port);
    socket.onFailure = (error) => this.#fail(error);
  }

  /** Takes no new clients. The socket lives on for those that were yielded. */
  close(): Promise<void> | void {
    if (this.#closed) return;
    this.#closed = true;
    for (const client of this.#fresh) this.#expire(client);
    this.#wake?.();
    return this.#closeIfIdle();
  }

  /** Clients in the order in which they were heard first. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Opener> {
    for (;;) {
      for (const client of this.#fresh) {
        this.#fresh.delete(client);
        yield connector((request) => this.#openClient(client, request.signal));
      }
      if (this.#error !== undefined) throw this.#error;
      if (this.#closed) return;
      if (this.#fresh.size > 0) continue;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }

  async #openClient(client: UdpClient, signal: AbortSignal): Promise<Peer> {
    if (!signal.aborted) {
      if (!this.#socket.closed) this.#open.add(client);
      return client;
    }
    await client.close();
    throw signal.reason;
  }

  #receive(datagram: Uint8Array, ip: string, port: number): void {
    const latest = this.#latest;
    const client = latest !== undefined && latest.address.port === port && latest.address.ip === ip
      ? latest
      : this.#find(ip, port);
    if (client === undefined) return;
    if (this.#open.has(client)) client.heard = performance.now();
    client.queue.push(datagram, undefined);
  }

  /** The client of an address, now the one heard last; a new one if the listener still takes any. */
  #find(ip: string, port: number): UdpClient | undefined {
    const key = `${ip} ${port}`;
    let client = this.#clients.get(key);
    if (client === undefined) {
      if (this.#closed) return undefined;
      client = this.#admit({ ip, port }, key);
    } else if (!this.#open.has(client)) {
      return client; // Its time goes on until it is served, so that a new attempt can be made.
    } else {
      this.#clients.delete(key);
      this.#clients.set(key, client);
    }
    return this.#latest = client;
  }

  #admit(address: UdpAddress, key: string): UdpClient {
    if (this.#clients.size >= this.#settings.maxClients) {
      const [oldest] = this.#clients.values();
      this.#log.info(`${oldest.info.name}: makes room for ${formatAddress(address)}`);
      this.#expire(oldest);
    }
    const queue = new DatagramQueue<undefined>({
      maxCount: this.#settings.queueLength,
      maxBytes: MAX_WAITING_BYTES,
      maxDatagram: this.#settings.maxDatagram,
      onDrop: this.#onDrop,
    });
    const sender = new DatagramSender(this.#socket, this.#settings.dropTooLong, this.#log);
    const client = new UdpClient(address, key, queue, sender, (closed) => this.#release(closed));
    this.#clients.set(key, client);
    this.#fresh.add(client);
    this.#wake?.();
    if (this.#stopTimer === undefined) this.#schedule(this.#settings.timeout);
    return client;
  }

  /** Ends a client: its session sees the end after what is in its queue. */
  #expire(client: UdpClient): void {
    this.#forget(client);
    client.expire();
  }

  /** A later datagram from that address is a new client's. */
  #forget(client: UdpClient): void {
    if (this.#clients.get(client.key) === client) this.#clients.delete(client.key);
    if (this.#latest === client) this.#latest = undefined;
    this.#fresh.delete(client);
  }

  #release(client: UdpClient): Promise<void> | void {
    this.#forget(client);
    this.#open.delete(client);
    return this.#closeIfIdle();
  }

  #schedule(delay: number): void {
    this.#stopTimer = startTimer(delay, () => this.#expireSilent());
  }

  #expireSilent(): void {
    this.#stopTimer = undefined;
    const now = performance.now();
    for (const client of this.#clients.values()) {
      const left = client.heard + this.#settings.timeout - now;
      if (left > 0) return this.#schedule(Math.ceil(left));
      this.#log.info(`${client.info.name}: nothing came for ${this.#settings.timeout} ms`);
      this.#expire(client);
    }
    this.#closeIfIdle();
  }

  #fail(error: Error): void {
    this.#error = error;
    for (const client of [...this.#clients.values()]) {
      this.#forget(client);
      client.queue.fail(error);
    }
    this.close();
  }

  #closeIfIdle(): Promise<void> | void {
    if (!this.#closed || this.#open.size > 0 || this.#clients.size > 0) return;
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    return this.#socket.close();
  }
}

/** One remote address as a peer. */
class UdpClient implements Peer {
  readonly info: PeerInfo;
  readonly readable: ReadableStream<Batch>;
  readonly writable: WritableStream<Batch>;
  readonly address: UdpAddress;
  readonly key: string;
  readonly queue: DatagramQueue<undefined>;
  /** When a datagram came last, on the clock of `performance.now()`. */
  heard: number = performance.now();
  readonly #onClose: (client: UdpClient) => Promise<void> | void;
  #expired = false;

  constructor(
    address: UdpAddress,
    key: string,
    queue: DatagramQueue<undefined>,
    sender: DatagramSender,
    onClose: (client: UdpClient) => Promise<void> | void,
  ) {
    const client = formatAddress(address);
    this.info = { name: `udp-server:${client}`, client };
    this.address = address;
    this.key = key;
    this.queue = queue;
    this.readable = queue.readable;
    this.writable = new WritableStream<Batch>({
      write: (batch) => {
        if (this.#expired) {
          throw new Deno.errors.BrokenPipe(`the UDP client ${client} has gone silent`);
        }
        return sender.send(batch, address);
      },
    }, { highWaterMark: 1 });
    this.#onClose = onClose;
  }

  expire(): void {
    this.#expired = true;
    this.queue.end();
  }

  close(): Promise<void> | void {
    this.expire();
    return this.#onClose(this);
  }
}
