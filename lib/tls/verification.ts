/**
 * Why a server's certificate is not trusted: which one it is, what is wrong with it, and what to
 * type next.
 *
 * @module
 */
import { WirecatError } from "../core/errors.ts";
import {
  type CertificateFacts,
  certificateFacts,
  describeCertificate,
  isForHost,
  outOfDate,
} from "./certificate.ts";
import { dotted, elements } from "./der.ts";

/** What is known of a certificate that was refused. */
export interface Refusal {
  /** The server's certificates, its own first, in DER. */
  readonly chain: readonly Uint8Array[];
  /** The name that it had to be for. */
  readonly serverName: string | undefined;
  /** What the TLS library said, or its code. */
  readonly said: string;
  /** What it threw. */
  readonly cause?: unknown;
}

/** At most so many names of a certificate are told; some have hundreds. */
const MOST_NAMES = 5;

/** The `tls` error for `attempt` (`cannot connect to tls:host:443`). */
export function verificationFailure(attempt: string, refusal: Refusal): WirecatError {
  const { chain, serverName, said, cause } = refusal;
  if (chain.length === 0) {
    return new WirecatError("tls", `${attempt}: the server showed no certificate`, { cause });
  }
  const facts = chain.map(certificateFacts);
  const [own] = facts;
  const late = facts.find((certificate) => outOfDate(certificate) !== undefined);
  const wrongName = serverName !== undefined && !isForHost(chain[0], serverName);
  const reasons: string[] = [];
  let incomplete = false;
  if (late !== undefined) {
    const whose = late === own
      ? "its certificate"
      : `the certificate of its issuer ${late.subject}`;
    reasons.push(`${whose} ${outOfDate(late)}`);
  } else if (own.selfSigned && !isAboutName(said)) {
    reasons.push("its certificate is signed by itself, and not trusted here");
  } else if (WEAK_SIGNATURES.includes(signatureAlgorithm(chain[0]))) {
    reasons.push("its certificate is signed in a way that is too weak to be trusted");
  } else if (/UnknownIssuer|Signature|UNABLE_TO_(GET_ISSUER|VERIFY)|SELF_SIGNED/.test(said)) {
    reasons.push("its certificate is signed by nobody who is trusted here");
    incomplete = chain.length === 1 && !own.selfSigned;
  }
  if (wrongName) {
    const names = namesOf(own);
    reasons.push(
      `${reasons.length > 0 ? "it" : "its certificate"} is for ${names}, not for ${serverName}`,
    );
  }
  if (reasons.length === 0) reasons.push(`its certificate is not valid (${said.trim()})`);
  const hint = hintFor(own, late, wrongName && reasons.length === 1);
  if (incomplete) reasons.push("the server does not show its issuer's certificate");
  return new WirecatError(
    "tls",
    `${attempt}: ${reasons.join("; ")} (${describeCertificate(own)})`,
    { hint, cause },
  );
}

/** Whether a TLS library finds the name wrong, and so nothing else. */
function isAboutName(said: string): boolean {
  return /NotValidForName|not valid for name|ALTNAME_INVALID/.test(said);
}

function hintFor(own: CertificateFacts, late: CertificateFacts | undefined, name: boolean): string {
  const only = `--pin ${own.pin} trusts this one certificate, -k any`;
  if (late !== undefined) {
    const clock = late.from > new Date() ? "is this machine's clock right? " : "";
    return `${clock}${only}`;
  }
  if (name) return `connect by a name it is for, or give that one with --tls-domain NAME; ${only}`;
  return `trust its issuer with --cacert FILE or SSL_CERT_FILE; ${only}`;
}

function namesOf({ names, subject }: CertificateFacts): string {
  if (names.length === 0) return `no host at all, but for ${subject || "nobody"}`;
  const more = names.length - MOST_NAMES;
  return names.slice(0, MOST_NAMES).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** Signatures with SHA-1 and MD5, which nobody trusts any more. */
const WEAK_SIGNATURES = [
  "1.2.840.113549.1.1.4",
  "1.2.840.113549.1.1.5",
  "1.2.840.10045.4.1",
  "1.2.840.10040.4.3",
];

/** How a certificate is signed (RFC 5280, section 4.1.1.2). */
function signatureAlgorithm(der: Uint8Array): string {
  const [certificate] = elements(der);
  const [, algorithm] = elements(certificate.content);
  return dotted(elements(algorithm.content)[0].content);
}

/** The error for a certificate that is none of those pinned. */
export function pinFailure(attempt: string, chain: readonly Uint8Array[]): WirecatError {
  if (chain.length === 0) {
    return new WirecatError("tls", `${attempt}: the server showed no certificate`, {
      hint: "or the Deno that wirecat runs on is too old to tell: wirecat --version -v",
    });
  }
  const own = certificateFacts(chain[0]);
  return new WirecatError(
    "tls",
    `${attempt}: its certificate is not the one of --pin (${describeCertificate(own)})`,
    { hint: `if this is the right one all the same: --pin ${own.pin}` },
  );
}
