/**
 * Options about TLS: certificates, keys, whom to trust.
 *
 * @module
 */
import { usageError } from "../core/errors.ts";
import { choice, flag, type Option, type OptionValues, text, texts } from "../core/option.ts";

/** `--cert`. */
export const cert: Option<string | undefined> = text({
  long: "cert",
  value: "FILE",
  group: "tls",
  help: "Certificate to show as a TLS server, or as a client that is asked for one: PEM, PKCS#12.",
});

/** `--key`. */
export const key: Option<string | undefined> = text({
  long: "key",
  value: "FILE",
  group: "tls",
  help: "PEM file with the private key of --cert.",
});

/** `--tls-ca`, also `--cacert`. */
export const tlsCa: Option<string | undefined> = text({
  long: "tls-ca",
  aliases: ["cacert"],
  value: "FILE",
  group: "tls",
  help: "Certificates to trust when connecting, beside the system's.",
});

/** `--pin`. */
export const pin: Option<readonly string[]> = texts({
  long: "pin",
  value: "SHA256",
  oneWord: true,
  group: "tls",
  advanced: true,
  help: "Trust the server whose certificate or public key has this SHA-256 (sha256/BASE64 or " +
    "hexadecimal digits), and no other, whoever signed it.",
});

/** `--self-signed`. */
export const selfSigned: Option<boolean> = flag({
  long: "self-signed",
  group: "tls",
  conflicts: ["pkcs12-der", "tls-cert", "cert"],
  help: "Serve with a certificate made for this run, and print the --pin that trusts it.",
});

/** `--verify-client`. */
export const verifyClient: Option<"require" | "optional" | undefined> = {
  long: "verify-client",
  value: "require|optional",
  valueOptional: true,
  group: "tls",
  advanced: true,
  help: "Ask TLS clients for a certificate of --cafile; with =optional those without one are " +
    "served, too. With -e programs get it as SSL_CLIENT_S_DN and SSL_CLIENT_FINGERPRINT.",
  initial: undefined,
  parse([word]) {
    if (word === "" || word === "require") return "require";
    if (word === "optional") return "optional";
    throw usageError(
      `--verify-client: '${word}' is none of require, optional`,
      "write --verify-client or --verify-client=optional",
    );
  },
};

/** `--cafile`. */
export const caFile: Option<string | undefined> = text({
  long: "cafile",
  value: "FILE",
  group: "tls",
  advanced: true,
  help: "PEM file with the authorities that sign the certificates of clients.",
});

/** `--tls-min`. */
export const tlsMin: Option<"1.2" | "1.3"> = choice({
  long: "tls-min",
  choices: ["1.2", "1.3"],
  group: "tls",
  advanced: true,
  help: "The oldest version of TLS that will do.",
});

/** `--alpn`. */
export const alpn: Option<readonly string[] | undefined> = {
  long: "alpn",
  value: "NAME,NAME…",
  group: "tls",
  advanced: true,
  help: "Protocols to agree on within TLS (ALPN), such as http/1.1, the best first.",
  initial: undefined,
  parse([word]) {
    const names = word.split(",").map((name) => name.trim());
    if (names.every((name) => name !== "" && name.length < 256)) return names;
    throw usageError(`--alpn: '${word}' is no list of names`, "write for example --alpn http/1.1");
  },
};

/** `--pkcs12-der`. */
export const pkcs12Der: Option<string | undefined> = text({
  long: "pkcs12-der",
  value: "FILE",
  group: "tls",
  advanced: true,
  conflicts: ["tls-cert"],
  help: "PKCS#12 archive with the server's certificate and key. A PEM file will do, too.",
});

/** `--pkcs12-passwd`. */
export const pkcs12Password: Option<string | undefined> = text({
  long: "pkcs12-passwd",
  value: "PASSWORD",
  group: "tls",
  advanced: true,
  secret: true,
  defaultText: "empty",
  help: "What opens --pkcs12-der, or the encrypted key of --tls-cert or --cert.",
});

/** `--tls-cert`. */
export const tlsCert: Option<readonly string[]> = texts({
  long: "tls-cert",
  value: "FILE",
  oneWord: true,
  group: "tls",
  advanced: true,
  help:
    "As --cert, for a server only. Of many, clients get the one that is for the name they ask " +
    "for (SNI), or else the first.",
});

/** `--tls-key`. */
export const tlsKey: Option<readonly string[]> = texts({
  long: "tls-key",
  value: "FILE",
  oneWord: true,
  group: "tls",
  advanced: true,
  help: "As --key, for --tls-cert: as many, and in the same order.",
});

/** `--tls-domain`. */
export const tlsDomain: Option<string | undefined> = text({
  long: "tls-domain",
  aliases: ["ssl-domain"],
  value: "NAME",
  group: "tls",
  advanced: true,
  defaultText: "the host connected to",
  help: "The name to ask a TLS server for, which its certificate has to carry.",
});

/** `--client-pkcs12-der`. */
export const clientPkcs12Der: Option<string | undefined> = text({
  long: "client-pkcs12-der",
  value: "FILE",
  group: "tls",
  advanced: true,
  conflicts: ["client-cert"],
  help: "PKCS#12 archive with a certificate and key to show to TLS servers that ask for one.",
});

/** `--client-pkcs12-passwd`. */
export const clientPkcs12Password: Option<string | undefined> = text({
  long: "client-pkcs12-passwd",
  value: "PASSWORD",
  group: "tls",
  advanced: true,
  secret: true,
  defaultText: "empty",
  help: "What opens --client-pkcs12-der, or the encrypted key of --client-cert or --cert.",
});

/** `--client-cert`. */
export const clientCert: Option<string | undefined> = text({
  long: "client-cert",
  value: "FILE",
  group: "tls",
  advanced: true,
  help: "As --cert, for a client only.",
});

/** `--client-key`. */
export const clientKey: Option<string | undefined> = text({
  long: "client-key",
  value: "FILE",
  group: "tls",
  advanced: true,
  help: "As --key, for --client-cert.",
});

/** The rows above, in the order of the help. */
// deno-lint-ignore no-explicit-any -- a table of options of all types
export const tlsOptions: readonly Option<any>[] = [
  cert,
  key,
  tlsCa,
  pin,
  selfSigned,
  tlsDomain,
  tlsMin,
  alpn,
  verifyClient,
  caFile,
  tlsCert,
  tlsKey,
  pkcs12Der,
  pkcs12Password,
  clientCert,
  clientKey,
  clientPkcs12Der,
  clientPkcs12Password,
];

// deno-lint-ignore no-explicit-any -- options with one value and with many
type AnyOption = Option<any>;

/** Throws a usage error for a key whose certificate is not given. */
export function refuseLoneKeys(
  options: OptionValues,
  certificate: AnyOption,
  key: AnyOption,
): void {
  const archive = certificate === clientCert && options.given(clientPkcs12Der) ||
    certificate === tlsCert && options.given(pkcs12Der);
  if (!options.given(key) || options.given(certificate) || archive) return;
  throw usageError(
    `--${key.long} needs --${certificate.long}`,
    "give the certificate of the key, too",
  );
}
