/**
 * TLS as a server: on a TCP port, or over any connection.
 *
 * @module
 */
import { type ByteConn, closeQuietly } from "../core/conn.ts";
import type { Trace } from "../core/trace.ts";
import { tlsFailure } from "./failure.ts";
import type { TlsIdentity } from "./identity.ts";
import { handshake, SecureConn, type Truncation } from "./secure_conn.ts";

/** What answering a client may be told. */
export interface AcceptTlsOptions {
  /** The client, for errors. */
  readonly name: string;
  /** What an end without `close_notify` is; an error if not given. */
  readonly truncation?: Truncation;
  /** Aborted when the handshake is to stop. */
  readonly signal?: AbortSignal;
  /** Gets what is known of the session. */
  readonly trace?: Trace;
}

/**
 * Shakes hands with a client that `Deno.listenTls` accepted; closes the connection if that
 * fails. Throws `tls` errors.
 */
export async function acceptTls(conn: Deno.TlsConn, options: AcceptTlsOptions): Promise<ByteConn> {
  const { name, truncation, signal, trace } = options;
  const { alpnProtocol } = await handshake(conn, attempt(name), { signal, role: "server" });
  if (trace !== undefined) trace.tls = { alpn: alpnProtocol ?? undefined };
  return new SecureConn(conn, name, truncation);
}

/** Shakes hands with a client over any connection; closes it if that fails. */
export async function acceptTlsOverConn(
  conn: ByteConn,
  identity: TlsIdentity,
  { name, truncation = "error", signal }: AcceptTlsOptions,
): Promise<ByteConn> {
  const { acceptNodeTls } = await import("./node_tls.ts");
  try {
    return await acceptNodeTls({ over: conn, identity, name, truncation, signal });
  } catch (error) {
    closeQuietly(conn);
    signal?.throwIfAborted();
    throw tlsFailure(attempt(name), error, "server");
  }
}

function attempt(name: string): string {
  return `no TLS with ${name}`;
}
