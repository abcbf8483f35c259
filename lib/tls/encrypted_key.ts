/**
 * Opening an encrypted private key (PKCS#8, RFC 5958; PBES2, RFC 8018) of kinds that the runtime does
 * not open itself: Triple DES, which `openssl req` takes unless told otherwise, and PBKDF2 with SHA-1.
 *
 * @module
 */
import { createDecipheriv, pbkdf2Sync } from "node:crypto";
import { dotted, elements, TAG } from "./der.ts";

const PBES2 = "1.2.840.113549.1.5.13";
const PBKDF2 = "1.2.840.113549.1.5.12";

/** What PBKDF2 computes with, by the last number of what names it. */
const DIGESTS: Readonly<Record<string, string>> = {
  "1.2.840.113549.2.7": "sha1",
  "1.2.840.113549.2.8": "sha224",
  "1.2.840.113549.2.9": "sha256",
  "1.2.840.113549.2.10": "sha384",
  "1.2.840.113549.2.11": "sha512",
};

/** Ciphers, each with the length of its key in bytes. */
const CIPHERS: Readonly<Record<string, readonly [name: string, length: number]>> = {
  "1.2.840.113549.3.7": ["des-ede3-cbc", 24],
  "2.16.840.1.101.3.4.1.2": ["aes-128-cbc", 16],
  "2.16.840.1.101.3.4.1.22": ["aes-192-cbc", 24],
  "2.16.840.1.101.3.4.1.42": ["aes-256-cbc", 32],
};

/** The most rounds that a file may ask for. */
const MOST_ROUNDS = 10_000_000;

/**
 * The key (PKCS#8 in DER) that a PEM block `ENCRYPTED PRIVATE KEY` has. Nothing if it is encrypted
 * in a way that is not known here. Throws if the password is wrong.
 */
export function decryptKey(pem: string, password: string): Uint8Array | undefined {
  const base64 = pem.replace(/-----[^-]+-----|\s/g, "");
  const parts = partsOf(Uint8Array.fromBase64(base64));
  if (parts === undefined) return undefined;
  const { salt, rounds, digest, cipher: [name, length], iv, data } = parts;
  const key = pbkdf2Sync(new TextEncoder().encode(password), salt, rounds, length, digest);
  const decipher = createDecipheriv(name, key, iv);
  const opened = Uint8Array.of(...decipher.update(data), ...decipher.final());
  elements(opened); // A wrong password may still leave what ends as it should.
  return opened;
}

function partsOf(der: Uint8Array) {
  const [info] = elements(der);
  const [algorithm, data] = elements(info.content);
  const [scheme, parameters] = elements(algorithm.content);
  if (dotted(scheme.content) !== PBES2) return undefined;
  const [derivation, encryption] = elements(parameters.content);
  const [function_, own] = elements(derivation.content);
  const [cipherName, iv] = elements(encryption.content);
  const cipher = CIPHERS[dotted(cipherName.content)];
  if (dotted(function_.content) !== PBKDF2 || cipher === undefined) return undefined;
  const [salt, count, ...optional] = elements(own.content);
  const prf = optional.find(({ tag }) => tag === TAG.sequence);
  const digest = prf === undefined ? "sha1" : DIGESTS[dotted(elements(prf.content)[0].content)];
  const rounds = count.content.reduce((number, byte) => number * 256 + byte, 0);
  if (digest === undefined || rounds < 1 || rounds > MOST_ROUNDS) return undefined;
  return { salt: salt.content, rounds, digest, cipher, iv: iv.content, data: data.content };
}
