/**
 * One UDP socket as one peer: a client's, and one that answers whoever was heard last.
 *
 * @module
 */
import type { Batch } from "../core/batch.ts";
import type { Log } from "../core/log.ts";
import type { Peer, PeerInfo } from "../core/peer.ts";
import { DatagramQueue, type DatagramQueueOptions } from "./datagram_queue.ts";
import { DatagramSender } from "./datagram_sender.ts";
import { formatAddress, isMulticast, type UdpAddress } from "./udp_address.ts";
import { type UdpSettings, UdpSocket } from "./udp_socket.ts";

/** How many datagrams wait for a slow reader of a socket that is one peer. */
const MAX_WAITING = 16 * 1024;
/** How many bytes of them. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

/** Warns of the first datagram that finds no room, and tells of the number when the socket closes. */
export function countDrops(socket: UdpSocket, name: string, log: Log): () => void {
  let dropped = 0;
  socket.whenClosed(() => {
    if (dropped > 0) log.info(`${name}: ${dropped} datagrams were dropped in all`);
  });
  return () => {
    if (dropped++ > 0) return;
    log.warn(
      `${name}: datagrams come faster than they are taken, some are dropped`,
      "how many is told at the end with -v",
    );
  };
}

/**
 * A peer that sends to `to` and takes what comes from there. If that is a group, a
 * broadcast address or "any", answers come from other addresses, so all are taken.
 */
export async function connectUdp(
  to: UdpAddress,
  settings: UdpSettings,
  log: Log,
): Promise<Peer> {
  const name = `udp:${formatAddress(to)}`;
  const any = { ip: to.ip.includes(":") ? "::" : "0.0.0.0", port: 0 };
  const socket = await UdpSocket.open(any, settings, name, log, to);
  const queue = new DatagramQueue<undefined>(waiting(socket, settings, name, log));
  const sender = new DatagramSender(socket, settings.dropTooLong, log);
  const fromAll = settings.broadcast || to.ip === any.ip || isMulticast(to.ip);
  socket.onDatagram = (datagram, ip, port) => {
    if (fromAll || (port === to.port && ip === to.ip)) queue.push(datagram, undefined);
  };
  socket.onFailure = (error) => queue.fail(error);
  return {
    readable: queue.readable,
    writable: new WritableStream<Batch>({
      write: (batch) => sender.send(batch, to),
    }, { highWaterMark: 1 }),
    info: { name },
    close() {
      queue.end();
      return socket.close();
    },
  };
}

/**
 * A peer that takes what comes from anywhere and sends to whoever sent what was read last.
 * What is written before that waits. `onListening` is told what the socket is bound to.
 */
export async function bindUdp(
  address: UdpAddress,
  settings: UdpSettings,
  log: Log,
  onListening?: (local: UdpAddress) => void,
): Promise<Peer> {
  const name = `udp-listen:${formatAddress(address)}`;
  const socket = await UdpSocket.open(address, settings, name, log);
  const peer = new BoundPeer(socket, settings, log);
  onListening?.(socket.local);
  return peer;
}

class BoundPeer implements Peer {
  readonly info: PeerInfo;
  readonly readable: ReadableStream<Batch>;
  readonly writable: WritableStream<Batch>;
  /** Only what is read tells whom to answer. */
  readonly mustRead = true;
  readonly #socket: UdpSocket;
  readonly #queue: DatagramQueue<UdpAddress>;
  readonly #sender: DatagramSender;
  /** Who is answered, once a datagram was read. */
  #to?: UdpAddress;
  #heard?: () => void;

  constructor(socket: UdpSocket, settings: UdpSettings, log: Log) {
    const name = `udp-listen:${formatAddress(socket.local)}`;
    this.info = { name };
    this.#socket = socket;
    const options = { ...waiting(socket, settings, name, log), single: settings.oneshot };
    this.#queue = new DatagramQueue<UdpAddress>(options, (from) => {
      this.#to = from;
      this.#heard?.();
    });
    this.#sender = new DatagramSender(socket, settings.dropTooLong, log);
    this.readable = this.#queue.readable;
    this.writable = new WritableStream<Batch>({
      write: (batch, controller) =>
        settings.oneshot
          ? this.#answerOnce(batch, controller.signal)
          : this.#answer(batch, controller.signal),
    }, { highWaterMark: 1 });
    let last: UdpAddress | undefined;
    socket.onDatagram = (datagram, ip, port) => {
      if (last === undefined || last.port !== port || last.ip !== ip) last = { ip, port };
      this.#queue.push(datagram, last);
    };
    socket.onFailure = (error) => this.#queue.fail(error);
  }

  close(): Promise<void> {
    this.#queue.end();
    return this.#socket.close();
  }

  async #answer(batch: Batch, signal: AbortSignal): Promise<void> {
    if (this.#to === undefined) await this.#hear(signal);
    await this.#sender.send(batch, this.#to!);
  }

  /** Each datagram that was read allows one answer. */
  async #answerOnce(batch: Batch, signal: AbortSignal): Promise<void> {
    for (let i = 0; i < batch.length; i++) {
      const message = this.#sender.next(batch, i);
      if (message === undefined) continue;
      if (this.#to === undefined) await this.#hear(signal);
      const to = this.#to!;
      this.#to = undefined;
      await this.#sender.sendOne(message, to);
    }
  }

  /** Waits for a datagram to be read. Throws when the stream is aborted or the socket closed. */
  async #hear(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = () => reject(signal.reason);
    const close = () => reject(new Deno.errors.BrokenPipe("the UDP socket was closed"));
    if (this.#socket.closed) close();
    signal.addEventListener("abort", abort, { once: true });
    const forget = this.#socket.whenClosed(close);
    this.#heard = resolve;
    try {
      await promise;
    } finally {
      this.#heard = undefined;
      forget();
      signal.removeEventListener("abort", abort);
    }
  }
}

function waiting(
  socket: UdpSocket,
  settings: UdpSettings,
  name: string,
  log: Log,
): DatagramQueueOptions {
  return {
    maxCount: MAX_WAITING,
    maxBytes: MAX_WAITING_BYTES,
    maxDatagram: settings.maxDatagram,
    onDrop: countDrops(socket, name, log),
  };
}
