/**
 * Whom a server lets in: by origin, by login.
 *
 * @module
 */
import type { RequestHead } from "../http/head.ts";
import { HttpRefusal } from "../http/refusal.ts";
import { type Credentials, parseAuthorization } from "./authorization.ts";
import type { OriginRules } from "./origin_rules.ts";
import { type Passwords, TooBusy } from "./password_file.ts";
import type { Tokens } from "./token_file.ts";
import type { WatchedFile } from "./watched_file.ts";

/** What a client has to show. What is absent is not asked for. */
export interface AdmissionRules {
  /** Web pages that are let in. */
  readonly origins?: OriginRules;
  /** Names and passwords that are let in. */
  readonly passwords?: WatchedFile<Passwords>;
  /** Tokens that are let in. */
  readonly tokens?: WatchedFile<Tokens>;
}

/** `IP` of `IP:PORT` or `IP`. */
const withoutPort = (client: string) => client.replace(/^(\[.*\]|[^:]*):\d+$/, "$1");

const REALM = 'realm="wirecat"';

/** Lets clients in or refuses them. */
export class Admission {
  readonly #rules: AdmissionRules;

  /** Reads no file yet. */
  constructor(rules: AdmissionRules) {
    this.#rules = rules;
  }

  /** Reads the files. Throws a usage error for one that cannot be read or is wrong. */
  async prepare(): Promise<void> {
    await this.#rules.passwords?.value();
    await this.#rules.tokens?.value();
  }

  /**
   * Lets a client in by returning the name that it has logged in with, if it had to. `client` is its
   * address, with or without a port. Throws an {@linkcode HttpRefusal}: 403 for its origin, 401
   * for its login, 503 where too many ask.
   */
  async admit({ headers }: RequestHead, client: string): Promise<string | undefined> {
    const { origins, passwords, tokens } = this.#rules;
    if (origins !== undefined && !origins.allow(headers.get("Origin"))) {
      throw new HttpRefusal(
        403,
        headers.get("Origin") === null
          ? "Only clients that send an Origin are served here."
          : `Web pages of ${headers.get("Origin")!.slice(0, 200)} are not served here.`,
      );
    }
    if (passwords === undefined && tokens === undefined) return undefined;
    const field = headers.get("Authorization");
    const shown = parseAuthorization(field);
    if (shown !== undefined && await this.#isRight(shown, client)) {
      return shown.scheme === "basic" ? shown.login.user : undefined;
    }
    throw new HttpRefusal(
      401,
      field === null ? "A login is needed here." : "The login was not accepted.",
      this.#challenges(shown),
    );
  }

  async #isRight(shown: Credentials, client: string): Promise<boolean> {
    const { passwords, tokens } = this.#rules;
    try {
      return shown.scheme === "basic"
        ? await (await passwords?.value())?.verify(shown.login, withoutPort(client)) ?? false
        : await (await tokens?.value())?.verify(shown.token) ?? false;
    } catch (error) {
      if (!(error instanceof TooBusy)) throw error;
      throw new HttpRefusal(503, "Too many clients are logging in.", [["Retry-After", "1"]]);
    }
  }

  /** RFC 9110, section 11.6.1; RFC 6750, section 3. */
  #challenges(shown: Credentials | undefined): [string, string][] {
    const { passwords, tokens } = this.#rules;
    const fields: [string, string][] = [];
    if (passwords !== undefined) {
      fields.push(["WWW-Authenticate", `Basic ${REALM}, charset="UTF-8"`]);
    }
    if (tokens !== undefined) {
      const wrong = shown?.scheme === "bearer" ? ', error="invalid_token"' : "";
      fields.push(["WWW-Authenticate", `Bearer ${REALM}${wrong}`]);
    }
    return fields;
  }
}
