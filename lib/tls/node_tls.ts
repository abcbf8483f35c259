/**
 * The byte connection inside TLS, over `node:tls`: slower than the runtime's own, but it can
 * skip verification and stand on any transport.
 *
 * @module
 */
import type { Duplex } from "node:stream";
import * as tls from "node:tls";
import type { ByteConn } from "../core/conn.ts";
import { duplexFromConn, type Taker } from "./duplex.ts";
import { tlsFailure } from "./failure.ts";
import type { TlsIdentity } from "./identity.ts";
import type { Roots } from "./roots.ts";
import { truncated, type Truncation } from "./secure_conn.ts";

/** How much decrypted data waits for a reader before no more is read, in bytes. */
const READ_AHEAD = 64 * 1024;

/** What both sides are told. */
interface NodeTlsOptions {
  /** The transport. It is closed if the handshake fails, and with what is made of it. */
  readonly over: ByteConn;
  /** The other side's name, for errors. */
  readonly name: string;
  /** What an end without `close_notify` is. */
  readonly truncation: Truncation;
  /** Aborted when the handshake is to stop. */
  readonly signal?: AbortSignal;
}

/** What a client of `node:tls` is told. */
export interface NodeClientOptions extends NodeTlsOptions {
  /** The name that the certificate has to be for; may be left out when any will do. */
  readonly serverName?: string;
  /** Take any certificate. */
  readonly insecure: boolean;
  /** What is trusted. */
  readonly roots: Roots;
  /** Protocols to offer, by ALPN names. */
  readonly alpn?: readonly string[];
  /** What to show to a server that asks who this is. */
  readonly identity?: TlsIdentity;
}

/** Shakes hands as a client. Throws what `node:tls` throws. */
export function connectNodeTls(options: NodeClientOptions): Promise<ByteConn> {
  const { serverName, insecure, roots, alpn, identity } = options;
  return established(options, "secureConnect", (socket) =>
    tls.connect({
      socket,
      rejectUnauthorized: !insecure,
      // RFC 6066, section 3: an address is no server name, but certificates can be for one.
      servername: serverName === undefined || isAddress(serverName) ? "" : serverName,
      checkServerIdentity: (_host, certificate) =>
        insecure ? undefined : tls.checkServerIdentity(serverName ?? "", certificate),
      ca: insecure ? undefined : trusted(roots),
      ALPNProtocols: alpn && [...alpn],
      ...identity,
    }));
}

/** What a server of `node:tls` is told. */
export interface NodeServerOptions extends NodeTlsOptions {
  /** What to show to clients. */
  readonly identity: TlsIdentity;
  /** Further wishes, such as `minVersion` and `requestCert`. */
  readonly settings?: tls.TLSSocketOptions & tls.SecureContextOptions;
  /** Called after the handshake, to look at the client's certificate. */
  readonly onSecure?: (socket: tls.TLSSocket) => void;
}

/** Shakes hands as a server. Throws what `node:tls` throws. */
export function acceptNodeTls(options: NodeServerOptions): Promise<ByteConn> {
  const { identity: { cert, key }, settings, onSecure } = options;
  return established(options, "secure", (socket) => {
    const wrapped = new tls.TLSSocket(socket, {
      ...settings,
      isServer: true,
      secureContext: tls.createSecureContext({ ...settings, cert, key }),
    });
    if (onSecure !== undefined) wrapped.once("secure", () => onSecure(wrapped));
    return wrapped;
  });
}

function trusted({ certificates, only }: Roots): string[] | undefined {
  if (only) return [...certificates];
  return [...tls.rootCertificates, ...certificates];
}

function isAddress(name: string): boolean {
  return name.includes(":") || /^[\d.]+$/.test(name);
}

/** The connection once `event` says that hands were shaken. */
async function established(
  { over, name, truncation, signal }: NodeTlsOptions,
  event: "secureConnect" | "secure",
  wrap: (socket: Duplex) => tls.TLSSocket,
): Promise<ByteConn> {
  const received = new Received();
  const socket = wrap(duplexFromConn(over, received));
  received.from(socket);
  const abort = () => socket.destroy();
  signal?.addEventListener("abort", abort, { once: true });
  try {
    signal?.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      socket.once(event, resolve);
      // A server's socket says nothing of a client that just goes.
      received.whenOver = () => reject(received.error ?? new Error("unexpected end of file"));
    });
    signal?.throwIfAborted();
    return new NodeTlsConn(socket, received, name, truncation);
  } catch (error) {
    socket.destroy();
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

/** What a socket has decrypted and nobody has read yet, and how it ended. */
class Received implements Taker {
  /** What went wrong. */
  error: unknown;
  /** Whether no more comes. */
  over = false;
  /** Called when no more comes. */
  whenOver: (() => void) | undefined;
  /** Whether it ended without `close_notify`. */
  cut = true;
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;
  #wake: (() => void) | undefined;
  #resume: (() => void) | undefined;

  /** Begins to listen to a socket. */
  from(socket: tls.TLSSocket): void {
    socket.on("data", (chunk: Uint8Array) => {
      this.#chunks.push(chunk);
      this.#bytes += chunk.length;
      this.#wake?.();
    });
    socket.on("end", () => {
      if (!this.over) this.cut = false;
      this.end();
    });
    socket.on("error", (error) => {
      this.error ??= error;
      this.end();
    });
    socket.on("close", () => this.end());
  }

  ready(): Promise<void> | undefined {
    if (this.#bytes < READ_AHEAD || this.over) return undefined;
    return new Promise((resolve) => this.#resume = resolve);
  }

  ended(): void {
    this.end();
  }

  /** No more comes. */
  end(): void {
    this.over = true;
    this.#goOn();
    this.#wake?.();
    this.whenOver?.();
  }

  #goOn(): void {
    this.#resume?.();
    this.#resume = undefined;
  }

  /** Resolves when there is something, or no more comes. */
  async wait(): Promise<void> {
    while (this.#bytes === 0 && !this.over) {
      await new Promise<void>((resolve) => this.#wake = resolve);
      this.#wake = undefined;
    }
  }

  /** Moves what is there into `into`, as much as fits. */
  take(into: Uint8Array): number {
    let at = 0;
    while (at < into.length && this.#chunks.length > 0) {
      const chunk = this.#chunks[0];
      const length = Math.min(chunk.length, into.length - at);
      into.set(length === chunk.length ? chunk : chunk.subarray(0, length), at);
      at += length;
      if (length === chunk.length) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(length);
    }
    this.#bytes -= at;
    if (this.#bytes < READ_AHEAD) this.#goOn();
    return at;
  }
}

/** A socket of `node:tls` as a byte connection. */
class NodeTlsConn implements ByteConn {
  readonly #socket: tls.TLSSocket;
  readonly #received: Received;
  readonly #name: string;
  readonly #truncation: Truncation;

  constructor(socket: tls.TLSSocket, received: Received, name: string, truncation: Truncation) {
    this.#socket = socket;
    this.#received = received;
    this.#name = name;
    this.#truncation = truncation;
  }

  async read(into: Uint8Array): Promise<number | null> {
    const received = this.#received;
    await received.wait();
    const length = received.take(into);
    if (length > 0 || into.length === 0) return length;
    if (received.error !== undefined) {
      throw tlsFailure(`cannot read from ${this.#name}`, received.error);
    }
    return received.cut ? truncated(this.#name, this.#truncation) : null;
  }

  write(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => error ? reject(error) : resolve(bytes.length));
    });
  }

  closeWrite(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.end((error?: Error | null) => error ? reject(error) : resolve());
    });
  }

  close(): void {
    this.#socket.destroy();
    this.#received.end();
  }
}
