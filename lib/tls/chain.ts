/**
 * Certificates in the order in which TLS sends them (RFC 8446, section 4.4.2), and the key
 * of the first.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { WirecatError } from "../core/errors.ts";
import { elements } from "./der.ts";
import { decryptKey } from "./encrypted_key.ts";
import { PASSWORD_OPTIONS, PasswordMissing, type TlsIdentity } from "./identity.ts";
import { KEY_HINT, unusableKey } from "./key_kind.ts";

/**
 * The identity of `key`: its certificate first, then each one's issuer as far as they are
 * there. A root is left out: whoever trusts it has it. `file` names the source in errors.
 */
export function arrangeIdentity(
  certificates: readonly string[],
  key: KeyObject,
  file: string,
): TlsIdentity {
  const problem = unusableKey(key);
  if (problem !== undefined) {
    throw new WirecatError("tls", `${file}: ${problem}, which is of no use here`, {
      hint: KEY_HINT,
    });
  }
  const all = certificates.map((pem) => readCertificate(pem, file));
  const own = all.find((certificate) => certificate.checkPrivateKey(key));
  if (own === undefined) {
    throw new WirecatError("tls", `${file}: the private key does not belong to the certificate`, {
      hint: "give the key that the certificate was asked for with",
    });
  }
  if (isOfFirstVersion(new Uint8Array(own.raw))) {
    throw new WirecatError(
      "tls",
      `${file}: the certificate is one of version 1, which is of no use here`,
      {
        hint:
          "make one with extensions: openssl x509 -req … -extfile FILE with subjectAltName=DNS:NAME",
      },
    );
  }
  const chain = [own];
  for (let last = own;;) {
    const issuer = all.find((other) => !chain.includes(other) && last.checkIssued(other));
    if (issuer === undefined || issuer.checkIssued(issuer)) break;
    chain.push(issuer);
    last = issuer;
  }
  return {
    cert: chain.map((certificate) => certificate.toString().trim() + "\n").join(""),
    key: key.export({ type: "pkcs8", format: "pem" }) as string,
  };
}

/**
 * How a private key in DER begins, whose other bytes are no UTF-8: a sequence of a version (PKCS#8,
 * PKCS#1, RFC 5915), or of an encryption of PKCS#5.
 */
const DER_KEY =
  // deno-lint-ignore no-control-regex -- these bytes are what it is told by
  /^0[^]{1,4}(\x02\x01[\0\x01]|0[^]{1,3}\x06[^]\*\ufffdH\ufffd\ufffd\r\x01\x05)/;

/**
 * The first private key of a PEM text, opened with `password` if it is encrypted. `options` are
 * those that may name another file, `passwordOptions` those that give the password.
 */
export function openKey(
  text: string,
  password: string,
  file: string,
  options = "--tls-key or --client-key",
  passwordOptions: string = PASSWORD_OPTIONS,
): KeyObject {
  const pem = text.match(/-----BEGIN ([A-Z]+ )*PRIVATE KEY-----[^]+?-----END [A-Z ]+-----/)?.[0];
  if (pem === undefined) {
    throw new WirecatError("tls", `${file}: there is no private key in it`, {
      hint: text.includes("-----BEGIN CERTIFICATE-----")
        ? `it has a certificate; name the file that has the key with ${options}`
        : DER_KEY.test(text)
        ? `it looks like a key in DER: openssl pkey -inform DER -in ${file} -out key.pem makes PEM of it`
        : `name the file that has it with ${options}`,
    });
  }
  const encrypted = pem.includes("ENCRYPTED");
  try {
    return encrypted ? decrypted(pem, password) : createPrivateKey(pem);
  } catch (cause) {
    if (!encrypted) throw brokenKey(pem, file, cause);
    if (password === "") {
      throw new PasswordMissing(
        `${file}: the private key needs a password`,
        cause,
        passwordOptions,
      );
    }
    throw new WirecatError("tls", `${file}: the password does not open the private key`, {
      hint: `is it what ${passwordOptions} says? if it is right, the encryption is not known ` +
        `here: openssl pkey -in ${file} -out key.pem takes it away`,
      cause,
    });
  }
}

function decrypted(pem: string, password: string): KeyObject {
  try {
    return createPrivateKey({ key: pem, passphrase: password });
  } catch (error) {
    const key = password !== "" && pem.includes("BEGIN ENCRYPTED") && decryptKey(pem, password);
    if (!key) throw error;
    return createPrivateKey({ key: Buffer.from(key), format: "der", type: "pkcs8" });
  }
}

function brokenKey(pem: string, file: string, cause: unknown): WirecatError {
  if (pem.includes("BEGIN OPENSSH")) {
    return new WirecatError("tls", `${file}: the private key is one for SSH`, {
      hint: `ssh-keygen -p -m PEM -f ${file} writes it as TLS needs it; better make a new one`,
      cause,
    });
  }
  return new WirecatError(
    "tls",
    `${file}: the private key is broken, or of a kind that is not known here`,
    { hint: `openssl pkey -noout -text -in ${file} tells what it is; ${KEY_HINT}`, cause },
  );
}

/** Whether a certificate in DER has no version, and so no extensions (RFC 5280, section 4.1.2.1). */
function isOfFirstVersion(der: Uint8Array): boolean {
  const [certificate] = elements(der);
  const [{ content }] = elements(certificate.content);
  return content[0] !== VERSION_TAG;
}

/** `[0]`, which the version is in. */
const VERSION_TAG = 0xa0;

function readCertificate(pem: string, file: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new WirecatError("tls", `${file}: a certificate in it is broken`, { cause });
  }
}
