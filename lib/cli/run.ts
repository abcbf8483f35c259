/**
 * The program: from the words of a command line to an exit status.
 *
 * @module
 */
import { exitStatus, isGone, OutputClosed, WirecatError } from "../core/errors.ts";
import { applyFixups, type FixupContext, type SpecifierPair } from "../core/fixups.ts";
import { Log, type Verbosity } from "../core/log.ts";
import type { Env, ListenAddress } from "../core/opener.ts";
import type { OptionValues } from "../core/option.ts";
import type { Registry } from "../core/registry.ts";
import type { SessionRules } from "../core/session.ts";
import { listens, opener, parseSpecifier, trait } from "../core/specifier.ts";
import { formatHostPort } from "../net/address.ts";
import { commandOf } from "./commands.ts";
import { comingsAndGoings } from "./comings_and_goings.ts";
import { dump } from "./dump.ts";
import { type Addresses, addressesOf, addressTest } from "./modes.ts";
import {
  announceListening,
  asBinary,
  completions,
  conncap,
  coreOptions,
  dumpSpec,
  exitOnEof,
  help,
  linger,
  longHelp,
  maxMessages,
  maxMessagesReverse,
  noClose,
  noFixups,
  noLine,
  oneMessage,
  oneshot,
  preamble,
  preambleReverse,
  quiet,
  unidirectional,
  unidirectionalReverse,
  verbose,
  version,
} from "./options.ts";
import { parseCommandLine } from "./parse.ts";
import { print } from "./print.ts";
import { serveMany, serveOne, type Service } from "./serve.ts";
import { onSignals } from "./signals.ts";
import { justGenerateAccept, justGenerateKey } from "./websocket_options.ts";

/** Runs the program; resolves to its exit status. Never throws. */
export async function run(words: readonly string[], registry: Registry): Promise<number> {
  let log = new Log();
  try {
    const command = commandOf(words);
    if (command !== undefined) return await command.run(words.slice(1), registry);
    const table = [...coreOptions, ...registry.options];
    const isAddress = addressTest(words, registry);
    const { options, positional } = parseCommandLine(words, table, isAddress);
    log = new Log(verbosityOf(options));
    const output = await instead(options, registry);
    if (output !== undefined) {
      await print(output);
      return 0;
    }
    return await runAddresses(addressesOf(positional, options), options, registry, log);
  } catch (error) {
    log.error(error);
    return exitStatus(error);
  }
}

function verbosityOf(options: OptionValues): Verbosity {
  if (options.get(quiet)) return 0;
  return Math.min(3, 1 + options.get(verbose)) as Verbosity;
}

/** What is printed instead of connecting anything, if one of those options is given. */
async function instead(options: OptionValues, registry: Registry): Promise<string | undefined> {
  if (options.given(help) || options.get(longHelp)) {
    const { helpText } = await import("./help.ts");
    return helpText(options.get(longHelp) ? "long" : options.get(help) ?? "", registry);
  }
  if (options.get(version)) {
    const { versionText } = await import("./version_text.ts");
    return versionText(options.get(verbose) > 0);
  }
  const shell = options.get(completions);
  if (shell !== undefined) {
    const { completionScript, shellOf } = await import("./completions/script.ts");
    return completionScript(shellOf(shell), registry);
  }
  const key = options.get(justGenerateAccept);
  if (!options.get(justGenerateKey) && key === undefined) return undefined;
  const { acceptFor, generateKey, isKey } = await import("../websocket/handshake.ts");
  if (key === undefined) return generateKey() + "\n";
  if (isKey(key)) return await acceptFor(key) + "\n";
  throw new WirecatError("usage", `--just-generate-accept: '${key}' is not 16 bytes in base64`);
}

async function runAddresses(
  addresses: Addresses,
  options: OptionValues,
  registry: Registry,
  log: Log,
): Promise<number> {
  const pair = fixed(addresses, options, registry, log);
  if (trait(pair.left, "silent") || trait(pair.right, "silent")) log = new Log(0);
  if (options.get(dumpSpec)) {
    for (const { endpoint, argument } of [pair.left, pair.right]) {
      endpoint.check?.(argument, options);
    }
    await print(dump(pair, options));
    return 0;
  }
  const run = new AbortController();
  let status: number | undefined;
  const closing: Promise<unknown>[] = [];
  const env: Env = {
    options,
    log,
    registry,
    signal: run.signal,
    track: (promise) => closing.push(promise),
    onListening: (address) => announce(address, addresses, options, pair, log),
  };
  const service = serviceFor(pair, addresses, env);
  onSignals((signalled) => {
    status = signalled;
    run.abort(new WirecatError("other", "interrupted"));
  });
  try {
    if (listens(pair.left) && !options.get(oneshot)) await serveMany(service);
    else await serveOne(service);
  } catch (error) {
    if (status === undefined && !(error instanceof OutputClosed)) throw error;
  } finally {
    run.abort(new WirecatError("other", "the run is over"));
    await Promise.allSettled(closing);
  }
  return status ?? 0;
}

/** The pair of specifiers, fixups applied. */
function fixed(
  addresses: Addresses,
  options: OptionValues,
  registry: Registry,
  log: Log,
): SpecifierPair {
  const pair = {
    left: parseSpecifier(addresses.left, registry),
    right: parseSpecifier(addresses.right, registry),
  };
  if (options.get(noFixups)) return pair;
  const context: FixupContext = {
    options,
    registry,
    simple: addresses.mode !== "pair",
    warn: (message, hint) => log.warn(message, hint),
  };
  return applyFixups(pair, context, {
    lines: !options.get(noLine) && !options.get(asBinary),
    oneshot: options.get(oneshot),
  });
}

function serviceFor(pair: SpecifierPair, addresses: Addresses, env: Env): Service {
  return {
    left: opener(pair.left, env),
    right: opener(pair.right, env),
    rules: rulesFor(addresses, env.options),
    env,
    conncap: env.options.get(conncap) ?? Infinity,
    ...comingsAndGoings(addresses, env),
  };
}

function rulesFor({ mode }: Addresses, options: OptionValues): SessionRules {
  const most = options.get(oneMessage) ? 1 : Infinity;
  const lingers = mode === "client" && !options.get(exitOnEof) && !options.get(noClose);
  return {
    exitOnEof: options.get(exitOnEof) || mode === "server",
    skipForward: options.get(unidirectionalReverse),
    skipReverse: options.get(unidirectional),
    maxForward: Math.min(most, options.get(maxMessages) ?? Infinity),
    maxReverse: Math.min(most, options.get(maxMessagesReverse) ?? Infinity),
    preamble: options.get(preamble),
    preambleReverse: options.get(preambleReverse),
    linger: lingers ? options.get(linger) * 1000 : undefined,
  };
}

function announce(
  address: ListenAddress,
  { mode }: Addresses,
  options: OptionValues,
  pair: SpecifierPair,
  log: Log,
): void {
  const said = listeningText(address);
  if (options.get(announceListening)) {
    try {
      Deno.stdout.writeSync(new TextEncoder().encode(`LISTEN ${said}\n`));
    } catch (error) {
      if (!isGone(error)) throw error; // Nobody wants to know.
    }
  }
  if (mode === "server") log.note(`Listening on ${listeningName(address, pair)}`);
  else log.info(`listening on ${listeningName(address, pair)}`);
}

/** What clients call what is listened on. */
function listeningName(address: ListenAddress, pair: SpecifierPair): string {
  switch (address.proto) {
    case "tcp": {
      const side = pair.left.endpoint.listens ? pair.left : pair.right;
      const secure = trait(side, "tls") === "server";
      const at = formatHostPort({ hostname: address.ip, port: address.port });
      if (trait(side, "websocket") === "server") return `${secure ? "wss" : "ws"}://${at}/`;
      return `${secure ? "tls" : "tcp"}:${at}`;
    }
    case "udp":
      return `udp:${formatHostPort({ hostname: address.ip, port: address.port })}`;
    case "abstract":
      return `abstract:${new TextDecoder().decode(address.name)}`;
    default:
      return `${address.proto === "unix" ? "unix" : "seqpacket"}:${address.path}`;
  }
}

function listeningText(address: ListenAddress): string {
  switch (address.proto) {
    case "tcp":
    case "udp":
      return `proto=${address.proto},ip=${address.ip},port=${address.port}`;
    case "abstract": {
      const hex = Array.from(address.name, (byte) => byte.toString(16).padStart(2, "0"));
      return `proto=abstract,path_hex=${hex.join("")}`;
    }
    default:
      return `proto=${address.proto},path=${JSON.stringify(address.path)}`;
  }
}
