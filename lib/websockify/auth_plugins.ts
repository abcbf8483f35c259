/**
 * Auth plugins: who may connect.
 *
 * @module
 */
import { parseAuthorization } from "../auth/authorization.ts";
import { isSame } from "../auth/same.ts";
import { usageError } from "../core/errors.ts";
import { HttpRefusal } from "../http/refusal.ts";
import type { Target } from "./command_line.ts";
import { isModule, loadPlugin, shortName } from "./plugin.ts";

/** What is known of whoever asks. */
export interface AuthRequest {
  /** The request's header fields. */
  readonly headers: Headers;
  /** Where the session would go; absent for files. */
  readonly target?: Target;
  /** The common name of the certificate that the client showed. */
  readonly commonName?: string;
  /** The client's address. */
  readonly client: string;
}

/** Decides. */
export interface AuthPlugin {
  /** Lets a client in by returning; throws an {@linkcode HttpRefusal} otherwise. */
  authenticate(request: AuthRequest): Promise<void> | void;
}

/** What the class of a module does: returns false, or throws, to keep a client out. */
export interface UserAuthPlugin {
  /** Decides. */
  authenticate(request: AuthRequest): unknown;
}

const PLUGINS: Record<string, (source: string) => AuthPlugin> = {
  BasicHTTPAuth: (source) => new BasicHttpAuth(source),
  ExpectOrigin: (source) => new ExpectOrigin(source),
  ClientCertCNAuth: (source) => new ClientCertificate(source),
};

/** The plugin of a name, or a module. Throws a `WirecatError`. */
export async function authPluginOf(name: string, source: string | undefined): Promise<AuthPlugin> {
  if (isModule(name)) {
    const plugin = await loadPlugin<UserAuthPlugin>(name, "authenticate", source);
    return { authenticate: (request) => askUser(plugin, request) };
  }
  const make = PLUGINS[shortName(name)];
  if (make === undefined) {
    throw usageError(
      `there is no auth plugin ${name}`,
      `there are ${Object.keys(PLUGINS).join(", ")}, or give a file: ./my_plugin.ts`,
    );
  }
  if (source === undefined) throw usageError(`--auth-plugin ${name} needs --auth-source`);
  return make(source);
}

async function askUser(plugin: UserAuthPlugin, request: AuthRequest): Promise<void> {
  if (await plugin.authenticate(request) === false) throw new HttpRefusal(403, "Forbidden");
}

/** `BasicHTTPAuth`: a name and a password (RFC 7617). */
class BasicHttpAuth implements AuthPlugin {
  readonly #expected: string;

  constructor(source: string) {
    if (!source.includes(":")) throw usageError("--auth-source has to be USER:PASSWORD");
    this.#expected = source;
  }

  async authenticate({ headers }: AuthRequest): Promise<void> {
    const field = headers.get("Authorization");
    if (field === null) throw loginWanted("Log in");
    const shown = parseAuthorization(field);
    if (shown?.scheme !== "basic") {
      throw new HttpRefusal(403, "The Authorization header is not Basic");
    }
    const { user, password } = shown.login;
    if (!await isSame(`${user}:${password}`, this.#expected)) {
      throw loginWanted("Wrong name or password");
    }
  }
}

function loginWanted(why: string): HttpRefusal {
  return new HttpRefusal(401, why, [["WWW-Authenticate", 'Basic realm="Websockify"']]);
}

/** `ExpectOrigin`: pages of these origins only. */
class ExpectOrigin implements AuthPlugin {
  readonly #origins: readonly string[];

  constructor(source: string) {
    this.#origins = source.split(/\s+/).filter((origin) => origin !== "");
  }

  authenticate({ headers }: AuthRequest): void {
    // Drafts before RFC 6455 have another name for it.
    const origin = headers.get("Origin") ?? headers.get("Sec-WebSocket-Origin");
    if (origin !== null && this.#origins.includes(origin)) return;
    throw new HttpRefusal(403, "Invalid Origin");
  }
}

/** `ClientCertCNAuth`: clients whose certificate has one of these common names. */
class ClientCertificate implements AuthPlugin {
  readonly #names: readonly string[];

  constructor(source: string) {
    // One name alone may have spaces in it.
    this.#names = [source, ...source.split(/\s+/)].filter((name) => name !== "");
  }

  authenticate({ commonName }: AuthRequest): void {
    if (commonName !== undefined && this.#names.includes(commonName)) return;
    throw new HttpRefusal(403, "Your certificate is not among those that are let in");
  }
}
