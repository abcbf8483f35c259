/**
 * The websockify personality: from the words of its command line to an exit status.
 *
 * @module
 */
import { closeQuietly } from "../core/conn.ts";
import { exitStatus, usageError, WirecatError } from "../core/errors.ts";
import { writeLine } from "../core/log.ts";
import type { OptionValues } from "../core/option.ts";
import { onSignals } from "../cli/signals.ts";
import { type CommandLine, formatTarget, readCommandLine } from "./command_line.ts";
import { failureText, fileSink, Journal, type Sink, standardError } from "./journal.ts";
import { Lifetime } from "./lifetime.ts";
import {
  authPlugin,
  authSource,
  daemon,
  heartbeat,
  help,
  hostToken,
  idleTimeout,
  legacySyslog,
  logFile,
  pidFile,
  record,
  runOnce,
  sslCiphers,
  sslOnly,
  sslTarget,
  syslog,
  targetConfig,
  timeout,
  tokenPlugin,
  tokenSource,
  traffic,
  verbose,
  web,
  webAuth,
  wrapMode,
} from "./options.ts";
import { serve } from "./server.ts";
import type { Service } from "./service.ts";
import { openSource, type Source } from "./source.ts";
import { tlsServerOf } from "./tls_server.ts";

/**
 * Runs websockify with the words after its name; resolves to the exit status when it has
 * ended. Never throws.
 */
export async function runWebsockify(words: readonly string[]): Promise<number> {
  try {
    const line = readCommandLine(words);
    if (line.options.get(help)) {
      const { helpText } = await import("./help.ts");
      await Deno.stdout.write(new TextEncoder().encode(helpText()));
      return 0;
    }
    if (line.options.get(daemon)) {
      const { startDaemon, isDaemon } = await import("./daemon.ts");
      if (!isDaemon()) return await startDaemon(words);
    }
    return await run(line);
  } catch (error) {
    writeLine(`websockify: ${failureText(error)}`);
    return exitStatus(error);
  }
}

async function run(line: CommandLine): Promise<number> {
  const { options } = line;
  const end = new AbortController();
  let status = 0;
  const journal = new Journal(await sinksOf(options), options.get(verbose));
  const endWith = (reason: string, code: number) => {
    if (end.signal.aborted) return;
    status = code;
    journal.info(reason);
    end.abort(new WirecatError("other", "the server ends"));
  };
  let source: Source | undefined;
  let wrapped: { done: Promise<void> } | undefined;
  let pidWritten: (() => void) | undefined;
  try {
    const { tls, noTls } = await tlsServerOf(options);
    const program = line.program === undefined ? undefined : await wrap(line, journal);
    const service: Service = {
      target: program?.target ?? line.target,
      ...await pluginsOf(options, journal),
      hostToken: options.get(hostToken),
      tlsTarget: options.get(sslTarget),
      webAuth: options.get(webAuth),
      tls,
      noTls,
      tlsOnly: options.get(sslOnly),
      heartbeat: options.get(heartbeat) || undefined,
      record: options.get(record),
      traffic: options.get(traffic) ? printTraffic : undefined,
      journal,
      signal: end.signal,
    };
    source = await openSource(line.source, options, tls);
    using lifetime = new Lifetime({
      once: options.get(runOnce),
      timeout: options.get(timeout),
      idle: options.get(idleTimeout),
    }, (reason) => endWith(`exiting due to ${reason}`, 0));
    // Who reads the announcement, or the file, may send a signal at once.
    onSignals((signalled) => endWith("exiting due to a signal", signalled));
    pidWritten = writePid(options.get(pidFile));
    announce(source, service, options, journal);
    if (options.get(daemon)) (await import("./daemon.ts")).daemonReady();
    wrapped = program?.start(end.signal, (code) => {
      endWith(`exiting, as the program has ended with status ${code}`, code);
    });
    await serve(source, service, lifetime);
    await wrapped?.done;
    return status;
  } finally {
    end.abort(new WirecatError("other", "the server ends"));
    if (source !== undefined) closeQuietly(source);
    pidWritten?.();
    await journal.close();
  }
}

async function wrap(line: CommandLine, journal: Journal) {
  const { WrappedProgram } = await import("./wrapped_program.ts");
  const { port } = line.source!;
  if (port === 0) throw usageError("a program is wrapped for its own port, which cannot be 0");
  const { options, program } = line;
  const output = options.get(daemon) ? "null" : "inherit";
  return await WrappedProgram.prepare(program!, port, options.get(wrapMode), journal, output);
}

async function sinksOf(options: OptionValues): Promise<readonly Sink[]> {
  const file = options.get(logFile);
  const server = options.get(syslog);
  const sinks: Sink[] = file === undefined ? [] : [fileSink(file)];
  if (server !== undefined) {
    const { syslogSink } = await import("./syslog.ts");
    sinks.push(await syslogSink(server, options.get(legacySyslog)));
  }
  if (sinks.length === 0 && !options.get(daemon)) sinks.push(standardError);
  return sinks;
}

async function pluginsOf(
  options: OptionValues,
  journal: Journal,
): Promise<Pick<Service, "tokens" | "auth" | "files">> {
  const config = options.get(targetConfig);
  const tokenName = config === undefined ? options.get(tokenPlugin) : "TokenFile";
  const authName = options.get(authPlugin);
  const directory = options.get(web);
  return {
    tokens: tokenName === undefined
      ? undefined
      : await (await import("./token_plugins.ts")).tokenPluginOf(
        tokenName,
        config ?? options.get(tokenSource),
        (text) => journal.warn(text),
      ),
    auth: authName === undefined
      ? undefined
      : await (await import("./auth_plugins.ts")).authPluginOf(authName, options.get(authSource)),
    files: directory === undefined
      ? undefined
      : await (await import("./web.ts")).WebFiles.open(directory),
  };
}

function printTraffic(signs: string): void {
  try {
    Deno.stdout.writeSync(new TextEncoder().encode(signs));
  } catch {
    // Nobody reads it.
  }
}

function announce(source: Source, service: Service, options: OptionValues, journal: Journal): void {
  journal.info(`Listen on ${source.name}`);
  const directory = options.get(web);
  if (directory !== undefined) journal.info(`Web server. Web root: ${directory}`);
  if (service.tls === undefined) journal.info(`No TLS: ${service.noTls}`);
  else journal.info(service.tlsOnly ? "TLS only" : "With TLS and without");
  if (options.given(sslCiphers)) {
    journal.warn("--ssl-ciphers is not followed: the runtime chooses the ciphers by itself");
  }
  if (service.target !== undefined) journal.info(`Target: ${formatTarget(service.target)}`);
  else journal.info("Targets by token");
}

/** Returns what removes the file. */
function writePid(path: string | undefined): (() => void) | undefined {
  if (path === undefined) return undefined;
  try {
    Deno.writeTextFileSync(path, `${Deno.pid}\n`);
  } catch (cause) {
    throw new WirecatError("other", `--pid-file: cannot write ${path}`, { cause });
  }
  return () => {
    try {
      Deno.removeSync(path);
    } catch {
      // Somebody else has removed it.
    }
  };
}
