/**
 * The file of `--require-bearer`: the tokens that are let in.
 *
 * @module
 */
import { usageError } from "../core/errors.ts";
import { areSameBytes, sha256 } from "./same.ts";

/** Tokens, kept as their digests. */
export class Tokens {
  readonly #digests: readonly Uint8Array[];

  /** `digests` are SHA-256. */
  constructor(digests: readonly Uint8Array[]) {
    this.#digests = digests;
  }

  /** Whether a token is one of them; takes as long for each. */
  async verify(token: string): Promise<boolean> {
    const given = await sha256(token);
    let found = false;
    for (const digest of this.#digests) found = areSameBytes(digest, given) || found;
    return found;
  }
}

/**
 * Reads a file with one token a line, as it is or as `sha256:` and its SHA-256 in hexadecimal.
 * Empty lines and those that begin with `#` do not count. Throws a usage error with the number
 * of the line, without its text.
 */
export async function parseTokenFile(text: string, path: string): Promise<Tokens> {
  const option = "--require-bearer";
  const digests: Uint8Array[] = [];
  for (const [index, raw] of text.replace(/^\ufeff/, "").split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const where = `${option}: ${path}, line ${index + 1}`;
    const [, hex] = /^sha256:(.*)$/i.exec(line) ?? [];
    if (hex !== undefined) {
      if (!/^[\da-f]{64}$/i.test(hex)) {
        throw usageError(
          `${where}: 'sha256:' is not followed by 64 hexadecimal digits`,
          "printf %s TOKEN | sha256sum prints them",
        );
      }
      digests.push(Uint8Array.fromHex(hex));
    } else if (!/^[\x21-\x7e]+$/.test(line)) {
      throw usageError(
        `${where}: a token has no spaces and only ASCII characters`,
        "write one token a line, without the word Bearer",
      );
    } else {
      digests.push(await sha256(line));
    }
  }
  if (digests.length === 0) {
    throw usageError(`${option}: ${path} has no token`, "write one token a line");
  }
  return new Tokens(digests);
}
