/**
 * Certificates in the order in which TLS sends them (RFC 8446, section 4.4.2), and the key
 * of the first.
 *
 * @module
 */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { WirecatError } from "../core/errors.ts";
import { PasswordMissing, type TlsIdentity } from "./identity.ts";

/**
 * The identity of `key`: its certificate first, then each one's issuer as far as they are
 * there. A root is left out: whoever trusts it has it. `file` names the source in errors.
 */
export function arrangeIdentity(
  certificates: readonly string[],
  key: KeyObject,
  file: string,
): TlsIdentity {
  const all = certificates.map((pem) => readCertificate(pem, file));
  const own = all.find((certificate) => certificate.checkPrivateKey(key));
  if (own === undefined) {
    throw new WirecatError("tls", `${file}: the private key does not belong to the certificate`, {
      hint: "give the key that the certificate was asked for with",
    });
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
 * The first private key of a PEM text, opened with `password` if it is encrypted. `options` are
 * those that may name another file.
 */
export function openKey(
  text: string,
  password: string,
  file: string,
  options = "--tls-key or --client-key",
): KeyObject {
  const pem = text.match(/-----BEGIN ([A-Z]+ )*PRIVATE KEY-----[^]+?-----END [A-Z ]+-----/)?.[0];
  if (pem === undefined) {
    throw new WirecatError("tls", `${file}: there is no private key in it`, {
      hint: text.includes("-----BEGIN CERTIFICATE-----")
        ? `it has a certificate; name the file that has the key with ${options}`
        : `name the file that has it with ${options}`,
    });
  }
  const encrypted = pem.includes("ENCRYPTED");
  try {
    return createPrivateKey(encrypted ? { key: pem, passphrase: password } : pem);
  } catch (cause) {
    if (!encrypted) throw new WirecatError("tls", `${file}: the private key is broken`, { cause });
    if (password === "") {
      throw new PasswordMissing(`${file}: the private key needs a password`, cause);
    }
    throw new WirecatError("tls", `${file}: the password does not open the private key`, {
      hint: "is it what --pkcs12-passwd or --client-pkcs12-passwd says?",
      cause,
    });
  }
}

function readCertificate(pem: string, file: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new WirecatError("tls", `${file}: a certificate in it is broken`, { cause });
  }
}
