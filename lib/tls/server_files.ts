/**
 * Reading what a TLS server shows and asks for from the files that name it.
 *
 * @module
 */
import { certificateFacts, outOfDate } from "./certificate.ts";
import { type IdentitySource, readIdentity } from "./identity.ts";
import type { TlsVersion } from "./node_tls.ts";
import { readCertificates } from "./roots.ts";
import { selfSigned } from "./self_signed.ts";
import type { TlsServerSettings } from "./server.ts";

/** What a command line says of a TLS server. */
export interface TlsServerWishes {
  /** Where its certificates and keys are. */
  readonly certificates: readonly IdentitySource[];
  /** Without such: the names of one to be made. */
  readonly selfSigned?: readonly string[];
  /** The oldest version that is spoken. */
  readonly minVersion?: TlsVersion;
  /** Protocols to agree on. */
  readonly alpn?: readonly string[];
  /** Whether clients have to show a certificate, and the file with those who may have signed it. */
  readonly clients?: { readonly required: boolean; readonly file: string };
}

/**
 * Reads the files and checks what is in them. `warn` is told of a certificate that is not valid
 * now. Throws `usage` and `tls` errors.
 */
export async function readTlsServer(
  { certificates, selfSigned: names, minVersion, alpn, clients }: TlsServerWishes,
  warn: (message: string, hint?: string) => void,
): Promise<TlsServerSettings> {
  const identities = names !== undefined
    ? [await selfSigned(names)]
    : await Promise.all(certificates.map(async (source) => {
      const identity = await readIdentity(source);
      const late = outOfDate(certificateFacts(identity.cert));
      if (late !== undefined) {
        warn(`${source.file}: the certificate ${late}`, "clients will not trust it");
      }
      return identity;
    }));
  const [first, ...others] = identities;
  return {
    identities: [first, ...others],
    minVersion,
    alpn,
    clients: clients && {
      required: clients.required,
      authorities: await readCertificates(clients.file, `--cafile ${clients.file}`, "usage"),
    },
  };
}
