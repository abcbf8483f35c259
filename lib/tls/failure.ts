/**
 * Why TLS failed, in words that do not need a look at the source of a TLS library.
 *
 * @module
 */
import { reasonOf, WirecatError } from "../core/errors.ts";

interface Explanation {
  readonly pattern: RegExp;
  readonly reason: string | ((match: RegExpMatchArray) => string);
  readonly hint?: string;
}

const TRUST_HINT =
  "trust its issuer with --cacert FILE or SSL_CERT_FILE, or accept any certificate with -k";

const NAME_HINT =
  "connect by a name it is for, or give that name with --tls-domain; -k accepts any";

const ENDED = /unexpected end of file|disconnected before secure|ECONNRESET|socket hang up|reset/i;

const UNVERIFIABLE = "a signature of its certificate or handshake is wrong, or its key too weak";

const UNVERIFIABLE_HINT =
  "keys of RSA need 2048 bits: the other side has to get a certificate for a longer one";

/** What both TLS implementations of the runtime say, in our words. The first match counts. */
const EXPLANATIONS: readonly Explanation[] = [
  {
    pattern: /Expired|CERT_HAS_EXPIRED/i,
    reason: "its certificate has expired",
    hint: "-k accepts any certificate",
  },
  {
    pattern: /NotValidYet|not valid yet|CERT_NOT_YET_VALID/i,
    reason: "its certificate is not valid yet",
    hint: "is this machine's clock right? -k accepts any certificate",
  },
  {
    pattern: /only valid for (.*)$/,
    reason: (match) => `its certificate is for ${names(match[1])}`,
    hint: NAME_HINT,
  },
  {
    pattern: /not in the cert's list: *(.*)$/,
    reason: (match) => `its certificate is for ${match[1].trim() || "no address"}`,
    hint: NAME_HINT,
  },
  {
    pattern: /altnames: (.*)$/,
    reason: (match) => `its certificate is for ${names(match[1])}`,
    hint: NAME_HINT,
  },
  {
    pattern: /NotValidForName|ALTNAME_INVALID|not valid for name/,
    reason: "its certificate is for another name",
    hint: NAME_HINT,
  },
  {
    pattern: /CaUsedAsEndEntity|SELF_SIGNED/,
    reason: "its certificate is signed by itself, and not trusted here",
    hint: "trust it with --cacert FILE or SSL_CERT_FILE, or accept any certificate with -k",
  },
  {
    pattern: /invalid peer certificate: BadSignature/,
    reason: UNVERIFIABLE,
    hint: UNVERIFIABLE_HINT,
  },
  {
    pattern: /UnknownIssuer|UNABLE_TO_(GET_ISSUER|VERIFY)/,
    reason: "its certificate is signed by nobody who is trusted here",
    hint: TRUST_HINT,
  },
  {
    pattern: /received fatal alert: (CertificateRequired|BadCertificate|UnknownCA|AccessDenied)/,
    reason: (match) => `refused by the other side: ${words(match[1])}`,
    hint: "it wants another certificate: show one with --cert and --key",
  },
  {
    // What TLS 1.2 has for both.
    pattern: /received fatal alert: HandshakeFailure/,
    reason: "refused by the other side: handshake failure",
    hint: "it may want a certificate, shown with --cert and --key, or other ciphers",
  },
  {
    pattern: /received fatal alert: ProtocolVersion/,
    reason: "refused by the other side: protocol version",
    hint: "wirecat speaks TLS 1.2 and 1.3, and only the latter with --tls-min 1.3",
  },
  {
    pattern: /received fatal alert: NoApplicationProtocol/,
    reason: "refused by the other side: no application protocol",
    hint: "it speaks none of the protocols that --alpn offers",
  },
  {
    pattern: /received fatal alert: (\w+)/,
    reason: (match) => `refused by the other side: ${words(match[1])}`,
  },
  {
    pattern:
      /PeerIncompatible|peer is incompatible|NoSharedCipher|no (shared|cipher)|UnsupportedProtocol/i,
    reason: "the two sides have no version or cipher in common",
    hint: "wirecat speaks TLS 1.2 and 1.3",
  },
  {
    pattern: /corrupt message|InvalidContentType|InvalidMessage|WRONG_VERSION/i,
    reason: "what came is not TLS",
    hint: "does the other side speak without TLS on this port?",
  },
  {
    pattern: /invalid peer certificate|certificate/i,
    reason: "its certificate is not valid",
    hint: "-k accepts any certificate",
  },
  {
    pattern: ENDED,
    reason: "the connection ended during the handshake",
    hint: "does the other side speak TLS on this port?",
  },
];

/** The same on a server, whose peers judge its certificate, and may have to show theirs. */
const SERVER_EXPLANATIONS: readonly Explanation[] = [
  {
    pattern: /sent no certificates|did not return a certificate/i,
    reason: "the client showed no certificate",
    hint: "a wirecat client shows one with --cert and --key",
  },
  {
    pattern: /invalid peer certificate: Expired|CERT_HAS_EXPIRED/i,
    reason: "the client's certificate has expired",
  },
  {
    pattern: /invalid peer certificate: (UnknownIssuer|BadSignature)/i,
    reason: "the client's certificate is signed by nobody who is trusted here",
  },
  {
    pattern: /invalid peer certificate: (\w+)/i,
    reason: (match) => `the client's certificate is not valid: ${words(match[1])}`,
  },
  {
    pattern: /alert:? .*(CertificateUnknown|UnknownCA|BadCertificate|CertificateExpired)/,
    reason: (match) => `the client does not trust the certificate (${words(match[1])})`,
  },
  {
    pattern: /received fatal alert: (\w+)/,
    reason: (match) => `refused by the client: ${words(match[1])}`,
  },
  {
    pattern:
      /PeerIncompatible|peer is incompatible|NoSharedCipher|no (shared|cipher)|UnsupportedProtocol/i,
    reason: "the two sides have no version or cipher in common",
    hint: "wirecat speaks TLS 1.2 and 1.3",
  },
  {
    pattern: /any known protocol|NoApplicationProtocol/,
    reason: "the client offers none of the protocols of --alpn",
  },
  {
    pattern: /peer misbehaved: (\w+)/,
    reason: (match) => `the client breaks the rules of TLS (${words(match[1])})`,
  },
  {
    pattern: /corrupt message|InvalidContentType|InvalidMessage|WRONG_VERSION/i,
    reason: "what came is not TLS",
    hint: "a client of this port has to use wss:// or tls:",
  },
  {
    pattern: /unexpected end of file|ECONNRESET|socket hang up|reset/i,
    reason: "the connection ended during the handshake",
  },
];

/** Which end of the connection this is. */
export type TlsRole = "client" | "server";

/** The `tls` error for `attempt` (`cannot connect to tls:host:443`), from what was thrown. */
export function tlsFailure(
  attempt: string,
  error: unknown,
  role: TlsRole = "client",
): WirecatError {
  if (error instanceof WirecatError) return error;
  const text = saidBy(error);
  const explanations = role === "server" ? SERVER_EXPLANATIONS : EXPLANATIONS;
  for (const { pattern, reason, hint } of explanations) {
    const match = text.match(pattern);
    if (match === null) continue;
    const why = typeof reason === "string" ? reason : reason(match);
    return new WirecatError("tls", `${attempt}: ${why}`, { hint, cause: error });
  }
  return new WirecatError("tls", `${attempt}: ${reasonOf(error)}`, { cause: error });
}

/**
 * As {@linkcode tlsFailure}, where certificates are judged elsewhere: what cannot be verified then
 * is the proof that the other side has the key.
 */
export function proofFailure(attempt: string, error: unknown): WirecatError {
  if (error instanceof WirecatError || !/unable to verify|Signature/i.test(saidBy(error))) {
    return tlsFailure(attempt, error);
  }
  const options = { hint: UNVERIFIABLE_HINT, cause: error };
  return new WirecatError("tls", `${attempt}: ${UNVERIFIABLE}`, options);
}

/** Whether a handshake failed because the other side was gone, which may be for a moment only. */
export function endedInHandshake(error: WirecatError): boolean {
  return error.kind === "tls" && error.cause !== undefined && ENDED.test(saidBy(error.cause));
}

/** Whether our side did not trust the other one's certificate. */
export function isCertificateRefusal(error: unknown): boolean {
  return /invalid peer certificate/.test(saidBy(error));
}

/** Whether a certificate was refused only because it is an authority's, used as a server's. */
export function isAuthorityAsServer(error: unknown): boolean {
  return saidBy(error).includes("CaUsedAsEndEntity");
}

/** What a TLS library said, with its code. */
export function saidBy(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as { code?: unknown }).code ?? "";
  return `${error.name} ${code} ${error.message}`;
}

/** `DnsName("a") or IpAddress(1.2.3.4)`, `DNS:a, IP Address:1.2.3.4` as a plain list. */
function names(list: string): string {
  const found = [...list.matchAll(/(?:DnsName\("|IpAddress\(|DNS:|IP Address:)([^",) ]+)/g)]
    .map((match) => match[1]);
  return found.length === 0 ? "another name" : found.join(", ");
}

/** `UnknownCA` as `unknown CA`. */
function words(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, "$1 $2").replace(
    /\b[A-Z][a-z]+/g,
    (word) => word.toLowerCase(),
  );
}
