/**
 * TLS as a client: over TCP, or over any connection.
 *
 * @module
 */
import { unlessAborted } from "../core/abort.ts";
import type { ByteConn } from "../core/conn.ts";
import { closeQuietly } from "../core/conn.ts";
import type { Trace } from "../core/trace.ts";
import { formatHostPort, type HostPort } from "../net/address.ts";
import { dialTcp } from "../net/dial.ts";
import { connectFailure } from "../net/failure.ts";
import {
  isAuthorityAsServer,
  isCertificateRefusal,
  proofFailure,
  saidBy,
  tlsFailure,
} from "./failure.ts";
import type { TlsIdentity } from "./identity.ts";
import type { NodeSession, TlsVersion } from "./node_tls.ts";
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
  /**
   * Fingerprints as `parsePin` gives them. A certificate that has one of them is trusted, whatever
   * it says and whoever signed it, and no other is.
   */
  readonly pins?: readonly string[];
  /** The oldest version that will do; `1.2` if not given. */
  readonly minVersion?: TlsVersion;
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
  /** Where the session is noted, if somebody wants to know. */
  readonly trace?: Trace;
  /** Told when the session's keys cannot be written to `SSLKEYLOGFILE`, if there is that. */
  readonly onHiddenKeys?: () => void;
}

/** Where to connect to, and how. */
export interface ConnectTlsOptions extends TlsClientOptions, HostPort {
  /** Connects, where that is more than TCP to the host, as through a proxy; may be called again. */
  readonly dial?: () => Promise<ByteConn>;
}

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
  const dial = options.dial ??
    ((): Promise<ByteConn> =>
      dialTcp(hostname, port, options.signal, { target: name, trace: options.trace }));
  // Deno.startTls shows no certificate, and Deno.connectTls knows one name only.
  const { trace, dial: route } = options;
  if (needsNode(request) || (identity && (route || trace || serverName !== hostname))) {
    return overNode(await dial(), request);
  }
  try {
    if (identity) return await withIdentity(options, identity, request);
    const conn = await dial();
    if (!isTcp(conn)) return await overNode(conn, request);
    const secure = await startTls(conn, request);
    trace?.mark("tls");
    return secure;
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    // A certificate that is its own authority, and trusted: OpenSSL takes it, and so does Node's.
    if (isAuthorityAsServer(cause)) return overNode(await dial(), request);
    if (isCertificateRefusal(cause)) throw await explained(error, cause, dial, request);
    throw error;
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
  const plain = request.serverName && !needsNode(request) &&
    request.identity === undefined && request.authorities === undefined;
  if (plain && isTcp(conn)) return startTls(conn, { ...request, serverName: request.serverName });
  return overNode(conn, request);
}

/** Whether it takes `node:tls`: the runtime's own shows no certificate and has few wishes. */
function needsNode({ insecure, roots, pins, minVersion, trace }: Request): boolean {
  return insecure === true || roots.only || pins !== undefined || minVersion === "1.3" ||
    trace?.wantsSession === true;
}

/**
 * The error for a certificate that the runtime's own TLS has refused without showing it: connects
 * once more to see it, sends nothing, and tells about it. The identity that was given for this
 * server is shown again: one that insists on it ends the handshake without.
 */
async function explained(
  error: unknown,
  cause: unknown,
  dial: () => Promise<ByteConn>,
  request: Request,
): Promise<unknown> {
  const { name, serverName, signal, identity } = request;
  try {
    const { connectNodeTls } = await import("./node_tls.ts");
    const { verificationFailure } = await import("./verification.ts");
    const over = await dial();
    let chain: readonly Uint8Array[] = [];
    const judge = (session: NodeSession) => void (chain = session.chain);
    try {
      const options = { over, serverName, name, signal, identity, judge } as const;
      const conn = await connectNodeTls({ ...options, truncation: "end" });
      await conn.closeWrite(); // The server sees a client that has nothing to say.
      conn.close();
    } finally {
      closeQuietly(over);
    }
    if (chain.length === 0) return error;
    const refusal = { chain, serverName, said: saidBy(cause), cause };
    return verificationFailure(`cannot connect to ${name}`, refusal);
  } catch {
    return error; // What was said first is all that is known.
  }
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
  const conn = await (signal ? unlessAborted(connecting, signal) : connecting).catch((error) => {
    if (signal?.aborted) {
      connecting.then(closeQuietly, () => {});
      throw signal.reason;
    }
    throw connectFailure(error, name, { hostname, port });
  });
  await handshake(conn, `cannot connect to ${name}`, { signal });
  return new SecureConn(conn, name, truncation);
}

async function overNode(over: ByteConn, request: Request): Promise<ByteConn> {
  request.onHiddenKeys?.();
  const { name, truncation = "error", signal, serverName, alpn, identity, minVersion } = request;
  const { connectNodeTls } = await import("./node_tls.ts");
  const judge = await judgeFor(request);
  const roots = request.insecure || request.pins !== undefined ? undefined : request.roots;
  try {
    return await connectNodeTls({
      ...{ over, name, truncation, signal, serverName, alpn, identity, minVersion, roots, judge },
    });
  } catch (error) {
    closeQuietly(over);
    signal?.throwIfAborted();
    throw proofFailure(`cannot connect to ${name}`, error);
  }
}

/** Decides by what the command line says whether a session may go on; notes it in the trace. */
async function judgeFor(request: Request): Promise<(session: NodeSession) => void> {
  const { name, serverName, insecure = false, pins, trace } = request;
  const [{ isPinned }, { pinFailure, verificationFailure }] = await Promise.all([
    import("./pin.ts"),
    import("./verification.ts"),
  ]);
  const attempt = `cannot connect to ${name}`;
  return ({ problem, ...session }) => {
    const { chain } = session;
    const pinned = pins !== undefined && chain.length > 0 && isPinned(chain[0], pins);
    const verified = pins !== undefined ? pinned : !insecure && session.verified;
    if (trace !== undefined) {
      trace.tls = { ...session, verified };
      trace.mark("tls");
    }
    if (verified) return;
    if (pins !== undefined) throw pinFailure(attempt, chain);
    if (!insecure) throw verificationFailure(attempt, { chain, serverName, said: problem ?? "" });
  };
}
