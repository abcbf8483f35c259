/**
 * `TokenRedis`: targets in a Redis server, by token.
 *
 * @module
 */
import { type ByteConn, closeQuietly, writeAll } from "../core/conn.ts";
import { usageError, WirecatError } from "../core/errors.ts";
import { Deadline } from "../net/deadline.ts";
import { dialTcp } from "../net/dial.ts";
import { parseTarget, type Target } from "./command_line.ts";
import type { TokenPlugin } from "./token_plugins.ts";

/** How many seconds the server may take. */
const PATIENCE = 10;
/** The longest answer, in bytes. */
const MOST = 64 * 1024;

/** Asks a server for each token; values are `host:port`, or JSON with that as `host`. */
export class TokenRedis implements TokenPlugin {
  readonly #host: string;
  readonly #port: number;
  readonly #database: string;
  readonly #password: string;
  readonly #prefix: string;

  /** `source` is `HOST[:PORT[:DATABASE[:PASSWORD[:NAMESPACE]]]]`; parts may be empty. */
  constructor(source: string) {
    const [host, port = "", database = "", password = "", space = ""] = source.split(":");
    const number = port === "" ? 6379 : Number(port);
    if (host === "" || !Number.isInteger(number) || number < 1 || number > 65535) {
      throw usageError(
        `--token-source: '${source}' is not HOST[:PORT[:DATABASE[:PASSWORD[:NAMESPACE]]]]`,
      );
    }
    this.#host = host;
    this.#port = number;
    this.#database = database;
    this.#password = password;
    this.#prefix = space === "" ? "" : `${space}:`;
  }

  /** Finds a target. */
  async lookup(token: string): Promise<Target | undefined> {
    const commands = [
      ...(this.#password === "" ? [] : [["AUTH", this.#password]]),
      ...(this.#database === "" || this.#database === "0" ? [] : [["SELECT", this.#database]]),
      ["GET", this.#prefix + token],
    ];
    const conn = await dialTcp(this.#host, this.#port, AbortSignal.timeout(PATIENCE * 1000));
    using deadline = new Deadline({ timeout: PATIENCE, message: "Redis does not answer" });
    try {
      const replies = new Replies(conn, deadline);
      let value: string | undefined;
      for (const command of commands) {
        await deadline.race(writeAll(conn, request(command)));
        value = await replies.next();
      }
      return value === undefined ? undefined : targetOf(value);
    } finally {
      closeQuietly(conn);
    }
  }
}

function targetOf(value: string): Target {
  let text = value.trim();
  if (text.startsWith("{")) {
    try {
      text = String((JSON.parse(text) as { host?: unknown }).host);
    } catch {
      // Told below.
    }
  }
  const target = parseTarget(text);
  if (target !== undefined) return target;
  throw new WirecatError("other", "the value in Redis is not HOST:PORT");
}

/** A command in Redis' protocol: an array of strings with their lengths. */
export function request(words: readonly string[]): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  let text = `*${words.length}\r\n`;
  for (const word of words) text += `$${encoder.encode(word).length}\r\n${word}\r\n`;
  return encoder.encode(text);
}

/** The replies of a server, one after another. */
class Replies {
  readonly #conn: ByteConn;
  readonly #deadline: Deadline;
  readonly #buffer = new Uint8Array(MOST);
  #at = 0;
  #end = 0;

  constructor(conn: ByteConn, deadline: Deadline) {
    this.#conn = conn;
    this.#deadline = deadline;
  }

  /** A string, nothing for a missing one. Throws what the server complains of. */
  async next(): Promise<string | undefined> {
    const line = await this.#take(await this.#lineEnd());
    const rest = line.slice(1).trimEnd();
    if (line.startsWith("+") || line.startsWith(":")) return rest;
    if (line.startsWith("-")) throw new WirecatError("other", `Redis says: ${rest}`);
    if (line.startsWith("_") || rest === "-1") return undefined;
    const length = Number(rest);
    if (!line.startsWith("$") || !(length >= 0)) {
      throw new WirecatError("protocol", "what answers is not Redis");
    }
    return (await this.#take(this.#at + length + 2)).slice(0, -2);
  }

  async #lineEnd(): Promise<number> {
    for (;;) {
      const lf = this.#buffer.subarray(0, this.#end).indexOf(10, this.#at);
      if (lf >= 0) return lf + 1;
      await this.#fill();
    }
  }

  /** The text up to `end`. */
  async #take(end: number): Promise<string> {
    while (this.#end < end) await this.#fill();
    const text = new TextDecoder().decode(this.#buffer.subarray(this.#at, end));
    this.#at = end;
    return text;
  }

  async #fill(): Promise<void> {
    const room = this.#buffer.subarray(this.#end);
    if (room.length === 0) throw new WirecatError("protocol", "the answer of Redis is too long");
    const length = await this.#deadline.race(this.#conn.read(room));
    if (length === null) throw new WirecatError("abnormal", "Redis closed the connection");
    this.#end += length;
  }
}
