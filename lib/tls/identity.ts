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
  /** The options that name the two on the command line, for errors. */
  readonly options?: { readonly file: string; readonly key: string };
  /** What opens the archive or the key. */
  readonly password: string;
}

/**
 * Reads and checks an identity. Throws a `usage` error where an option names a file that is not
 * there; a `tls` error for one that cannot be read or is neither PEM nor PKCS#12, a wrong
 * password, and a key that is not the certificate's.
 */
export async function readIdentity(source: IdentitySource): Promise<TlsIdentity> {
  const bytes = await readBytes(source.file, source.options?.file);
  const text = new TextDecoder().decode(bytes);
  if (!text.includes("-----BEGIN ")) {
    const { openPkcs12 } = await import("./pkcs12.ts");
    return openPkcs12(bytes, source.password, source.file);
  }
  const keyText = source.keyFile === undefined
    ? text
    : new TextDecoder().decode(await readBytes(source.keyFile, source.options?.key));
  const certificates = certificateBlocks(text);
  if (certificates.length === 0) {
    throw new WirecatError("tls", `${source.file}: there is no certificate in it`);
  }
  const keyFile = source.keyFile ?? source.file;
  const { arrangeIdentity, openKey } = await import("./chain.ts");
  return arrangeIdentity(certificates, openKey(keyText, source.password, keyFile), source.file);
}

async function readBytes(path: string, option?: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    const missing = option !== undefined && error instanceof Deno.errors.NotFound;
    const what = option === undefined ? path : `--${option} ${path}`;
    throw new WirecatError(
      missing ? "usage" : "tls",
      `cannot read ${what}: ${readReason(error)}`,
      { cause: error },
    );
  }
}
