/**
 * The byte connection inside TLS, over `node:tls`: slower than the runtime's own, but it can
 * skip verification and stand on any transport.
 *
 * @module
 */
import type { Duplex } from "node:stream";
import * as tls from "node:tls";
import type { ByteConn } from "../core/conn.ts";
import type { TlsFacts } from "../core/trace.ts";
import { isAddress } from "../net/cidr.ts";
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
  /** What is trusted; the runtime's own list if not given. */
  readonly roots?: Roots;
  /** The oldest version that will do; `1.2` if not given. */
  readonly minVersion?: TlsVersion;
  /** Protocols to offer, by ALPN names. */
  readonly alpn?: readonly string[];
  /** What to show to a server that asks who this is. */
  readonly identity?: TlsIdentity;
  /**
   * Judges the session before anything is sent or read. What it throws ends the connection; if it
   * does not throw, any certificate is taken.
   */
  readonly judge: (session: NodeSession) => void;
}

/** A version of TLS, as the command line says it. */
export type TlsVersion = "1.2" | "1.3";

/** What hands were shaken on. */
export interface NodeSession extends TlsFacts {
  /** The server's certificates, its own first, in DER. */
  readonly chain: readonly Uint8Array[];
  /** Whether the certificate is one to trust, for the name. */
  readonly verified: boolean;
  /** Why it is not: a code of OpenSSL's, or Node's. */
  readonly problem?: string;
}

/**
 * Shakes hands as a client. The proof that the server has the key of its certificate is part of
 * that; whether the certificate is one to trust is for `judge` to say. Throws what `node:tls` and
 * `judge` throw.
 */
export function connectNodeTls(options: NodeClientOptions): Promise<ByteConn> {
  const { serverName, roots, alpn, identity, minVersion, judge } = options;
  const wrap = (socket: Duplex) =>
    tls.connect({
      socket,
      // After a refusal of its own, `node:tls` does not tell the certificate any more.
      rejectUnauthorized: false,
      // RFC 6066, section 3: an address is no server name, but certificates can be for one.
      servername: serverName === undefined || isAddress(serverName) ? "" : serverName,
      checkServerIdentity: (_host, certificate) =>
        tls.checkServerIdentity(serverName ?? "", certificate),
      ca: roots && trusted(roots),
      ALPNProtocols: alpn && [...alpn],
      minVersion: minVersion && `TLSv${minVersion}`,
      ...identity,
    });
  return established(options, "secureConnect", wrap, (socket) => judge(sessionOf(socket)));
}

function sessionOf(socket: tls.TLSSocket): NodeSession {
  const { authorized, authorizationError } = socket;
  return {
    ...agreedOn(socket),
    chain: chainOf(socket),
    verified: authorized === true,
    problem: authorized ? undefined : codeOf(authorizationError),
  };
}

/** What both sides have agreed on. */
export function agreedOn(
  socket: tls.TLSSocket,
): Pick<TlsFacts, "version" | "cipher" | "alpn"> {
  return {
    version: socket.getProtocol?.() ?? undefined,
    cipher: socket.getCipher?.()?.standardName,
    alpn: socket.alpnProtocol || undefined,
  };
}

/** The certificates that the other side has shown, its own first, in DER; none if Deno is too old. */
export function chainOf(socket: tls.TLSSocket): Uint8Array[] {
  const chain: Uint8Array[] = [];
  const seen = new Set<unknown>();
  let next: tls.DetailedPeerCertificate | undefined;
  try {
    next = socket.getPeerCertificate(true);
  } catch (error) {
    if (error instanceof TypeError) return []; // Executables may have an older Deno in them.
    throw error;
  }
  while (next?.raw !== undefined && !seen.has(next)) {
    seen.add(next);
    chain.push(new Uint8Array(next.raw));
    next = next.issuerCertificate;
  }
  return chain;
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${(error as { code?: unknown }).code ?? ""} ${error.message}`;
}

/** What a server of `node:tls` is told. */
export interface NodeServerOptions extends NodeTlsOptions {
  /** What to show to clients; not needed where `settings` has a `secureContext`. */
  readonly identity?: TlsIdentity;
  /** Further wishes, such as `minVersion` and `requestCert`. */
  readonly settings?: tls.TLSSocketOptions & tls.SecureContextOptions;
  /** Called after the handshake, to look at the client's certificate. */
  readonly onSecure?: (socket: tls.TLSSocket) => void;
}

/** Shakes hands as a server. Throws what `node:tls` throws. */
export function acceptNodeTls(options: NodeServerOptions): Promise<ByteConn> {
  const { identity, settings, onSecure } = options;
  return established(options, "secure", (socket) => {
    const wrapped = new tls.TLSSocket(socket, {
      ...settings,
      isServer: true,
      secureContext: settings?.secureContext ??
        tls.createSecureContext({ ...settings, ...identity }),
    });
    if (onSecure !== undefined) wrapped.once("secure", () => onSecure(wrapped));
    return wrapped;
  });
}

function trusted({ certificates, only }: Roots): string[] {
  if (only) return [...certificates];
  return [...tls.rootCertificates, ...certificates];
}

/** The connection once `event` says that hands were shaken. */
async function established(
  { over, name, truncation, signal }: NodeTlsOptions,
  event: "secureConnect" | "secure",
  wrap: (socket: Duplex) => tls.TLSSocket,
  check: (socket: tls.TLSSocket) => void = () => {},
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
    check(socket);
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
