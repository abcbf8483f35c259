/**
 * The program: from the words of a command line to an exit status.
 *
 * @module
 */
import { exitStatus, isGone, OutputClosed, outputFailure, WirecatError } from "../core/errors.ts";
import { applyFixups, type FixupContext, type SpecifierPair } from "../core/fixups.ts";
import { Log, type Verbosity } from "../core/log.ts";
import type { Env, ListenAddress } from "../core/opener.ts";
import type { OptionValues } from "../core/option.ts";
import type { Registry } from "../core/registry.ts";
import type { SessionRules } from "../core/session.ts";
import { listens, opener, parseSpecifier, trait } from "../core/specifier.ts";
import { formatHostPort } from "../net/address.ts";
import { comingsAndGoings } from "./comings_and_goings.ts";
import { readCommandLine } from "./config.ts";
import { isScripted } from "./conversation_options.ts";
import { type Addresses, addressesOf, COMMANDS } from "./modes.ts";
import {
  announceListening,
  asBinary,
  completions,
  conncap,
  coreOptions,
  dumpSpec,
  exitOnEof,
  halfClose,
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
  printCurl,
  quiet,
  unidirectional,
  unidirectionalReverse,
  verbose,
  version,
} from "./options.ts";
import { print } from "./print.ts";
import { json, wantsScript } from "./script_options.ts";
import { serveMany, serveOne, type Service } from "./serve.ts";
import { onSignals } from "./signals.ts";
import { hasPrompt } from "./terminal_options.ts";
import { justGenerateAccept, justGenerateKey } from "./websocket_options.ts";

/** Runs the program; resolves to its exit status. Never throws. */
export async function run(words: readonly string[], registry: Registry): Promise<number> {
  let log = new Log();
  let located: ((error: unknown) => unknown) | undefined;
  try {
    if (COMMANDS.includes(words[0])) {
      const { commandOf } = await import("./commands.ts");
      return await commandOf(words)!.run(words.slice(1), registry);
    }
    const line = await readCommandLine(words, registry);
    const { options, positional } = line;
    located = line.located;
    log = new Log(verbosityOf(options));
    const output = await instead(options, registry);
    if (output !== undefined) {
      await print(output);
      return 0;
    }
    if (isScripted(options) && !options.get(dumpSpec) && !options.given(printCurl)) {
      const { runInline } = await import("../conversation/inline.ts");
      return await runInline(positional, options, registry, log);
    }
    return await runAddresses(addressesOf(positional, options), options, registry, log);
  } catch (error) {
    log.error(located === undefined ? error : located(error));
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
    const word = options.get(longHelp) ? "long" : options.get(help) ?? "";
    if (!/^(short|long|full|all|doc|)$/.test(word)) {
      const { topics, topicText } = await import("./topic.ts");
      if (topics(registry).includes(word)) return topicText(word, registry);
    }
    return helpText(word, registry);
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
  if (options.given(printCurl)) {
    const { printCurlCommand } = await import("../curl/print.ts");
    await printCurlCommand([addresses.left, addresses.right], options, registry, log);
    return 0;
  }
  const prompt = !options.get(dumpSpec) && hasPrompt(addresses.mode, options);
  // What is typed there is a message as it is, so that no lines have to be made of it.
  const fixable = prompt ? options.with(noLine, true) : options;
  const pair = fixed(addresses, fixable, registry, log);
  if (trait(pair.left, "silent") || trait(pair.right, "silent")) log = new Log(0);
  if (options.get(dumpSpec)) {
    for (const { endpoint, argument } of [pair.left, pair.right]) {
      endpoint.check?.(argument, options);
    }
    const { dump } = await import("./dump.ts");
    await print(dump(pair, options, [...coreOptions, ...registry.options]));
    return 0;
  }
  const run = new AbortController();
  const script = wantsScript(options)
    ? await (await import("./script.ts")).prepareScript(pair, addresses, options, log)
    : undefined;
  let signalled: number | undefined;
  let noted: number | undefined;
  let failure: unknown;
  const closing: Promise<unknown>[] = [];
  const env: Env = {
    options,
    log,
    registry,
    signal: run.signal,
    track: (promise) => closing.push(promise),
    noteFailure: (error) => noted ??= exitStatus(error),
    onListening: (address) => announce(address, addresses, options, pair, log),
  };
  const plain = serviceFor(script?.pair ?? pair, addresses, env);
  const service = script?.service(plain) ?? plain;
  onSignals((status) => {
    signalled = status;
    run.abort(new WirecatError("other", "interrupted"));
  });
  script?.limit((late) => {
    failure ??= late;
    run.abort(late);
  });
  try {
    if (prompt) {
      const { runPrompt } = await import("../terminal/prompt.ts");
      noted = await runPrompt(addresses, service);
    } else if (listens(pair.left) && !options.get(oneshot)) {
      await serveMany(service);
    } else {
      await serveOne(service);
    }
  } catch (error) {
    if (signalled === undefined && !(error instanceof OutputClosed)) failure ??= error;
  }
  run.abort(new WirecatError("other", "the run is over"));
  await Promise.allSettled(closing);
  await script?.end({ error: failure, status: signalled ?? noted });
  if (failure !== undefined) throw failure;
  return signalled ?? noted ?? 0;
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
    rules: rulesFor(pair, addresses, env.options),
    env,
    conncap: env.options.get(conncap) ?? Infinity,
    ...(env.options.get(json) ? {} : comingsAndGoings(addresses, env)),
  };
}

function rulesFor(
  pair: SpecifierPair,
  { mode }: Addresses,
  options: OptionValues,
): SessionRules {
  const most = options.get(oneMessage) ? 1 : Infinity;
  const lingers = mode === "client" && !options.get(exitOnEof) && !options.get(noClose);
  // Where one side counts messages itself, what the session would count is something else.
  const [left, right] = [pair.left, pair.right].map((side) => trait(side, "ownRules") === true);
  const counts = !left && !right;
  // With -1 it is known what is still to come: the one answer, however long it takes.
  const waits = options.get(oneMessage) && !options.given(linger);
  return {
    exitOnEof: options.get(exitOnEof) || (mode === "server" && !left),
    skipForward: options.get(unidirectionalReverse),
    skipReverse: options.get(unidirectional),
    maxForward: counts ? Math.min(most, options.get(maxMessages) ?? Infinity) : Infinity,
    maxReverse: counts ? Math.min(most, options.get(maxMessagesReverse) ?? Infinity) : Infinity,
    preamble: right ? [] : options.get(preamble),
    preambleReverse: left ? [] : options.get(preambleReverse),
    linger: !lingers ? undefined : waits ? Infinity : options.get(linger) * 1000,
    halfClose: options.get(halfClose),
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
      if (!isGone(error)) throw outputFailure(error); // Else nobody wants to know.
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
    case "abstract":
      return `proto=abstract,path_hex=${address.name.toHex()}`;
    default:
      return `proto=${address.proto},path=${JSON.stringify(address.path)}`;
  }
}
