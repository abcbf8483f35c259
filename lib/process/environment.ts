/**
 * What a started program is told about the connection that it serves.
 *
 * @module
 */
import { WirecatError } from "../core/errors.ts";
import type { PeerInfo } from "../core/peer.ts";

/** Changes to the environment of a program. */
export interface EnvironmentChanges {
  /** Variables to set. */
  readonly set: Record<string, string>;
  /** Variables that must not be inherited. */
  readonly unset: readonly string[];
  /** Headers that were asked for and did not come. */
  readonly missing: readonly string[];
}

/** The names that say the path and query a client asked for. */
const URI = ["WEBSOCAT_URI", "WIRECAT_URI"];
/** The names that say the address of the client. */
const CLIENT = ["WEBSOCAT_CLIENT", "WIRECAT_CLIENT"];

/**
 * The variables that describe a connection. Each of `headers` becomes `H_` and
 * the name as it is spelled there. What is not known is unset, so that a
 * program never takes a variable of the surrounding run for the client's.
 */
export function describeConnection(
  left: PeerInfo | undefined,
  headers: readonly string[],
): EnvironmentChanges {
  const set: Record<string, string> = {};
  const unset: string[] = [];
  const missing: string[] = [];
  const put = (name: string, value: string | undefined) => {
    if (value === undefined) unset.push(name);
    else set[name] = value;
  };
  for (const name of URI) put(name, left?.uri);
  for (const name of CLIENT) put(name, left?.client);
  for (const header of headers) {
    const value = left?.headers?.().get(header) ?? undefined;
    if (value === undefined) missing.push(header);
    put(`H_${header}`, value);
  }
  return { set, unset, missing };
}

/**
 * How `Deno.Command` is told of the changes: it can only unset by starting from nothing. Throws
 * where the environment may not be read.
 */
export function commandEnvironment(
  changes: EnvironmentChanges,
  inherited: Pick<typeof Deno.env, "has" | "toObject"> = Deno.env,
): { env: Record<string, string>; clearEnv: boolean } {
  try {
    if (!changes.unset.some((name) => inherited.has(name))) {
      return { env: changes.set, clearEnv: false };
    }
    const env = { ...inherited.toObject(), ...changes.set };
    for (const name of changes.unset) delete env[name];
    return { env, clearEnv: true };
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotCapable)) throw cause;
    throw new WirecatError("other", "-e has to read the environment, and Deno forbids it", {
      hint: "start wirecat with Deno's --allow-env, or leave out -e",
      cause,
    });
  }
}
