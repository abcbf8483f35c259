/**
 * Whether a certificate is vouched for (RFC 5280, section 6, as far as it is needed for clients).
 *
 * @module
 */
import type { X509Certificate } from "node:crypto";

/** RFC 5280, section 4.2.1.12. */
const CLIENT_AUTHENTICATION = "1.3.6.1.5.5.7.3.2";

/** The longest way from a certificate to its root. */
const LONGEST = 8;

/**
 * Whether a way leads from a client's certificate to a root among `authorities`, over
 * certificates of theirs or of `intermediates` that are all valid at `now`.
 */
export function isTrusted(
  certificate: X509Certificate,
  authorities: readonly X509Certificate[],
  now: Date,
  intermediates: readonly X509Certificate[] = [],
): boolean {
  if (certificate.ca || !isFor(certificate, CLIENT_AUTHENTICATION)) return false;
  let current = certificate;
  for (let length = 0; length < LONGEST; length++) {
    if (!isValid(current, now)) return false;
    const root = authorities.find((other) => isIssuer(other, current));
    if (root !== undefined && isIssuer(root, root)) return isValid(root, now);
    const issuer = root ?? intermediates.find((other) => isIssuer(other, current));
    if (issuer === undefined) return false;
    current = issuer;
  }
  return false;
}

function isFor({ keyUsage }: X509Certificate, purpose: string): boolean {
  return keyUsage === undefined || keyUsage === null || keyUsage.includes(purpose);
}

function isValid({ validFrom, validTo }: X509Certificate, now: Date): boolean {
  return Date.parse(validFrom) <= +now && +now <= Date.parse(validTo);
}

function isIssuer(issuer: X509Certificate, subject: X509Certificate): boolean {
  try {
    return issuer.ca && subject.checkIssued(issuer) && subject.verify(issuer.publicKey);
  } catch {
    return false;
  }
}
