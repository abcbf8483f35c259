/**
 * A certificate with its private key, read from PEM or PKCS#12.
 *
 * @module
 */
import { WirecatError } from "../core/errors.ts";
import { certificateBlocks, readReason } from "./roots.ts";

/** What one side shows to prove who it is. */
export interface TlsIdentity {
  /** The certificate and those that lead from it towards a root, in PEM. */
  readonly cert: string;
  /** The private key of the first of them, as PKCS#8 in PEM, not encrypted. */
  readonly key: string;
}

/** Where an identity is. */
export interface IdentitySource {
  /** A PKCS#12 archive, or a PEM file with certificate and key, or with the certificate only. */
  readonly file: string;
  /** A PEM file with the private key, where `file` does not have it. */
  readonly keyFile?: string;
  /** What opens the archive or the key. */
  readonly password: string;
}

/**
 * Reads and checks an identity. Throws a `tls` error for a file that cannot be read or is
 * neither PEM nor PKCS#12, a wrong password, and a key that is not the certificate's.
 */
export async function readIdentity(source: IdentitySource): Promise<TlsIdentity> {
  const bytes = await readBytes(source.file);
  const text = new TextDecoder().decode(bytes);
  if (!text.includes("-----BEGIN ")) {
    const { openPkcs12 } = await import("./pkcs12.ts");
    return openPkcs12(bytes, source.password, source.file);
  }
  const keyText = source.keyFile === undefined
    ? text
    : new TextDecoder().decode(await readBytes(source.keyFile));
  const certificates = certificateBlocks(text);
  if (certificates.length === 0) {
    throw new WirecatError("tls", `${source.file}: there is no certificate in it`);
  }
  const keyFile = source.keyFile ?? source.file;
  const { arrangeIdentity, openKey } = await import("./chain.ts");
  return arrangeIdentity(certificates, openKey(keyText, source.password, keyFile), source.file);
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    throw new WirecatError("tls", `cannot read ${path}: ${readReason(error)}`, { cause: error });
  }
}
