/**
 * Token plugins: from the token in a client's address to the target of its session.
 *
 * @module
 */
import { reasonOf, usageError, WirecatError } from "../core/errors.ts";
import { parseTarget, type Target } from "./command_line.ts";
import { isModule, loadPlugin, shortName } from "./plugin.ts";

/** Finds targets. */
export interface TokenPlugin {
  /** The target of a token; nothing if there is none. Throws if that cannot be found out. */
  lookup(token: string): Promise<Target | undefined> | Target | undefined;
}

/** What the class of a module may return: a target, `HOST:PORT`, `[HOST, PORT]`, or nothing. */
export interface UserTokenPlugin {
  /** Finds the target of a token. */
  lookup(token: string): unknown;
}

type Maker = (source: string, warn: (text: string) => void) => Promise<TokenPlugin>;

const PLUGINS: Record<string, Maker> = {
  TokenFile: async (source, warn) => {
    const { TokenFile } = await import("./token_file.ts");
    return new TokenFile(source, warn);
  },
  ReadOnlyTokenFile: async (source, warn) => {
    const { ReadOnlyTokenFile } = await import("./token_file.ts");
    return await ReadOnlyTokenFile.read(source, warn);
  },
  BaseTokenAPI: (source) => Promise.resolve(new BaseTokenApi(source)),
  JWTTokenApi: async (source) => {
    const { JwtTokens } = await import("./jwt.ts");
    return await JwtTokens.withKey(source);
  },
  TokenRedis: async (source) => {
    const { TokenRedis } = await import("./token_redis.ts");
    return new TokenRedis(source);
  },
  UnixDomainSocketDirectory: (source) => Promise.resolve(new SocketDirectory(source)),
};

/** The plugin of a name, or a module. Throws a `WirecatError`. */
export async function tokenPluginOf(
  name: string,
  source: string | undefined,
  warn: (text: string) => void,
): Promise<TokenPlugin> {
  if (isModule(name)) {
    const plugin = await loadPlugin<UserTokenPlugin>(name, "lookup", source);
    return { lookup: async (token) => targetOf(await plugin.lookup(token), name) };
  }
  const make = PLUGINS[shortName(name)];
  if (make === undefined) {
    throw usageError(
      `there is no token plugin ${name}`,
      `there are ${Object.keys(PLUGINS).join(", ")}, or give a file: ./my_plugin.ts`,
    );
  }
  if (source === undefined) throw usageError(`--token-plugin ${name} needs --token-source`);
  return await make(source, warn);
}

/** What a user's plugin has returned, as a target. */
function targetOf(result: unknown, name: string): Target | undefined {
  if (result === undefined || result === null || result === false) return undefined;
  const text = Array.isArray(result) ? withPort(result) : result;
  const target = typeof text === "string" ? parseTarget(text) : undefined;
  if (target !== undefined) return target;
  throw new WirecatError("other", `the plugin ${name} returned no target: ${String(result)}`);
}

function withPort([host, port]: readonly unknown[]): string {
  return host === "unix_socket" ? `unix_socket:${port}` : `[${host}]:${port}`;
}

/** How long a service may take to answer, in milliseconds. */
const PATIENCE = 10_000;

/** `BaseTokenAPI`: a web service that answers with `HOST:PORT`. */
class BaseTokenApi implements TokenPlugin {
  readonly #address: string;

  /** `%s` in the address stands for the token. */
  constructor(address: string) {
    if (!address.includes("%s") || URL.parse(address.replace("%s", "")) === null) {
      throw usageError(
        `--token-source: '${address}' is no address with %s in it`,
        "as in http://127.0.0.1:8000/target/%s",
      );
    }
    this.#address = address;
  }

  async lookup(token: string): Promise<Target | undefined> {
    const address = this.#address.replace("%s", () => encodeURIComponent(token));
    let text: string;
    try {
      const response = await fetch(address, { signal: AbortSignal.timeout(PATIENCE) });
      text = (await response.text()).trim();
      if (!response.ok) return undefined;
    } catch (cause) {
      throw new WirecatError("connection", `cannot ask for a token: ${reasonOf(cause)}`, { cause });
    }
    const target = parseTarget(text);
    if (target !== undefined || text === "") return target;
    throw new WirecatError("other", "the answer for a token is not HOST:PORT");
  }
}

/** `UnixDomainSocketDirectory`: the token is the name of a socket in a directory. */
class SocketDirectory implements TokenPlugin {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  lookup(token: string): Target | undefined {
    if (/[/\\\0]/.test(token) || token === "" || token === "." || token === "..") return undefined;
    const path = `${this.#directory}/${token}`;
    try {
      return Deno.statSync(path).isSocket ? { kind: "unix", path } : undefined;
    } catch {
      return undefined;
    }
  }
}
