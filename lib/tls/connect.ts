/**
 * TLS as a client: over TCP, or over any connection.
 *
 * @module
 */
import type { ByteConn } from "../core/conn.ts";
import { closeQuietly } from "../core/conn.ts";
import { formatHostPort, type HostPort } from "../net/address.ts";
import { dialTcp } from "../net/dial.ts";
import { connectFailure } from "../net/failure.ts";
import { isAuthorityAsServer, tlsFailure } from "./failure.ts";
import type { TlsIdentity } from "./identity.ts";
import { type Roots, trustedRoots } from "./roots.ts";
import { handshake, SecureConn, type Truncation } from "./secure_conn.ts";

/** What a TLS client may be told. */
export interface TlsClientOptions {
  /** The name that the certificate has to be for, which is also sent as SNI. */
  readonly serverName?: string;
  /** Take any certificate and name. */
  readonly insecure?: boolean;
  /** Certificates to trust beside the usual ones, in PEM. */
  readonly authorities?: readonly string[];
  /** Protocols to offer, by ALPN names. */
  readonly alpn?: readonly string[];
  /** What to show to a server that asks who this is. */
  readonly identity?: TlsIdentity;
  /** What an end without `close_notify` is; an error if not given. */
  readonly truncation?: Truncation;
  /** How errors name the server; its address if not given. */
  readonly name?: string;
  /** Aborted when connecting is to stop. */
  readonly signal?: AbortSignal;
}

/** Where to connect to, and how. */
export interface ConnectTlsOptions extends TlsClientOptions, HostPort {}

/**
 * Connects by TCP and shakes hands. The certificate has to be for `serverName`, or else for
 * `hostname`. Throws `resolution`, `connection` or `tls` errors.
 */
export async function connectTls(options: ConnectTlsOptions): Promise<ByteConn> {
  const { hostname, port, identity } = options;
  const serverName = options.serverName || hostname;
  const name = options.name ?? `tls:${formatHostPort(options)}`;
  const roots = await rootsFor(options);
  const request: Request = { ...options, serverName, name, roots };
  const dial = () => dialTcp(hostname, port, options.signal, { target: name });
  // Deno.startTls shows no certificate, and Deno.connectTls knows one name only.
  if (options.insecure || roots.only || (identity && serverName !== hostname)) {
    return overNode(await dial(), request);
  }
  try {
    if (identity) return await withIdentity(options, identity, request);
    return await startTls(await dial(), request);
  } catch (error) {
    // A certificate that is its own authority, and trusted: OpenSSL takes it, and so does Node's.
    if (!(error instanceof Error && isAuthorityAsServer(error.cause))) throw error;
    return overNode(await dial(), request);
  }
}

/** Shakes hands over a connection that is there already; closes it if that fails. */
export async function tlsOverConn(conn: ByteConn, options: TlsClientOptions): Promise<ByteConn> {
  const request: Request = {
    ...options,
    name: options.name ?? options.serverName ?? "the other side",
    roots: await rootsFor(options).catch((error) => {
      closeQuietly(conn);
      throw error;
    }),
  };
  const plain = request.serverName && !request.insecure && !request.roots.only &&
    request.identity === undefined && request.authorities === undefined;
  if (plain && isTcp(conn)) return startTls(conn, { ...request, serverName: request.serverName });
  return overNode(conn, request);
}

interface Request extends TlsClientOptions {
  readonly name: string;
  readonly roots: Roots;
}

async function rootsFor(options: TlsClientOptions): Promise<Roots> {
  if (options.insecure) return { certificates: [], only: false };
  const roots = await trustedRoots();
  if (options.authorities === undefined) return roots;
  return { ...roots, certificates: [...roots.certificates, ...options.authorities] };
}

/** Whether the runtime's own TLS can take the connection over. */
function isTcp(conn: ByteConn): conn is Deno.TcpConn {
  return "setKeepAlive" in conn;
}

async function startTls(
  tcp: Deno.TcpConn,
  { name, roots, serverName, alpn, signal, truncation }: Request,
): Promise<ByteConn> {
  const attempt = `cannot connect to ${name}`;
  let conn: Deno.TlsConn;
  try {
    conn = await Deno.startTls(tcp, {
      hostname: serverName,
      caCerts: [...roots.certificates],
      alpnProtocols: alpn && [...alpn],
    });
  } catch (error) {
    closeQuietly(tcp);
    throw tlsFailure(attempt, error);
  }
  await handshake(conn, attempt, { signal });
  return new SecureConn(conn, name, truncation);
}

async function withIdentity(
  { hostname, port }: HostPort,
  identity: TlsIdentity,
  { name, roots, alpn, signal, truncation }: Request,
): Promise<ByteConn> {
  // The call takes no signal: a connection that comes too late is closed.
  const connecting = Deno.connectTls({
    hostname,
    port,
    caCerts: [...roots.certificates],
    alpnProtocols: alpn && [...alpn],
    ...identity,
  });
  const conn = await raceAbort(connecting, signal).catch((error) => {
    if (signal?.aborted) {
      connecting.then(closeQuietly, () => {});
      throw signal.reason;
    }
    throw connectFailure(error, name, { hostname, port });
  });
  await handshake(conn, `cannot connect to ${name}`, { signal });
  return new SecureConn(conn, name, truncation);
}

async function overNode(
  over: ByteConn,
  { serverName, insecure = false, roots, alpn, identity, name, truncation = "error", signal }:
    Request,
): Promise<ByteConn> {
  const { connectNodeTls } = await import("./node_tls.ts");
  try {
    return await connectNodeTls({
      over,
      serverName,
      insecure,
      roots,
      alpn,
      identity,
      name,
      truncation,
      signal,
    });
  } catch (error) {
    closeQuietly(over);
    signal?.throwIfAborted();
    throw tlsFailure(`cannot connect to ${name}`, error);
  }
}

function raceAbort<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
