/**
 * The file of `--require-basic-auth`: who may log in with which password.
 *
 * @module
 */
import { usageError } from "../core/errors.ts";
import type { Login } from "./login.ts";
import { parseStoredPassword } from "./password_hash.ts";
import { sha256 } from "./same.ts";
import { type StoredPassword, StoredPasswordError } from "./stored_password.ts";

/** How many slow checks are under way at once, and how many may wait. */
const AT_ONCE = 2;
const WAITING = 64;
/** How many of those may be of one client: it cannot keep the others out. */
const WAITING_OF_ONE = 16;

/** How many logins are remembered as right. */
const REMEMBERED = 1024;

/** Too many clients have their password checked. */
export class TooBusy extends Error {}

/** Passwords by name. */
export class Passwords {
  readonly #byUser: ReadonlyMap<string, StoredPassword>;
  /** Digests of logins that were right: a browser shows its login with each request. */
  readonly #right = new Set<string>();
  /** What makes them worth nothing elsewhere. */
  readonly #salt = crypto.randomUUID();
  /** Takes as long as one of the file, a slow one if there is any, for names that are not there. */
  readonly #decoy: StoredPassword;
  #running = 0;
  readonly #queue: { readonly client: string; readonly begin: () => void }[] = [];

  /** Takes the passwords over. */
  constructor(byUser: ReadonlyMap<string, StoredPassword>) {
    this.#byUser = byUser;
    const all = [...byUser.values()];
    this.#decoy = all.find(({ slow }) => slow) ?? all[0];
  }

  /**
   * Whether a login is right. A name that is not there takes as long as a wrong password.
   * `client` is who asks. Throws {@linkcode TooBusy} where too many ask at once.
   */
  async verify({ user, password }: Login, client = ""): Promise<boolean> {
    const stored = this.#byUser.get(user);
    const checked = stored ?? this.#decoy;
    if (!checked.slow) {
      if (await checked.verify(password)) return stored !== undefined;
      // Where others are slow, a quick no would tell that the name is there.
      if (this.#decoy.slow) await this.#inTurn(client, () => this.#decoy.verify(password));
      return false;
    }
    // The digest is over the name's length too: "a" and "b:c" are not "a:b" and "c".
    const digest = (await sha256(`${this.#salt}${user.length}:${user}:${password}`)).toHex();
    if (this.#right.has(digest)) return true;
    const right = await this.#inTurn(client, () => checked.verify(password)) &&
      stored !== undefined;
    if (right) this.#remember(digest);
    return right;
  }

  #remember(digest: string): void {
    if (this.#right.size >= REMEMBERED) this.#right.clear();
    this.#right.add(digest);
  }

  async #inTurn<T>(client: string, work: () => Promise<T>): Promise<T> {
    if (this.#running >= AT_ONCE) {
      const own = this.#queue.filter((waiting) => waiting.client === client).length;
      if (this.#queue.length >= WAITING || own >= WAITING_OF_ONE) throw new TooBusy();
      await new Promise<void>((begin) => this.#queue.push({ client, begin }));
    } else {
      this.#running++;
    }
    try {
      return await work();
    } finally {
      const next = this.#queue.shift();
      if (next === undefined) this.#running--;
      else next.begin();
    }
  }
}

/**
 * Reads a file of `NAME:PASSWORD` lines, the password as {@linkcode parseStoredPassword} reads
 * it. Empty lines and those that begin with `#` do not count; of a name that is there twice the
 * first line counts. Throws a usage error with the number of the line, without its text.
 */
export async function parsePasswordFile(text: string, path: string): Promise<Passwords> {
  const option = "--require-basic-auth";
  const byUser = new Map<string, StoredPassword>();
  for (const [index, line] of text.replace(/^\ufeff/, "").split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const where = `${option}: ${path}, line ${index + 1}`;
    const colon = line.indexOf(":");
    if (colon < 1) throw usageError(`${where} is not NAME:PASSWORD`);
    const user = line.slice(0, colon);
    try {
      const stored = parseStoredPassword(line.slice(colon + 1));
      if (!byUser.has(user)) byUser.set(user, stored);
    } catch (error) {
      if (!(error instanceof StoredPasswordError)) throw error;
      throw usageError(
        `${where}: ${error.message}`,
        `make the line with: wirecat hash-password ${/^[\w.@-]+$/.test(user) ? user : "NAME"}`,
      );
    }
  }
  if (byUser.size === 0) {
    throw usageError(`${option}: ${path} has no login`, "write lines of NAME:PASSWORD");
  }
  for (const stored of byUser.values()) await stored.prepare?.();
  return new Passwords(byUser);
}
