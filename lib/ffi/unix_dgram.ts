/**
 * UNIX datagram sockets: bound to one name, sending to another.
 *
 * @module
 */
import { WirecatError } from "../core/errors.ts";
import type { Env, OpenRequest } from "../core/opener.ts";
import type { Peer } from "../core/peer.ts";
import { DGRAM, POLL_OUT } from "./numbers.ts";
import { type Destination, type PacketLimits, packetPeer } from "./packets.ts";
import { type Poller, poller } from "./poller.ts";
import { unixAddress, type UnixName } from "./sockaddr_un.ts";
import { bindSocket, connectSocket, newSocket } from "./unix_socket.ts";

/** What {@linkcode openUnixDgram} is told. */
export interface UnixDgramOptions extends PacketLimits {
  /** Where packets are received, from anybody. */
  readonly receive: UnixName;
  /** Where packets go. Somebody has to receive there already. */
  readonly send: UnixName;
  /** Whether a stale socket file is removed before binding. */
  readonly unlink: boolean;
  /** The specifier, for messages. */
  readonly shown: string;
}

/** Binds the one name and makes sure of the other. The socket's file goes with the peer. */
export async function openUnixDgram(
  options: UnixDgramOptions,
  env: Env,
  { signal }: OpenRequest,
): Promise<Peer> {
  const { receive, send, unlink, shown, maxMessage, dropLong, dropUnsendable } = options;
  const waits = poller(shown);
  const { libc } = waits;
  const outlet = await Outlet.open(waits, send, shown, signal);
  let fd: number | undefined;
  try {
    fd = newSocket(libc, DGRAM, shown);
    const file = bindSocket(libc, fd, receive, { unlink, shown });
    return packetPeer({
      fd,
      poller: waits,
      info: { name: shown },
      log: env.log,
      connected: false,
      destination: outlet,
      maxMessage,
      dropLong,
      dropUnsendable,
      onClose() {
        outlet.close();
        file?.remove();
      },
    });
  } catch (error) {
    if (fd !== undefined) libc.close(fd);
    outlet.close();
    throw error;
  }
}

/**
 * The other name, and a second socket connected to it, which serves only to find out
 * whether there is room there: the bound socket stays unconnected, since it would else
 * receive from that name alone.
 */
class Outlet implements Destination {
  readonly address: Uint8Array<ArrayBuffer>;
  readonly #fd: number;
  readonly #poller: Poller;
  readonly #shown: string;
  #closed = false;

  private constructor(
    fd: number,
    poller: Poller,
    address: Uint8Array<ArrayBuffer>,
    shown: string,
  ) {
    poller.retain();
    this.#fd = fd;
    this.#poller = poller;
    this.address = address;
    this.#shown = shown;
  }

  static async open(
    poller: Poller,
    name: UnixName,
    shown: string,
    signal: AbortSignal,
  ): Promise<Outlet> {
    const address = unixAddress(name);
    const fd = newSocket(poller.libc, DGRAM, shown);
    try {
      await connectSocket(poller, fd, name, shown, signal);
      return new Outlet(fd, poller, address, shown);
    } catch (error) {
      poller.libc.close(fd);
      throw error;
    }
  }

  drained(): Promise<boolean> {
    // Connected anew, since the receiver may have been started again meanwhile.
    const result = this.#closed ? 0 : this.#poller.libc.connect(this.#fd, this.address);
    if (result < 0) {
      throw new WirecatError(
        "connection",
        `nobody receives what ${this.#shown} sends any more: ${
          this.#poller.libc.error(result).message
        }`,
      );
    }
    return this.#closed ? Promise.resolve(false) : this.#poller.wait(this.#fd, POLL_OUT);
  }

  interrupt(): void {
    if (!this.#closed) this.#poller.forget(this.#fd);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#poller.forget(this.#fd);
    this.#poller.libc.close(this.#fd);
    this.#poller.release();
  }
}
