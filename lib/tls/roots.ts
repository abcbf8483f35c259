/**
 * Which certificate authorities are trusted: the runtime's, the system's, and those that
 * `SSL_CERT_FILE` and `SSL_CERT_DIR` name.
 *
 * @module
 */
import { type ErrorKind, reasonOf, WirecatError } from "../core/errors.ts";

/** Certificates to trust when a server shows its own. */
export interface Roots {
  /** In PEM, each text one or more certificates. */
  readonly certificates: readonly string[];
  /** Whether nothing else is trusted; otherwise the runtime's own list is, too. */
  readonly only: boolean;
}

/** Where systems keep all their roots in one file; the first that exists counts. */
const SYSTEM_BUNDLES = [
  "/etc/ssl/certs/ca-certificates.crt", // Debian, Alpine, Arch, Gentoo, NixOS
  "/etc/pki/tls/certs/ca-bundle.crt", // Fedora, RHEL
  "/etc/ssl/ca-bundle.pem", // openSUSE
  "/etc/ssl/cert.pem", // macOS, the BSDs
  "/usr/local/share/certs/ca-root-nss.crt", // FreeBSD
];

let cached: { key: string; roots: Promise<Roots> } | undefined;

/**
 * The roots that the environment asks for, as OpenSSL reads it: `SSL_CERT_FILE` alone and
 * `SSL_CERT_DIR` alone add to the system's, both together take the place of all others
 * (unless the file is the system's own list, as some distributions set it).
 * Read once; throws a `tls` error for a file that cannot be read or holds no certificate.
 */
export function trustedRoots(): Promise<Roots> {
  const file = variable("SSL_CERT_FILE");
  const directories = variable("SSL_CERT_DIR");
  const key = `${file}\n${directories}`;
  if (cached?.key !== key) cached = { key, roots: readRoots(file, directories) };
  return cached.roots;
}

async function readRoots(file?: string, directories?: string): Promise<Roots> {
  const only = file !== undefined && directories !== undefined && !SYSTEM_BUNDLES.includes(file);
  const blocks = new Set<string>(only ? [] : await systemRoots());
  if (file !== undefined && file !== "") {
    const text = await readCertificates(file, `SSL_CERT_FILE=${file}`);
    for (const block of certificateBlocks(text)) blocks.add(block);
  }
  await addDirectories(directories ?? "", blocks);
  return { certificates: blocks.size === 0 ? [] : [[...blocks].join("\n")], only };
}

/**
 * The certificates of a PEM file, and nothing else of it. `what` names it in errors, which are of
 * kind `tls`; that a file is not there is a `missing` one.
 */
export async function readCertificates(
  path: string,
  what: string,
  missing: ErrorKind = "tls",
): Promise<string> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    const kind = error instanceof Deno.errors.NotFound ? missing : "tls";
    throw new WirecatError(kind, `cannot read ${what}: ${readReason(error)}`, { cause: error });
  }
  const blocks = certificateBlocks(text);
  if (blocks.length === 0) {
    throw new WirecatError("tls", `${what}: there is no certificate in it`, {
      hint: "it has to be a PEM file, with a line -----BEGIN CERTIFICATE-----",
    });
  }
  return blocks.join("\n");
}

/** The system's words for why a file cannot be read, without the call that failed. */
export function readReason(error: unknown): string {
  return reasonOf(error).replace(/: [a-z]+ '.*'$/, "");
}

/** Each certificate of a PEM text. */
export function certificateBlocks(text: string): string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

async function systemRoots(): Promise<string[]> {
  for (const path of SYSTEM_BUNDLES) {
    const text = await Deno.readTextFile(path).catch(() => undefined);
    if (text !== undefined) return certificateBlocks(text);
  }
  return [];
}

/** Adds every certificate in any file of the directories; what cannot be read is left out. */
async function addDirectories(list: string, blocks: Set<string>): Promise<void> {
  const separator = Deno.build.os === "windows" ? ";" : ":";
  for (const directory of list.split(separator).filter((name) => name !== "")) {
    try {
      for await (const entry of Deno.readDir(directory)) {
        if (entry.isDirectory) continue;
        const text = await Deno.readTextFile(`${directory}/${entry.name}`).catch(() => "");
        for (const block of certificateBlocks(text)) blocks.add(block);
      }
    } catch {
      // OpenSSL, too, passes over a directory that is not there.
    }
  }
}

/** A variable of the environment; unset where the environment may not be read. */
function variable(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch {
    return undefined;
  }
}
