/**
 * TLS with more wishes than the runtime's own server takes: a newest-only version,
 * certificates of clients. By `node:tls`.
 *
 * @module
 */
import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import { type ByteConn, closeQuietly } from "../core/conn.ts";
import { WirecatError } from "../core/errors.ts";
import { isTrusted } from "../tls/client_certificate.ts";
import { tlsFailure } from "../tls/failure.ts";
import type { TlsIdentity } from "../tls/identity.ts";
import { acceptNodeTls } from "../tls/node_tls.ts";
import { certificateBlocks, readCertificates, trustedRoots } from "../tls/roots.ts";
import type { SecureClient, TlsServer } from "./tls_server.ts";

/** The wishes. */
export interface StrictTlsOptions {
  /** The oldest version that is spoken. */
  readonly oldest: "TLSv1.2" | "TLSv1.3";
  /** Whether clients have to show a certificate. */
  readonly verify: boolean;
  /** The authorities that it has to be of, instead of the system's. */
  readonly authorities?: string;
}

/** Prepares to answer clients. Throws a `tls` error. */
export async function strictTls(
  identity: TlsIdentity,
  options: StrictTlsOptions,
): Promise<TlsServer["accept"]> {
  const authorities = options.verify ? await authoritiesOf(options.authorities) : [];
  const settings = {
    minVersion: options.oldest,
    requestCert: options.verify,
    // Without a certificate the handshake fails then; whose it is is looked at below.
    rejectUnauthorized: options.verify,
    ca: options.verify ? authorities.map((certificate) => certificate.toString()) : undefined,
  };
  return async (conn: ByteConn, name: string, signal: AbortSignal): Promise<SecureClient> => {
    let shown: Uint8Array | undefined;
    let secure: ByteConn;
    try {
      secure = await acceptNodeTls({
        over: conn,
        identity,
        name,
        truncation: "end",
        signal,
        settings,
        onSecure: (socket) => shown = socket.getPeerCertificate()?.raw,
      });
    } catch (error) {
      closeQuietly(conn);
      signal.throwIfAborted();
      throw tlsFailure(`no TLS with ${name}`, error, "server");
    }
    if (!options.verify) return { conn: secure };
    try {
      return { conn: secure, commonName: commonNameOf(shown, authorities) };
    } catch (error) {
      closeQuietly(secure);
      throw error;
    }
  };
}

/** The common name of a client's certificate. Throws if that is not trusted. */
function commonNameOf(
  der: Uint8Array | undefined,
  authorities: readonly X509Certificate[],
): string | undefined {
  const refused = (why: string) => new WirecatError("tls", `the client's certificate ${why}`);
  if (der === undefined) throw refused("is missing");
  const certificate = new X509Certificate(der);
  const subject = certificate.subject.replaceAll("\n", ", ");
  if (!isTrusted(certificate, authorities, new Date())) {
    throw refused(`(${subject}) is of nobody who is trusted, or not valid now`);
  }
  return /(?:^|\n)CN=(.*)/.exec(certificate.subject)?.[1];
}

async function authoritiesOf(file: string | undefined): Promise<X509Certificate[]> {
  const texts = file === undefined
    ? [...(await trustedRoots()).certificates]
    : [await readCertificates(file, `--cafile ${file}`)];
  const blocks = texts.flatMap(certificateBlocks);
  const found: X509Certificate[] = [];
  for (const block of blocks.length > 0 ? blocks : rootCertificates) {
    try {
      found.push(new X509Certificate(block));
    } catch {
      // An authority that cannot be read vouches for nobody.
    }
  }
  return found;
}
