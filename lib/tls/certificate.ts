/**
 * What a certificate says, for people.
 *
 * @module
 */
import { X509Certificate } from "node:crypto";
import { isAddress } from "../net/cidr.ts";
import { distinguishedNames } from "./distinguished_name.ts";
import { pinOf } from "./pin.ts";

/** What is told of a certificate. */
export interface CertificateFacts {
  /** Who it is for: `CN=name,O=organization` (RFC 4514). */
  readonly subject: string;
  /** Who has signed it. */
  readonly issuer: string;
  /** The host names and addresses that it is for. */
  readonly names: readonly string[];
  /** When it begins to be valid. */
  readonly from: Date;
  /** When it has expired. */
  readonly until: Date;
  /** The serial number in hexadecimal digits. */
  readonly serial: string;
  /** SHA-256 of all of it, as `AB:CD:…`. */
  readonly fingerprint: string;
  /** The same as `--pin` takes it. */
  readonly pin: string;
  /** Whether it is its own issuer. */
  readonly selfSigned: boolean;
}

/** Reads a certificate in DER or PEM. Throws if it is none. */
export function certificateFacts(bytes: Uint8Array | string): CertificateFacts {
  const certificate = new X509Certificate(bytes);
  const der = new Uint8Array(certificate.raw);
  const { subject, issuer } = distinguishedNames(der);
  return {
    subject,
    issuer,
    names: namesOf(certificate),
    from: new Date(certificate.validFrom),
    until: new Date(certificate.validTo),
    serial: certificate.serialNumber,
    fingerprint: certificate.fingerprint256,
    pin: pinOf(der),
    selfSigned: subject === issuer && certificate.verify(certificate.publicKey),
  };
}

/** The certificate in one line: whose, from whom, how long, which. */
export function describeCertificate(facts: CertificateFacts): string {
  const { subject, issuer, from, until, fingerprint, selfSigned, names } = facts;
  const whose = subject || names[0] || "no name";
  const by = selfSigned ? "self-signed" : `issued by ${issuer || "no name"}`;
  return `${whose}, ${by}, valid ${day(from)} to ${day(until)}, SHA-256 ${fingerprint}`;
}

/** Why a certificate is not valid at `now`: `has expired on 2020-02-01`. */
export function outOfDate(
  { from, until }: Pick<CertificateFacts, "from" | "until">,
  now: Date = new Date(),
): string | undefined {
  if (now > until) return `has expired on ${day(until)}`;
  if (now < from) return `is valid only from ${day(from)} on`;
}

/**
 * Whether a certificate is for a host (RFC 9525, section 6.3): by its alternative names, where `*`
 * stands for the first label.
 */
export function isForHost(bytes: Uint8Array | string, host: string): boolean {
  const certificate = new X509Certificate(bytes);
  // Certificates know nothing of the zone of an address (`fe80::1%eth0`).
  if (isAddress(host)) return certificate.checkIP(host.replace(/%.*$/, "")) !== undefined;
  const wanted = host.toLowerCase().replace(/\.$/, "");
  const wildcard = wanted.replace(/^[^.]+/, "*");
  return namesOf(certificate).some((name) => {
    const known = name.toLowerCase().replace(/\.$/, "");
    return known === wanted || (known === wildcard && known.split(".").length > 2);
  });
}

/** RFC 9525, section 2: a common name is no host name, whatever it looks like. */
function namesOf({ subjectAltName }: X509Certificate): string[] {
  return [...(subjectAltName ?? "").matchAll(/(?:DNS|IP Address):([^,"]+)/g)].map(([, name]) =>
    name.trim()
  );
}

function day(date: Date): string {
  return Number.isNaN(+date) ? "an unknown day" : date.toISOString().slice(0, 10);
}
