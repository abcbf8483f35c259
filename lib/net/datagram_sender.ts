/**
 * Messages out as datagrams.
 *
 * @module
 */
import { type Batch, CONTINUED, MORE } from "../core/batch.ts";
import { WirecatError } from "../core/errors.ts";
import { type Log, warnOnce } from "../core/log.ts";
import { formatAddress, type UdpAddress } from "./udp_address.ts";
import type { UdpSocket } from "./udp_socket.ts";

/** The most bytes that fit in a UDP datagram over IPv4: 65535 less both headers (RFC 768, RFC 791). */
const MAX_IPV4_DATAGRAM = 65507;
/** The same over IPv6, whose own header is not counted (RFC 8200, section 3). */
const MAX_IPV6_DATAGRAM = 65527;

/**
 * Sends each message of a batch as one datagram. The runtime does not keep the order of
 * datagrams that are under way together, so each is handed over when the one before is
 * done: by a callback, so that there is one promise for all.
 */
export class DatagramSender {
  readonly #socket: UdpSocket;
  readonly #dropTooLong: boolean;
  readonly #tellDropped: (text: string) => void;
  /** The parts of a message that came in several entries. */
  #parts?: Uint8Array<ArrayBuffer>;
  #partsLength = 0;
  #batch?: Batch;
  #at = 0;
  #to!: UdpAddress;
  #settle!: (error?: unknown) => void;

  /** With `dropTooLong` a message that does not fit is dropped with a warning; else it is an error. */
  constructor(socket: UdpSocket, dropTooLong: boolean, log: Log) {
    this.#socket = socket;
    this.#dropTooLong = dropTooLong;
    this.#tellDropped = warnOnce(log);
  }

  /** Sends all messages of `batch` to `to`. Resolves when the system has them. */
  send(batch: Batch, to: UdpAddress): Promise<void> {
    return this.#run((settle) => {
      this.#batch = batch;
      this.#at = 0;
      this.#to = to;
      this.#settle = settle;
      this.#step();
    });
  }

  /** Sends one datagram. Resolves when the system has it. */
  sendOne(message: Uint8Array, to: UdpAddress): Promise<void> {
    return this.#run((settle) => {
      this.#socket.send(message, to, (error) => {
        settle(error ? sendError(error, to) : undefined);
      });
    });
  }

  /**
   * The message that entry `i` of a batch completes: the entry, or all parts put together. Nothing
   * for a part that more follow, and for a message that is too long and to be dropped.
   */
  next(batch: Batch, i: number): Uint8Array<ArrayBuffer> | undefined {
    const flags = batch.flags(i);
    const entry = batch.message(i);
    const most = this.#socket.ipv6 ? MAX_IPV6_DATAGRAM : MAX_IPV4_DATAGRAM;
    if ((flags & (MORE | CONTINUED)) === 0) {
      return entry.length <= most ? entry : this.#tooLong(entry.length, most, false);
    }
    if ((flags & CONTINUED) === 0) this.#partsLength = 0;
    const at = this.#partsLength;
    this.#partsLength += entry.length;
    if (this.#partsLength <= most) {
      (this.#parts ??= new Uint8Array(most)).set(entry, at);
    } else if (!this.#dropTooLong) {
      return this.#tooLong(this.#partsLength, most, (flags & MORE) !== 0);
    }
    if ((flags & MORE) !== 0) return undefined;
    const parts = this.#parts;
    this.#parts = undefined;
    return this.#partsLength <= most
      ? parts!.subarray(0, this.#partsLength)
      : this.#tooLong(this.#partsLength, most, false);
  }

  #tooLong(length: number, most: number, more: boolean): undefined {
    const size = more ? `more than ${length}` : length;
    if (!this.#dropTooLong) {
      throw new WirecatError(
        "other",
        `a message of ${size} bytes does not fit in a UDP datagram, which holds ${most} at most`,
        { hint: `-B ${most} splits longer ones, --strict drops them` },
      );
    }
    this.#parts = undefined;
    this.#tellDropped(
      `dropped a message of ${size} bytes: a UDP datagram holds ${most} at most`,
    );
  }

  /** Sends the next message of the batch, if there is one. */
  #step(): void {
    const batch = this.#batch;
    if (batch === undefined) return;
    try {
      while (this.#at < batch.length) {
        const message = this.next(batch, this.#at++);
        if (message !== undefined) return this.#socket.send(message, this.#to, this.#done);
      }
      this.#settle();
    } catch (error) {
      this.#settle(error);
    }
  }

  readonly #done = (error: Error & { code?: string } | null): void => {
    if (error?.code === "EMSGSIZE" && this.#dropTooLong) {
      this.#tellDropped("dropped a message: as a datagram it is too long for the system");
    } else if (error) {
      return this.#settle(sendError(error, this.#to));
    }
    this.#step();
  };

  /** Runs `start` until it settles or the socket is closed. */
  #run(start: (settle: (error?: unknown) => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#socket.closed) return reject(closedError());
      const settle = (error?: unknown) => {
        forget();
        this.#batch = undefined;
        if (error === undefined) resolve();
        else reject(error);
      };
      const forget = this.#socket.whenClosed(() => settle(closedError()));
      start(settle);
    });
  }
}

/** The runtime tells little of why: all errors but a datagram's size look the same. */
function sendError(error: Error & { code?: string }, to: UdpAddress): WirecatError {
  const where = `cannot send to udp ${formatAddress(to)}`;
  if (error.code === "EMSGSIZE") {
    return new WirecatError("other", `${where}: the datagram is too long for the system`, {
      hint: "-B splits longer messages",
      cause: error,
    });
  }
  return new WirecatError("connection", `${where}: the system refused`, {
    hint: to.ip.endsWith("255")
      ? "a broadcast address needs --udp-broadcast"
      : "is there a route to that address?",
    cause: error,
  });
}

function closedError(): Error {
  return new Deno.errors.BrokenPipe("the UDP socket was closed");
}
