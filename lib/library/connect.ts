/**
 * Connecting to an endpoint, with overlays or without.
 *
 * @module
 */
import { usageError } from "../core/errors.ts";
import { listens, opener, orientation, parseSpecifier } from "../core/specifier.ts";
import { registry } from "../../specs/mod.ts";
import { Connection } from "./connection.ts";
import { environment, type Settings } from "./settings.ts";

/**
 * Opens what a specifier says: `ws://127.0.0.1:8080/`, `tcp:127.0.0.1:22`, `cmd:date`,
 * `autoreconnect:wss://example.org/`. Throws a `WirecatError` that says what was tried and what
 * came back.
 *
 * ```ts
 * import { connect } from "jsr:@wirecat/wirecat/lib";
 *
 * await using connection = await connect("wss://example.org/");
 * await connection.writable.getWriter().write("hello");
 * for await (const message of connection.readable) console.log(message);
 * ```
 */
export async function connect(specifier: string, settings: Settings = {}): Promise<Connection> {
  const env = environment(settings, registry);
  const parsed = parseSpecifier(specifier, registry);
  if (listens(parsed)) {
    throw usageError(`${specifier} waits for clients`, "listen() yields a connection for each");
  }
  const peer = await opener(parsed, env).open({ signal: env.signal });
  return new Connection(peer, orientation(parsed));
}
