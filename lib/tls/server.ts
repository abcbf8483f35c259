/**
 * What a TLS server shows and asks for, and its handshakes.
 *
 * @module
 */
import { X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContext, type TLSSocket } from "node:tls";
import { type ByteConn, closeQuietly, writeAll } from "../core/conn.ts";
import { WirecatError } from "../core/errors.ts";
import type { ClientCertificate } from "../core/peer.ts";
import type { AcceptTlsOptions } from "./accept.ts";
import { certificateFacts, describeCertificate, isForHost, outOfDate } from "./certificate.ts";
import { isTrusted } from "./client_certificate.ts";
import { tlsFailure } from "./failure.ts";
import type { TlsIdentity } from "./identity.ts";
import { acceptNodeTls, agreedOn, chainOf, type TlsVersion } from "./node_tls.ts";
import { certificateBlocks } from "./roots.ts";

/** Whether clients have to show a certificate, and whose. */
export interface ClientVerification {
  /** Whether a client without one is turned away. */
  readonly required: boolean;
  /** The authorities whose certificates are good, in PEM. */
  readonly authorities: string;
}

/** What a TLS server shows and asks for. */
export interface TlsServerSettings {
  /** What to show: the first whose certificate is for the name that a client asks for (SNI). */
  readonly identities: readonly [TlsIdentity, ...TlsIdentity[]];
  /** The oldest version that is spoken; `1.2` if not given. */
  readonly minVersion?: TlsVersion;
  /** Protocols to agree on, by ALPN names. */
  readonly alpn?: readonly string[];
  /** Whether clients are asked for certificates. */
  readonly clients?: ClientVerification;
  /**
   * What a client whose certificate is not good is told before its connection ends: the reason as
   * the protocol within TLS says it.
   */
  readonly refusal?: (reason: string) => Uint8Array;
}

/** A client that has shaken hands. */
export interface SecureClient {
  /** The connection inside TLS. */
  readonly conn: ByteConn;
  /** The client's certificate; `null` if it was asked for one and has none. */
  readonly certificate?: ClientCertificate | null;
}

/** Shakes hands with a client over any connection; closes that if it fails. Throws `tls` errors. */
export type TlsAcceptor = (conn: ByteConn, options: AcceptTlsOptions) => Promise<SecureClient>;

/** Prepares to answer clients. Throws a `tls` error for authorities that cannot be read. */
export function tlsAcceptor(settings: TlsServerSettings): TlsAcceptor {
  const { identities, clients, alpn, minVersion } = settings;
  const authorities = clients && certificateBlocks(clients.authorities);
  const wishes = {
    minVersion: minVersion && `TLSv${minVersion}` as const,
    ca: authorities,
  };
  const judge = clients && clientJudge(authorities!, clients.required);
  const contexts = identities.map(({ cert, key }) => createSecureContext({ ...wishes, cert, key }));
  const options = {
    ...wishes,
    secureContext: contexts[0],
    requestCert: clients !== undefined,
    // Who is refused here is told why; `node:tls` would just hang up.
    rejectUnauthorized: false,
    ALPNProtocols: alpn && [...alpn],
    SNICallback: identities.length < 2 ? undefined : (
      name: string,
      answer: (error: Error | null, context?: SecureContext) => void,
    ) => answer(null, contexts[indexFor(name, identities)]),
  };
  return async (conn, { name, truncation = "error", signal, trace }) => {
    let shown: ShownCertificate = { chain: [], problem: "" };
    let secure: ByteConn;
    try {
      const onSecure = (socket: TLSSocket) => {
        if (judge !== undefined) shown = shownBy(socket);
        if (trace !== undefined) trace.tls = agreedOn(socket);
      };
      secure = await acceptNodeTls({
        ...{ over: conn, name, truncation, signal, settings: options },
        onSecure: judge === undefined && trace === undefined ? undefined : onSecure,
      });
    } catch (error) {
      closeQuietly(conn);
      signal?.throwIfAborted();
      throw tlsFailure(`no TLS with ${name}`, error, "server");
    }
    if (judge === undefined) return { conn: secure };
    const certificate = judge(shown);
    if (typeof certificate !== "string") {
      if (trace !== undefined && certificate !== null) {
        trace.tls = { ...trace.tls, chain: shown.chain, verified: true };
      }
      return { conn: secure, certificate };
    }
    await sendOff(secure, settings.refusal?.(certificate));
    throw new WirecatError("tls", `no TLS with ${name}: ${certificate}`);
  };
}

/** What a client has shown. */
interface ShownCertificate {
  /** Its certificates, its own first, in DER. */
  readonly chain: readonly Uint8Array[];
  /** What the runtime has against them; empty for nothing. */
  readonly problem: string;
}

function shownBy(socket: TLSSocket): ShownCertificate {
  const { ssl } = socket as unknown as { ssl?: { verifyError?(): unknown } };
  return { chain: chainOf(socket), problem: String(ssl?.verifyError?.() || "") };
}

/** How long a client that is refused may take to hear of it, in milliseconds. */
const SEND_OFF_TIME = 1000;

/** Says why and ends the connection, but not before the client has read it. */
async function sendOff(conn: ByteConn, answer: Uint8Array = new Uint8Array(0)): Promise<void> {
  const timer = setTimeout(() => closeQuietly(conn), SEND_OFF_TIME);
  try {
    if (answer.length > 0) await writeAll(conn, answer);
    await conn.closeWrite();
    const ignored = new Uint8Array(4096);
    while (await conn.read(ignored) !== null);
  } catch {
    // It has gone already.
  } finally {
    clearTimeout(timer);
    closeQuietly(conn);
  }
}

/** Which identity to show to a client that asks for `name`. */
function indexFor(name: string, identities: readonly TlsIdentity[]): number {
  return Math.max(0, identities.findIndex(({ cert }) => isForHost(cert, name)));
}

/** Tells whose a client's certificate is, or why that is not good. */
function clientJudge(
  blocks: readonly string[],
  required: boolean,
): (shown: ShownCertificate) => ClientCertificate | null | string {
  const authorities = blocks.map(authorityFrom);
  return ({ chain, problem }) => {
    if (chain.length === 0) return required ? "the client showed no certificate" : null;
    const [own, ...intermediates] = chain.map((der) => new X509Certificate(der));
    const facts = certificateFacts(chain[0]);
    if (problem !== "" || !isTrusted(own, authorities, new Date(), intermediates)) {
      const why = outOfDate(facts) ?? "is signed by nobody in --cafile, or not for clients";
      return `the client's certificate ${why} (${describeCertificate(facts)})`;
    }
    const { subject, issuer, serial } = facts;
    const fingerprint = facts.fingerprint.replaceAll(":", "").toLowerCase();
    return { subject, issuer, serial, fingerprint };
  };
}

function authorityFrom(block: string): X509Certificate {
  try {
    return new X509Certificate(block);
  } catch (cause) {
    throw new WirecatError("tls", "a certificate of --cafile is broken", { cause });
  }
}
