/**
 * A bound UDP socket with its options, over `node:dgram`.
 *
 * @module
 */
import { createSocket, type Socket } from "node:dgram";
// Unless this is loaded the runtime never runs what `node:dgram` puts off, such as "close".
import "node:process";
import { reasonOf, usageError, WirecatError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { interfaceName } from "./interface_name.ts";
import { formatAddress, type UdpAddress } from "./udp_address.ts";

/** A multicast group to join. */
export interface Membership {
  /** The address of the group. */
  readonly group: string;
  /** The interface: an IPv4 address of it, or for an IPv6 group its index. Absent: the system chooses. */
  readonly iface?: string | number;
}

/** What is set on a socket, and how much it holds. */
export interface UdpSettings {
  /** Whether datagrams may go to a broadcast address. */
  readonly broadcast: boolean;
  /** Whether other sockets may be bound to the same address. */
  readonly reuseAddress: boolean;
  /** The time to live of what is sent, multicast too. */
  readonly ttl?: number;
  /** The groups to join. */
  readonly memberships: readonly Membership[];
  /** Whether what is sent to a group also comes to this machine. */
  readonly multicastLoop: boolean;
  /** What is beyond so many bytes of a received datagram is cut off. */
  readonly maxDatagram: number;
  /** Whether messages that do not fit in a datagram are dropped instead of ending the session. */
  readonly dropTooLong: boolean;
  /** Whether a listener answers each datagram with one only. */
  readonly oneshot: boolean;
}

/** Takes what arrives. The bytes are the receiver's only during the call. */
export type OnDatagram = (datagram: Uint8Array, ip: string, port: number) => void;

/** After so many failures to receive in a row, with nothing between, there is no hope. */
const MAX_RECEIVE_FAILURES = 64;

/** A UDP socket that is bound and receives. */
export class UdpSocket {
  /** What it is bound to. */
  readonly local: UdpAddress;
  /** Whether it is an IPv6 socket. */
  readonly ipv6: boolean;
  /** Called with each datagram. */
  onDatagram: OnDatagram = () => {};
  /** Called when receiving does not work any more. */
  onFailure: (error: Error) => void = () => {};
  readonly #socket: Socket;
  readonly #onClose = new Set<() => void>();
  #failures = 0;
  #freed?: Promise<void>;

  private constructor(socket: Socket, ipv6: boolean, log: Log) {
    const { address, port } = socket.address();
    this.#socket = socket;
    this.ipv6 = ipv6;
    this.local = { ip: address, port };
    socket.on("message", (datagram, from) => {
      // A socket that is being closed tells of a datagram from nobody.
      if (this.closed || from === undefined) return;
      this.#failures = 0;
      this.onDatagram(datagram, from.address, from.port);
    });
    socket.on("error", (error) => {
      if (this.closed) return;
      log.info(`udp ${formatAddress(this.local)}: ${error.message}`);
      if (++this.#failures < MAX_RECEIVE_FAILURES) return;
      this.onFailure(
        new WirecatError(
          "connection",
          `cannot receive on udp ${formatAddress(this.local)}: ${reasonOf(error)}`,
          { cause: error },
        ),
      );
      this.close();
    });
  }

  /**
   * Binds a socket and sets its options. Throws a `connection` error, and a usage error for
   * options that do not fit its address family. `peer` is where datagrams are to go, if known:
   * multicast to a group leaves by the interface that the group was joined on.
   */
  static async open(
    address: UdpAddress,
    settings: UdpSettings,
    name: string,
    log: Log,
    peer?: UdpAddress,
  ): Promise<UdpSocket> {
    const ipv6 = address.ip.includes(":");
    const socket = createSocket({
      type: ipv6 ? "udp6" : "udp4",
      reuseAddr: settings.reuseAddress,
      // Addresses are numeric by now: no resolver, and no turn of the event loop, between.
      lookup: (host, _options, done) => done(null, host, ipv6 ? 6 : 4),
    });
    try {
      await bind(socket, address, name);
      configure(socket, ipv6, settings, log, peer);
      return new UdpSocket(socket, ipv6, log);
    } catch (error) {
      await closed(socket);
      throw error;
    }
  }

  /** Sends one datagram. `done` is called when the system has taken it or refused. */
  send(datagram: Uint8Array, to: UdpAddress, done: (error: Error | null) => void): void {
    this.#socket.send(datagram, to.port, to.ip, done);
  }

  /** Calls `hook` when the socket is closed; returns how to take it back. */
  whenClosed(hook: () => void): () => void {
    this.#onClose.add(hook);
    return () => this.#onClose.delete(hook);
  }

  /** Whether it was closed. */
  get closed(): boolean {
    return this.#freed !== undefined;
  }

  /** Closes the socket, and so leaves its groups. Resolves when the port is free. */
  close(): Promise<void> {
    if (this.#freed !== undefined) return this.#freed;
    this.#freed = closed(this.#socket);
    for (const hook of this.#onClose) hook();
    this.#onClose.clear();
    return this.#freed;
  }
}

/** Closes a socket of the runtime, which frees the port a little later. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()));
}

const BIND_REASONS: Record<string, [reason: string, hint: string]> = {
  EADDRINUSE: ["address already in use", "is it running already? --udp-reuseaddr shares the port"],
  EADDRNOTAVAIL: ["not an address of this machine", "0.0.0.0 or [::] stands for all of them"],
  EACCES: ["permission denied", "ports below 1024 may need root"],
  EINVAL: ["invalid address", "is it an address of this machine, and complete?"],
};

function bind(socket: Socket, address: UdpAddress, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("error", (error: Error & { code?: string }) => {
      const [reason, hint] = BIND_REASONS[error.code ?? ""] ?? [error.message];
      reject(
        new WirecatError(
          "connection",
          `${name}: cannot bind to ${formatAddress(address)}: ${reason}`,
          { hint, cause: error },
        ),
      );
    });
    socket.bind(address.port, address.ip, () => {
      socket.removeAllListeners("error");
      resolve();
    });
  });
}

function configure(
  socket: Socket,
  ipv6: boolean,
  settings: UdpSettings,
  log: Log,
  peer: UdpAddress | undefined,
): void {
  if (settings.broadcast) socket.setBroadcast(true);
  if (settings.ttl !== undefined) {
    if (ipv6) {
      log.warn(
        "--udp-ttl has no effect on IPv6",
        "the runtime cannot set the hop limit of IPv6 datagrams",
      );
    } else {
      socket.setTTL(settings.ttl);
      socket.setMulticastTTL(settings.ttl);
    }
  }
  if (settings.multicastLoop) socket.setMulticastLoopback(true);
  for (const membership of settings.memberships) join(socket, ipv6, membership, peer);
}

function join(
  socket: Socket,
  ipv6: boolean,
  { group, iface }: Membership,
  peer: UdpAddress | undefined,
): void {
  if (group.includes(":") !== ipv6) {
    throw usageError(
      `--udp-multicast: ${group} cannot be joined by an IPv${ipv6 ? 6 : 4} socket`,
      `use an address of the same family: ${ipv6 ? "0.0.0.0" : "[::]"} for any`,
    );
  }
  const named = typeof iface === "number" ? scopeOf(iface) : iface;
  try {
    socket.addMembership(group, named);
    if (named !== undefined && peer?.ip === group) socket.setMulticastInterface(named);
  } catch (error) {
    const on = iface === undefined ? "" : ` on interface ${iface}`;
    throw new WirecatError("connection", `cannot join the multicast group ${group}${on}`, {
      hint: iface === undefined
        ? "name the interface with --udp-multicast-iface-v4 or --udp-multicast-iface-v6"
        : "is that an interface of this machine that is up?",
      cause: error,
    });
  }
}

/** An interface index in the form that the runtime takes. Index 0 leaves it to the system. */
function scopeOf(index: number): string | undefined {
  if (index === 0) return undefined;
  const name = interfaceName(index);
  if (name === undefined) {
    throw new WirecatError(
      "connection",
      `--udp-multicast-iface-v6: there is no network interface with index ${index}`,
    );
  }
  return `::%${name}`;
}
