/**
 * `TokenFile` and `ReadOnlyTokenFile`: lines `token: host:port` in a file, or in all files of a
 * directory.
 *
 * @module
 */
import { reasonOf, WirecatError } from "../core/errors.ts";
import { parseTarget, type Target } from "./command_line.ts";
import type { TokenPlugin } from "./token_plugins.ts";

/**
 * Reads lines of tokens. Empty ones, and those that begin with `#`, are left out; of a line
 * that is neither `warn` is told.
 */
export function parseTokens(
  text: string,
  file: string,
  warn: (text: string) => void,
): Map<string, Target> {
  const tokens = new Map<string, Target>();
  text.split("\n").forEach((raw, i) => {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) return;
    const match = /^(.+?):\s+(.+)$/.exec(line);
    const target = match === null ? undefined : parseTarget(match[2]);
    if (target === undefined) warn(`${file}, line ${i + 1} is not 'TOKEN: HOST:PORT'`);
    else tokens.set(match![1], target);
  });
  return tokens;
}

async function readTokens(
  path: string,
  warn: (text: string) => void,
): Promise<Map<string, Target>> {
  const tokens = new Map<string, Target>();
  try {
    const files = (await Deno.stat(path)).isDirectory
      ? Array.from(Deno.readDirSync(path), ({ name }) => `${path}/${name}`).sort()
      : [path];
    for (const file of files) {
      if (file !== path && !Deno.statSync(file).isFile) continue;
      for (const [token, target] of parseTokens(await Deno.readTextFile(file), file, warn)) {
        tokens.set(token, target);
      }
    }
  } catch (cause) {
    throw new WirecatError("other", `cannot read the tokens of ${path}: ${reasonOf(cause)}`, {
      cause,
    });
  }
  return tokens;
}

/** Reads the file anew for each token, so that it can be changed at any time. */
export class TokenFile implements TokenPlugin {
  readonly #path: string;
  readonly #warn: (text: string) => void;

  /** The file need not be there yet. */
  constructor(path: string, warn: (text: string) => void) {
    this.#path = path;
    this.#warn = warn;
  }

  /** Finds a target. */
  async lookup(token: string): Promise<Target | undefined> {
    return (await readTokens(this.#path, this.#warn)).get(token);
  }
}

/** Reads the file once. */
export class ReadOnlyTokenFile implements TokenPlugin {
  readonly #tokens: ReadonlyMap<string, Target>;

  private constructor(tokens: ReadonlyMap<string, Target>) {
    this.#tokens = tokens;
  }

  /** Reads it now. Throws if that fails. */
  static async read(path: string, warn: (text: string) => void): Promise<ReadOnlyTokenFile> {
    return new ReadOnlyTokenFile(await readTokens(path, warn));
  }

  /** Finds a target. */
  lookup(token: string): Target | undefined {
    return this.#tokens.get(token);
  }
}
