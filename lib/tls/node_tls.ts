/**
 * The byte connection inside TLS, over `node:tls`: slower than the runtime's own, but it can
 * skip verification and stand on any transport.
 *
 * @module
 */
import * as tls from "node:tls";
import type { ByteConn } from "../core/conn.ts";
import { duplexFromConn } from "./duplex.ts";
import type { TlsIdentity } from "./identity.ts";
import type { Roots } from "./roots.ts";
import { truncated, type Truncation } from "./secure_conn.ts";

/** How much decrypted data waits for a reader before the socket is paused, in bytes. */
const READ_AHEAD = 64 * 1024;

/** What a client of `node:tls` is told. */
export interface NodeClientOptions {
  /** The transport: a connection to stand on, or where to connect by TCP. */
  readonly over: ByteConn | { readonly hostname: string; readonly port: number };
  /** The name that the certificate has to be for. */
  readonly serverName: string | undefined;
  /** Take any certificate. */
  readonly insecure: boolean;
  /** What is trusted. */
  readonly roots: Roots;
  /** Protocols to offer, by ALPN names. */
  readonly alpn?: readonly string[];
  /** What to show to a server that asks who this is. */
  readonly identity?: TlsIdentity;
  /** The other side's name, for errors. */
  readonly name: string;
  /** What an end without `close_notify` is. */
  readonly truncation: Truncation;
  /** Aborted when the handshake is to stop. */
  readonly signal?: AbortSignal;
}

/** Connects as a client. Throws what `node:tls` throws. */
export function connectNodeTls(options: NodeClientOptions): Promise<ByteConn> {
  const { over, serverName, insecure, roots, alpn, identity } = options;
  const host = "port" in over ? over.hostname : undefined;
  const settings: tls.ConnectionOptions & { allowHalfOpen: boolean } = {
    ...("port" in over ? { host, port: over.port } : { socket: duplexFromConn(over) }),
    allowHalfOpen: true,
    rejectUnauthorized: !insecure,
    // RFC 6066, section 3: an address is no server name, but it is what the certificate is for.
    servername: serverName === undefined || isAddress(serverName) ? "" : serverName,
    checkServerIdentity: (_host, certificate) =>
      insecure ? undefined : tls.checkServerIdentity(serverName ?? host ?? "", certificate),
    ca: insecure ? undefined : trusted(roots),
    ALPNProtocols: alpn && [...alpn],
    ...identity,
  };
  return established(tls.connect(settings), "secureConnect", options);
}

/** What a server of `node:tls` is told. */
export interface NodeServerOptions {
  /** The transport. */
  readonly over: ByteConn;
  /** What to show to clients. */
  readonly identity: TlsIdentity;
  /** The other side's name, for errors. */
  readonly name: string;
  /** What an end without `close_notify` is. */
  readonly truncation: Truncation;
  /** Aborted when the handshake is to stop. */
  readonly signal?: AbortSignal;
}

/** Answers as a server. Throws what `node:tls` throws. */
export function acceptNodeTls(options: NodeServerOptions): Promise<ByteConn> {
  const socket = new tls.TLSSocket(duplexFromConn(options.over), {
    isServer: true,
    secureContext: tls.createSecureContext({ ...options.identity }),
  });
  return established(socket, "secure", options);
}

function trusted({ certificates, only }: Roots): string[] | undefined {
  if (only) return [...certificates];
  return [...tls.rootCertificates, ...certificates];
}

function isAddress(name: string): boolean {
  return name.includes(":") || /^[\d.]+$/.test(name);
}

interface Established {
  readonly name: string;
  readonly truncation: Truncation;
  readonly signal?: AbortSignal;
}

/** The connection once `event` says that hands were shaken. */
async function established(
  socket: tls.TLSSocket,
  event: "secureConnect" | "secure",
  { name, truncation, signal }: Established,
): Promise<ByteConn> {
  const conn = new NodeTlsConn(socket, name, truncation);
  const abort = () => socket.destroy();
  signal?.addEventListener("abort", abort, { once: true });
  try {
    signal?.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      socket.once(event, resolve);
      socket.once("error", reject);
      socket.once(
        "close",
        () => reject(new Error("the connection was reset during the handshake")),
      );
    });
    signal?.throwIfAborted();
    socket.setNoDelay?.(true);
    return conn;
  } catch (error) {
    socket.destroy();
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

/** A socket of `node:tls` as a byte connection. */
class NodeTlsConn implements ByteConn {
  readonly #socket: tls.TLSSocket;
  readonly #name: string;
  readonly #truncation: Truncation;
  /** Decrypted data that nobody has read yet. */
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #ended = false;
  #closed = false;
  #error: unknown;
  #wake: (() => void) | undefined;

  constructor(socket: tls.TLSSocket, name: string, truncation: Truncation) {
    this.#socket = socket;
    this.#name = name;
    this.#truncation = truncation;
    socket.on("data", (chunk: Uint8Array) => {
      this.#waiting.push(chunk);
      this.#waitingBytes += chunk.length;
      if (this.#waitingBytes >= READ_AHEAD) socket.pause();
      this.#wake?.();
    });
    socket.on("end", () => {
      this.#ended = true;
      this.#wake?.();
    });
    socket.on("error", (error) => {
      this.#error ??= error;
      this.#wake?.();
    });
    socket.on("close", () => {
      this.#closed = true;
      this.#wake?.();
    });
  }

  async read(into: Uint8Array): Promise<number | null> {
    while (this.#waitingBytes === 0) {
      if (this.#error !== undefined) throw this.#error;
      if (this.#ended) return null;
      if (this.#closed) return truncated(this.#name, this.#truncation);
      await new Promise<void>((resolve) => this.#wake = resolve);
      this.#wake = undefined;
    }
    return this.#take(into);
  }

  #take(into: Uint8Array): number {
    let at = 0;
    while (at < into.length && this.#waiting.length > 0) {
      const chunk = this.#waiting[0];
      const length = Math.min(chunk.length, into.length - at);
      into.set(length === chunk.length ? chunk : chunk.subarray(0, length), at);
      at += length;
      if (length === chunk.length) this.#waiting.shift();
      else this.#waiting[0] = chunk.subarray(length);
    }
    this.#waitingBytes -= at;
    if (this.#waitingBytes < READ_AHEAD && this.#socket.isPaused()) this.#socket.resume();
    return at;
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
    this.#closed = true;
    this.#socket.destroy();
    this.#wake?.();
  }
}
