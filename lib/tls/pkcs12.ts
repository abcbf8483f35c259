/**
 * Opening a PKCS#12 archive (RFC 7292).
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { WirecatError } from "../core/errors.ts";
import { arrangeIdentity } from "./chain.ts";
import { PasswordMissing, type TlsIdentity } from "./identity.ts";

/** What the runtime makes of an archive; it reads one for `node:tls`, and has no call for it. */
interface OpenedArchive {
  readonly cert?: unknown;
  readonly key?: unknown;
  readonly ca?: unknown;
}

/**
 * The certificate, its chain and the key of an archive. Opens what OpenSSL 1.1 and 3 write:
 * RC2-40, 3DES and PBES2. `file` names it in errors, `passwordOptions`
 * what gives its password. Throws a `tls` error.
 */
export function openPkcs12(
  archive: Uint8Array,
  password: string,
  file: string,
  passwordOptions?: string,
): TlsIdentity {
  const pfx = Buffer.from(archive.buffer, archive.byteOffset, archive.length);
  let opened: OpenedArchive;
  try {
    opened = createSecureContext({ pfx, passphrase: password }).context;
  } catch (error) {
    throw archiveFailure(archive, error, password, file, passwordOptions);
  }
  const { cert, key, ca } = opened;
  if (typeof cert !== "string" || typeof key !== "string") {
    throw new WirecatError("tls", `${file}: this version of Deno cannot open a PKCS#12 archive`, {
      hint: conversion(file),
    });
  }
  const issuers = Array.isArray(ca) ? ca.filter((pem) => typeof pem === "string") : [];
  return arrangeIdentity([cert, ...issuers], createPrivateKey(key), file);
}

/** Whether it is a certificate in DER. */
function isCertificate(bytes: Uint8Array): boolean {
  try {
    return new X509Certificate(bytes).raw.length > 0;
  } catch {
    return false;
  }
}

function archiveFailure(
  archive: Uint8Array,
  cause: unknown,
  password: string,
  file: string,
  passwordOptions?: string,
): WirecatError {
  const text = cause instanceof Error ? cause.message : String(cause);
  if (/mac verify|passphrase|decrypt/i.test(text)) {
    if (password === "") {
      return new PasswordMissing(`${file}: the archive needs a password`, cause, passwordOptions);
    }
    return new WirecatError("tls", `${file}: the password does not open the archive`, {
      hint: `if it is right, the archive's encryption is not known here: ${conversion(file)}`,
      cause,
    });
  }
  if (/no usable/.test(text)) {
    return new WirecatError(
      "tls",
      `${file}: the archive lacks a certificate or its encrypted private key`,
      { hint: conversion(file), cause },
    );
  }
  return new WirecatError("tls", `${file}: neither a PKCS#12 archive nor a PEM file`, {
    hint: isCertificate(archive)
      ? `openssl x509 -inform DER -in ${file} -out cert.pem makes PEM of this certificate`
      : "openssl pkcs12 -export -out id.p12 -inkey key.pem -in cert.pem makes an archive",
    cause,
  });
}

function conversion(file: string): string {
  return `openssl pkcs12 -in ${file} -nodes -out id.pem makes a PEM file of it`;
}
