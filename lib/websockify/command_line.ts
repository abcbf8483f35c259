/**
 * websockify's command line: what to listen on, and what is behind it.
 *
 * @module
 */
import { parseCommandLine } from "../cli/parse.ts";
import { usageError } from "../core/errors.ts";
import type { OptionValues } from "../core/option.ts";
import { ANY, type HostPort } from "../net/address.ts";
import {
  authPlugin,
  help,
  inetd,
  targetConfig,
  tokenPlugin,
  tokenSource,
  unixListen,
  unixTarget,
  webAuth,
  websockifyOptions,
} from "./options.ts";

/** Where sessions go. */
export type Target =
  | { readonly kind: "tcp"; readonly hostname: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

/** What a command line says. */
export interface CommandLine {
  /** Its options. */
  readonly options: OptionValues;
  /** The port to listen on; absent with `--unix-listen` and `--inetd`. */
  readonly source?: HostPort;
  /** Where all sessions go; absent where tokens decide, or a program is wrapped. */
  readonly target?: Target;
  /** The program to wrap, with its arguments. */
  readonly program?: readonly string[];
}

/** Reads the words after the program's name. Throws a usage error. */
export function readCommandLine(words: readonly string[]): CommandLine {
  const dashes = words.indexOf("--");
  const program = dashes < 0 ? undefined : words.slice(dashes + 1);
  const own = dashes < 0 ? words : words.slice(0, dashes);
  const { options, positional } = parseCommandLine(own.map(inFull), websockifyOptions);
  if (options.get(help)) return { options };
  const rest = [...positional];
  const elsewhere = options.get(inetd) || options.given(unixListen);
  const source = elsewhere ? undefined : listenAddress(rest.shift());
  const tokens = options.given(tokenPlugin) || options.given(targetConfig);
  const direct = program === undefined && !tokens && !options.given(unixTarget);
  const target = direct ? targetAddress(rest.shift()) : unixTargetOf(options);
  if (rest.length > 0) {
    throw usageError(`too many arguments: ${rest.join(" ")}`, "see websockify --help");
  }
  if (program?.length === 0) throw usageError("there is no program behind --");
  if (program !== undefined && source === undefined) {
    throw usageError("a program is wrapped for a port to listen on, so name that port");
  }
  if (program !== undefined && (tokens || target !== undefined)) {
    throw usageError("a program behind -- is the target: leave out the other one");
  }
  if (options.get(webAuth) && !options.given(authPlugin)) {
    throw usageError("--web-auth needs --auth-plugin, which decides who may come in");
  }
  if (options.given(tokenSource) && !tokens) {
    throw usageError("--token-source is for a --token-plugin, and there is none");
  }
  return { options, source, target, program };
}

/** `--verb` as `--verbose`: any beginning that only one option has will do. */
function inFull(word: string): string {
  const match = /^--([a-z0-9-]+)(=.*)?$/s.exec(word);
  if (match === null) return word;
  const [, name, value = ""] = match;
  const names = websockifyOptions.map((option) => option.long);
  if (names.includes(name)) return word;
  const found = names.filter((long) => long.startsWith(name));
  if (found.length > 1) {
    throw usageError(
      `--${name} could be ${found.map((long) => `--${long}`).join(" or ")}`,
      "write more of it",
    );
  }
  return found.length === 1 ? `--${found[0]}${value}` : word;
}

function unixTargetOf(options: OptionValues): Target | undefined {
  const path = options.get(unixTarget);
  return path === undefined ? undefined : { kind: "unix", path };
}

const USAGE = "websockify [OPTIONS] [SOURCE_ADDRESS:]SOURCE_PORT TARGET_ADDRESS:TARGET_PORT";

function listenAddress(text: string | undefined): HostPort {
  if (text === undefined) throw usageError("there is no port to listen on", `write ${USAGE}`);
  const { host, port } = split(text);
  if (port === undefined) throw usageError(`'${text}' is no port to listen on`, `write ${USAGE}`);
  return { hostname: host || ANY, port };
}

function targetAddress(text: string | undefined): Target {
  if (text === undefined) throw usageError("there is no target", `write ${USAGE}`);
  const target = parseTarget(text);
  if (target === undefined) {
    throw usageError(`'${text}' is not ADDRESS:PORT of a target`, `write ${USAGE}`);
  }
  return target;
}

/** Reads `HOST:PORT` or `unix_socket:PATH`, as token files have it; nothing if it is neither. */
export function parseTarget(text: string): Target | undefined {
  const unix = /^unix_socket:(.+)$/s.exec(text);
  if (unix !== null) return { kind: "unix", path: unix[1] };
  const { host, port } = split(text);
  if (host === "" || port === undefined || port === 0) return undefined;
  return { kind: "tcp", hostname: host, port };
}

/** The host, without brackets, and the port behind the last colon. */
function split(text: string): { host: string; port: number | undefined } {
  const colon = text.lastIndexOf(":");
  const host = text.slice(0, Math.max(0, colon)).replace(/^\[(.*)\]$/, "$1").trim();
  const digits = text.slice(colon + 1).trim();
  const port = /^\d{1,5}$/.test(digits) && Number(digits) < 65536 ? Number(digits) : undefined;
  return { host, port };
}

/** The form of a target for people. */
export function formatTarget(target: Target): string {
  if (target.kind === "unix") return `unix socket ${target.path}`;
  const { hostname, port } = target;
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}
