/**
 * What the options say of a TLS server.
 *
 * @module
 */
import {
  alpn,
  caFile,
  cert,
  key,
  pkcs12Der,
  pkcs12Password,
  refuseLoneKeys,
  selfSigned,
  tlsCert,
  tlsDomain,
  tlsKey,
  tlsMin,
  verifyClient,
} from "../lib/cli/tls_options.ts";
import { usageError } from "../lib/core/errors.ts";
import type { Env } from "../lib/core/opener.ts";
import type { OptionValues } from "../lib/core/option.ts";
import type { IdentitySource } from "../lib/tls/identity.ts";
import type { TlsServerWishes } from "../lib/tls/server_files.ts";

/**
 * What the command line says about answering with TLS. Throws a usage error if it names no
 * certificate.
 */
export function serverWishes({ options }: Pick<Env, "options">): TlsServerWishes {
  const certificates = serverIdentitySources(options);
  const verify = options.get(verifyClient);
  const file = options.get(caFile);
  if (verify !== undefined && file === undefined) {
    throw usageError(
      "--verify-client has to know whose certificates are good",
      "name the authorities with --cafile FILE",
    );
  }
  if (verify === undefined && file !== undefined) {
    throw usageError("--cafile does nothing without --verify-client", "add --verify-client");
  }
  if (certificates.length === 0 && !options.get(selfSigned)) {
    throw usageError(
      "a TLS server needs a certificate",
      "give --cert FILE with --key FILE, --pkcs12-der FILE, or --self-signed for a test",
    );
  }
  return {
    certificates,
    selfSigned: options.get(selfSigned) ? namesOfSelfSigned(options) : undefined,
    minVersion: options.given(tlsMin) ? options.get(tlsMin) : undefined,
    alpn: options.get(alpn),
    clients: verify && { required: verify === "require", file: file! },
  };
}

function serverIdentitySources(options: OptionValues): IdentitySource[] {
  refuseLoneKeys(options, tlsCert, tlsKey);
  refuseLoneKeys(options, cert, key);
  const password = options.get(pkcs12Password) ?? "";
  const keys = options.get(tlsKey);
  const archive = options.get(pkcs12Der);
  if (archive !== undefined) {
    const names = { file: pkcs12Der.long, key: tlsKey.long };
    return [{ file: archive, keyFile: keys[0], options: names, password }];
  }
  const files = options.get(tlsCert);
  if (keys.length > 0 && keys.length !== files.length) {
    throw usageError(
      `there are ${files.length} --tls-cert and ${keys.length} --tls-key`,
      "give a key for each, in the same order, or none where the certificates' files have them",
    );
  }
  const names = { file: tlsCert.long, key: tlsKey.long };
  const sources = files.map((file, i) => ({ file, keyFile: keys[i], options: names, password }));
  const file = options.get(cert);
  if (sources.length > 0 || file === undefined) return sources;
  const own = { file: cert.long, key: key.long };
  return [{ file, keyFile: options.get(key), options: own, password }];
}

function namesOfSelfSigned(options: OptionValues): string[] {
  const name = options.get(tlsDomain) || "localhost";
  const url = `https://${name.includes(":") ? `[${name}]` : name}/`;
  if (!URL.canParse(url) || /[\s/@?#]/.test(name)) {
    throw usageError(`--tls-domain: '${name}' is no host name`);
  }
  // Names of other scripts as certificates and DNS have them.
  const host = new URL(url).hostname.replace(/^\[(.*)\]$/, "$1");
  return [...new Set([host, "localhost", "127.0.0.1", "::1"])];
}
