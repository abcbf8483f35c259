/**
 * TLS for the clients of a websockify server.
 *
 * @module
 */
import type { ByteConn } from "../core/conn.ts";
import { WirecatError } from "../core/errors.ts";
import type { OptionValues } from "../core/option.ts";
import { withTimeLimit } from "../net/time_limit.ts";
import type { TlsIdentity } from "../tls/identity.ts";
import { caFile, cert, key, keyPassword, sslOnly, sslVersion, verifyClient } from "./options.ts";

/** A client that has shaken hands. */
export interface SecureClient {
  /** The connection inside TLS. */
  readonly conn: ByteConn;
  /** The common name of the certificate that it showed. */
  readonly commonName?: string;
}

/** Answers clients that speak TLS. */
export interface TlsServer {
  /** What is shown to clients. */
  readonly identity: TlsIdentity;
  /** Whether the runtime's own TLS can do all that is asked for. */
  readonly simple: boolean;
  /** Shakes hands; closes the connection if that fails. Throws `tls` errors. */
  accept(conn: ByteConn, name: string, signal: AbortSignal): Promise<SecureClient>;
}

/**
 * What the options ask for. Without a certificate there is no TLS, only the reason why. Throws a
 * `WirecatError` where `--ssl-only` or `--verify-client` needs one, and for a bad one.
 */
export async function tlsServerOf(
  options: OptionValues,
): Promise<{ tls?: TlsServer; noTls: string }> {
  const file = options.get(cert);
  const asked = options.get(sslOnly) || options.get(verifyClient);
  if (!asked && !exists(file)) {
    return { noTls: `there is no certificate: ${file} does not exist` };
  }
  const { readIdentity } = await import("../tls/identity.ts");
  const identity = await readIdentity({
    file,
    keyFile: options.get(key),
    password: options.get(keyPassword) ?? "",
  }).catch((error) => {
    throw inOurWords(error);
  });
  const simple = !options.get(verifyClient) && options.get(sslVersion) !== "tlsv1_3";
  if (!simple) {
    const { strictTls } = await import("./strict_tls.ts");
    const accept = await strictTls(identity, {
      oldest: options.get(sslVersion) === "tlsv1_3" ? "TLSv1.3" : "TLSv1.2",
      verify: options.get(verifyClient),
      authorities: options.get(caFile),
    });
    return { tls: { identity, simple, accept }, noTls: "" };
  }
  const accept = async (conn: ByteConn, name: string, signal: AbortSignal) => {
    const { acceptTlsOverConn } = await import("../tls/accept.ts");
    return { conn: await acceptTlsOverConn(conn, identity, { name, truncation: "end", signal }) };
  };
  return { tls: { identity, simple, accept }, noTls: "" };
}

/** How many seconds a handshake may take. */
const HANDSHAKE = 15;

/** Runs a handshake, whose signal is aborted with `signal` or when the time is up. */
export function handshakeInTime<T>(
  signal: AbortSignal,
  handshake: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = () => new WirecatError("timeout", "did not finish the TLS handshake in time");
  return withTimeLimit(HANDSHAKE, signal, late, handshake);
}

/** The error with websockify's names of the options that its hint speaks of. */
function inOurWords(error: unknown): unknown {
  if (!(error instanceof WirecatError) || error.hint === undefined) return error;
  const hint = error.hint.includes("passwd")
    ? "give it with --key-password"
    : error.hint.replace(/--tls-key or --client-key/, "--key");
  return new WirecatError(error.kind, error.message, { hint, cause: error.cause });
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
