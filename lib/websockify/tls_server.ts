/**
 * TLS for the clients of a websockify server.
 *
 * @module
 */
import type { ByteConn } from "../core/conn.ts";
import type { OptionValues } from "../core/option.ts";
import type { TlsIdentity } from "../tls/identity.ts";
import {
  caFile,
  cert,
  key,
  keyPassword,
  sslCiphers,
  sslOnly,
  sslVersion,
  verifyClient,
} from "./options.ts";

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
 * `WirecatError` where that was asked for by name, or the certificate is no good.
 */
export async function tlsServerOf(
  options: OptionValues,
): Promise<{ tls?: TlsServer; noTls: string }> {
  const file = options.get(cert);
  const asked = options.given(cert) || options.given(key) || options.get(sslOnly) ||
    options.get(verifyClient);
  if (!asked && !exists(file)) {
    return { noTls: `there is no certificate: ${file} does not exist, and --cert names no other` };
  }
  const { readIdentity } = await import("../tls/identity.ts");
  const identity = await readIdentity({
    file,
    keyFile: options.get(key),
    password: options.get(keyPassword) ?? "",
  });
  const simple = !options.get(verifyClient) && !options.given(sslCiphers) &&
    options.get(sslVersion) !== "tlsv1_3";
  if (!simple) {
    const { strictTls } = await import("./strict_tls.ts");
    const accept = await strictTls(identity, {
      oldest: options.get(sslVersion) === "tlsv1_3" ? "TLSv1.3" : "TLSv1.2",
      ciphers: options.get(sslCiphers),
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

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
