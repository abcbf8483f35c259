/**
 * What a started program is told about the connection that it serves.
 *
 * @module
 */
import { isGranted } from "../core/permission.ts";
import { WirecatError } from "../core/errors.ts";
import type { Option } from "../core/option.ts";
import type { ClientCertificate, PeerInfo } from "../core/peer.ts";

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

/** The name that a client has logged in with, as RFC 3875, section 4.1.11, calls it. */
const USER = ["REMOTE_USER"];

/** What nginx and Apache call what is known of a client's certificate. */
function certificateVariables(
  certificate: ClientCertificate | null | undefined,
): Record<string, string | undefined> {
  return {
    SSL_CLIENT_VERIFY: certificate === undefined
      ? undefined
      : certificate === null
      ? "NONE"
      : "SUCCESS",
    SSL_CLIENT_S_DN: certificate?.subject,
    SSL_CLIENT_I_DN: certificate?.issuer,
    SSL_CLIENT_SERIAL: certificate?.serial,
    SSL_CLIENT_FINGERPRINT: certificate?.fingerprint,
  };
}

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
  for (const [name, value] of Object.entries(certificateVariables(left?.certificate))) {
    put(name, value);
  }
  for (const name of USER) put(name, left?.user);
  for (const header of headers) {
    const value = left?.headers?.().get(header) ?? undefined;
    if (value === undefined) missing.push(header);
    put(`H_${header}`, value);
    // Shells have no variables with a hyphen, and drop them.
    if (header.includes("-")) put(`H_${header.replaceAll("-", "_")}`, value);
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

/**
 * The same for a program that is told nothing, and must not inherit `secrets`. Where the
 * environment may not be read they are made empty, be they there or not.
 */
export function environmentWithout(
  secrets: readonly string[],
): { env?: Record<string, string>; clearEnv?: boolean } {
  if (secrets.length === 0) return {};
  if (isGranted({ name: "env" })) {
    return commandEnvironment({ set: {}, unset: secrets, missing: [] });
  }
  return { env: Object.fromEntries(secrets.map((name) => [name, ""])) };
}

/** The variables that stand in for secret options. */
export function secretVariables(
  options: readonly Pick<Option<unknown>, "secret" | "env">[],
): string[] {
  return options.flatMap(({ secret, env }) => secret && env !== undefined ? [env] : []);
}
