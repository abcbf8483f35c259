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
  readonly options?: {
    readonly file: string;
    readonly key: string;
    /** What gives the password; `pkcs12-passwd` and `client-pkcs12-passwd` if not given. */
    readonly password?: string;
  };
  /** What opens the archive or the key. */
  readonly password: string;
}

/** The options that give a password, where no other one does. */
export const PASSWORD_OPTIONS = "--pkcs12-passwd or --client-pkcs12-passwd";

/** What opens the archive or the key is missing. */
export class PasswordMissing extends WirecatError {
  /** `message` is one line without a full stop; `options` are those that give the password. */
  constructor(message: string, cause: unknown, options: string = PASSWORD_OPTIONS) {
    super("tls", message, { hint: `give it with ${options}`, cause });
  }
}

/** Passwords that were typed, by the file that they open: none is asked for twice. */
const typed = new Map<string, string>();

/**
 * Reads and checks an identity. A password that is missing is asked for where there is a terminal.
 * Throws a `usage` error where an option names a file that is not
 * there; a `tls` error for one that cannot be read or is neither PEM nor PKCS#12, a wrong
 * password, and a key that is not the certificate's.
 */
export async function readIdentity(source: IdentitySource): Promise<TlsIdentity> {
  const file = source.keyFile ?? source.file;
  try {
    return await read({ ...source, password: source.password || (typed.get(file) ?? "") });
  } catch (error) {
    if (!(error instanceof PasswordMissing) || !Deno.stdin.isTerminal()) throw error;
    const { askPassword } = await import("../terminal/ask_password.ts");
    const password = await askPassword(`Password of ${file}: `);
    if (password === "") throw error;
    const identity = await read({ ...source, password });
    typed.set(file, password);
    return identity;
  }
}

async function read(source: IdentitySource): Promise<TlsIdentity> {
  const bytes = await readBytes(source.file, source.options?.file);
  const text = new TextDecoder().decode(bytes);
  const passwordOptions = source.options?.password && `--${source.options.password}`;
  if (!text.includes("-----BEGIN ")) {
    const { openPkcs12 } = await import("./pkcs12.ts");
    return openPkcs12(bytes, source.password, source.file, passwordOptions);
  }
  const keyText = source.keyFile === undefined
    ? text
    : new TextDecoder().decode(await readBytes(source.keyFile, source.options?.key));
  const certificates = certificateBlocks(text);
  if (certificates.length === 0) {
    throw new WirecatError("tls", `${source.file}: there is no certificate in it`, {
      hint: insteadOfCertificate(text, keyText, source),
    });
  }
  const keyFile = source.keyFile ?? source.file;
  const { arrangeIdentity, openKey } = await import("./chain.ts");
  const options = source.options && `--${source.options.key}`;
  const key = openKey(keyText, source.password, keyFile, options, passwordOptions);
  return arrangeIdentity(certificates, key, source.file);
}

/** What to do about a file that should have a certificate. */
function insteadOfCertificate(
  text: string,
  keyText: string,
  { file, keyFile, options }: IdentitySource,
): string | undefined {
  if (text.includes("-----BEGIN TRUSTED CERTIFICATE-----")) {
    return `openssl x509 -in ${file} -out cert.pem makes a plain certificate of it`;
  }
  if (/-----BEGIN (NEW )?CERTIFICATE REQUEST-----/.test(text)) {
    return "it is the request for a certificate: name the one that came back";
  }
  if (!hasPrivateKey(text)) return "it has to be PEM with a certificate, or PKCS#12";
  const [cert, key] = [options?.file ?? "tls-cert", options?.key ?? "tls-key"];
  if (keyFile === file || certificateBlocks(keyText).length === 0) {
    return `${file} has a private key only: name the certificate with --${cert}`;
  }
  return `${file} has the private key, and ${keyFile} the certificate: swap --${cert} and --${key}`;
}

/** Whether a PEM text has a private key, of whatever kind. */
function hasPrivateKey(text: string): boolean {
  return /-----BEGIN ([A-Z]+ )*PRIVATE KEY-----/.test(text);
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
