/**
 * Certificates as JSON tells of them.
 *
 * @module
 */
import { certificateFacts } from "./certificate.ts";

/** One certificate of the chain that the other end has shown. */
export interface CertificateReport {
  readonly subject: string;
  readonly issuer: string;
  /** Host names and addresses that it is for. */
  readonly names: readonly string[];
  /** Dates by ISO 8601. */
  readonly validFrom: string;
  readonly validTo: string;
  /** Whole days until it expires; below 0 if it has. */
  readonly daysLeft: number;
  readonly selfSigned: boolean;
  /** SHA-256 of it, as `AB:CD:…`. */
  readonly fingerprint: string;
}

const DAY = 24 * 60 * 60 * 1000;

/** The certificates of a chain, in DER; what is none is left out, since TLS has told of it. */
export function certificateReports(
  chain: readonly Uint8Array[],
  now: number = Date.now(),
): CertificateReport[] {
  return chain.flatMap((der) => {
    try {
      const { subject, issuer, names, from, until, selfSigned, fingerprint } = certificateFacts(
        der,
      );
      return [{
        subject,
        issuer,
        names,
        validFrom: from.toISOString(),
        validTo: until.toISOString(),
        daysLeft: Math.floor((until.getTime() - now) / DAY),
        selfSigned,
        fingerprint,
      }];
    } catch {
      return [];
    }
  });
}
