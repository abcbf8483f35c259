/**
 * What a run of conversations shares: signals, the environment of openers, variables, and
 * how addresses become openers.
 *
 * @module
 */
import { assignment, setSecret, setVariable } from "../cli/conversation_options.ts";
import { addressesOf } from "../cli/modes.ts";
import { noFixups, quiet, serverMode, verbose } from "../cli/options.ts";
import { environment } from "../core/permission.ts";
import { retrying, retryPolicy } from "../cli/retry.ts";
import { maxTime } from "../cli/script_options.ts";
import { onSignals } from "../cli/signals.ts";
import { usageError, WirecatError } from "../core/errors.ts";
import { applyFixups, type SpecifierPair } from "../core/fixups.ts";
import { Log, type Verbosity } from "../core/log.ts";
import type { Env, ListenAddress, Opener } from "../core/opener.ts";
import type { OptionValues } from "../core/option.ts";
import type { EndpointType, Registry } from "../core/registry.ts";
import {
  listens,
  namesSpecifier,
  opener,
  orientation,
  parseSpecifier,
  type Specifier,
  trait,
} from "../core/specifier.ts";
import { startTimer } from "../core/timer.ts";
import { parseJsonText } from "./long_number.ts";
import { type Json, Variables } from "./variables.ts";

/** A place for diagnostics, as `-q` and `-v` say. */
export function logOf(options: OptionValues): Log {
  return new Log(options.get(quiet) ? 0 : Math.min(3, 1 + options.get(verbose)) as Verbosity);
}

/** What a conversation is on the other side of an address. */
const SCRIPT: Specifier = {
  overlays: [],
  argument: "",
  endpoint: {
    kind: "endpoint",
    names: ["conversation"],
    orientation: "messages",
    summary: "A conversation.",
    opener: () => {
      throw new Error("a conversation is played, not opened");
    },
  } satisfies EndpointType,
};

/** Prepares to connect to an address: a URL, or a specifier that has messages. */
export function clientOpener(address: string, env: Env): Opener {
  const known = namesSpecifier(address, env.registry) && !/^(ws|http)s?:/i.test(address);
  const text = known ? address : addressesOf([address], env.options).right;
  const pair = fixed({ left: SCRIPT, right: parseSpecifier(text, env.registry) }, env);
  refuseBytes(pair.right, address);
  const connecting = opener(pair.right, env);
  const policy = retryPolicy(env.options);
  return policy === undefined ? connecting : retrying(connecting, policy, env.log);
}

/** Prepares to listen on a port, or on a specifier that listens; with whether TLS is spoken there. */
export function serverOpener(address: string, env: Env): { opener: Opener; secure: boolean } {
  const known = namesSpecifier(address, env.registry) && !/^\d/.test(address);
  const text = known ? address : addressesOf([address], env.options.with(serverMode, true)).left;
  const pair = fixed({ left: parseSpecifier(text, env.registry), right: SCRIPT }, env);
  if (!listens(pair.left)) {
    throw usageError(`--serve: ${address} does not listen`, "write PORT or ADDRESS:PORT");
  }
  refuseBytes(pair.left, address);
  return { opener: opener(pair.left, env), secure: trait(pair.left, "tls") === "server" };
}

function fixed(pair: SpecifierPair, env: Env): SpecifierPair {
  const { options, registry, log } = env;
  if (options.get(noFixups)) return pair;
  const warn = (message: string, hint?: string) => log.warn(message, hint);
  const context = { options, registry, simple: true, warn };
  return applyFixups(pair, context, { lines: false, oneshot: false });
}

function refuseBytes(specifier: Specifier, address: string): void {
  if (orientation(specifier) === "messages") return;
  throw usageError(
    `${address} has bytes and no messages, so that nothing can be expected of it`,
    `write a WebSocket's address, or an overlay that makes messages: lengthprefixed:${address}`,
  );
}

/** The variables that the command line sets, for one conversation. */
export function variablesFrom(options: OptionValues): Variables {
  const values = new Map<string, Json>();
  const secrets = new Map<string, string>();
  for (const word of options.get(setVariable)) {
    const json = /^([A-Za-z_]\w*):=([\s\S]*)$/.exec(word);
    const { name, value } = json === null
      ? assignment(setVariable.long, word)
      : { name: json[1], value: jsonOf(json[1], json[2]) };
    if (value === undefined) {
      throw usageError(`--set: ${name} has no value`, `write --set ${name}=…`);
    }
    values.set(name, value);
  }
  for (const word of options.get(setSecret)) {
    const { name, value = environment(name) } = assignment(setSecret.long, word);
    if (value === undefined) {
      throw usageError(
        `--set-secret: the environment variable ${name} is not set`,
        `run: export ${name}=…, or write --set-secret ${name}=…`,
      );
    }
    secrets.set(name, value);
  }
  return new Variables(values, secrets, environment);
}

function jsonOf(name: string, text: string): Json {
  try {
    return parseJsonText(text);
  } catch {
    throw usageError(
      `--set: the value of ${name} is not JSON`,
      `write --set ${name}=TEXT for a text, --set '${name}:=JSON' for JSON`,
    );
  }
}

/** The names of the variables that the command line sets. */
export function namesFrom(options: OptionValues): string[] {
  const name = (word: string) => word.split(/:?=/, 1)[0];
  return [...options.get(setVariable), ...options.get(setSecret)].map(name);
}

/** What {@linkcode withRun} is told of. */
export interface RunSettings {
  /** The options of the command line. */
  readonly options: OptionValues;
  /** The specifiers. */
  readonly registry: Registry;
  /** Where diagnostics go. */
  readonly log: Log;
  /** Told of what is listened on. */
  readonly onListening?: (address: ListenAddress) => void;
}

/**
 * Does `work` with an environment that a signal from outside ends; resolves to the exit
 * status, which is that of the signal where `work` says 0 or is ended by it.
 */
export async function withRun(
  settings: RunSettings,
  work: (env: Env) => Promise<number>,
): Promise<number> {
  const run = new AbortController();
  const closing: Promise<unknown>[] = [];
  let signalled: number | undefined;
  onSignals((status) => {
    signalled = status;
    run.abort(new WirecatError("other", "interrupted"));
  });
  const most = (settings.options.get(maxTime) ?? Infinity) * 1000;
  const expire = () =>
    run.abort(
      new WirecatError("timeout", `the ${most / 1000} s of --max-time are over`, {
        hint: "the conversation was still being played",
      }),
    );
  const stopTimer = startTimer(most, expire);
  const track = (promise: Promise<unknown>) => void closing.push(promise);
  const env: Env = { ...settings, signal: run.signal, track };
  try {
    return (await work(env)) || (signalled ?? 0);
  } catch (error) {
    if (signalled === undefined) throw error;
    return signalled;
  } finally {
    stopTimer();
    run.abort(new WirecatError("other", "the run is over"));
    await Promise.allSettled(closing);
  }
}
