/**
 * `wirecat run FILE URL`: conversations from files, with a server or as one.
 *
 * @module
 */
import { readCommandLine } from "../cli/config.ts";
import {
  expect,
  once,
  report,
  reportFile,
  runOptions,
  send,
  serve,
  step,
  within,
} from "../cli/conversation_options.ts";
import { help, longHelp } from "../cli/options.ts";
import { print } from "../cli/print.ts";
import { idleTimeout, json, output, writeOut } from "../cli/script_options.ts";
import { maskAddress } from "../core/secrets.ts";
import { header, protocol, serverHeader, serverProtocol } from "../cli/websocket_options.ts";
import { EXIT_STATUS, reasonOf, usageError, WirecatError } from "../core/errors.ts";
import type { Env } from "../core/opener.ts";
import type { OptionValues } from "../core/option.ts";
import type { Registry } from "../core/registry.ts";
import { diskFiles, findSources } from "./files.ts";
import { DEFAULT_WITHIN } from "./inline.ts";
import { mirror, type Mirrored } from "./mirror.ts";
import { checkNames } from "./names.ts";
import { parseConversation } from "./parse.ts";
import { type Part, playOver } from "./playing.ts";
import { prepareSchemas } from "./prepare.ts";
import { textOfResult, textOfSum } from "./report_text.ts";
import { failedCase, type Result } from "./result.ts";
import { serveConversation } from "./serve.ts";
import { clientOpener, logOf, namesFrom, variablesFrom, withRun } from "./session.ts";
import type { Side } from "./step.ts";
import { fill } from "./template.ts";

const USAGE = "wirecat run [OPTIONS] FILE… URL, or wirecat run --serve PORT FILE";

/** A conversation as one side plays it. */
interface Prepared extends Part {
  /** Whether it is written from the other side's view. */
  readonly mirrored?: Mirrored;
}

/** Runs the command; resolves to the exit status. */
export async function runConversations(
  words: readonly string[],
  registry: Registry,
): Promise<number> {
  const { options, positional } = await readCommandLine(words, registry, runOptions);
  if (options.given(help) || options.get(longHelp)) {
    const { runHelp } = await import("./run_help.ts");
    await print(runHelp());
    return 0;
  }
  refuseStrangers(options);
  const port = options.get(serve);
  const side: Side = port === undefined ? "client" : "server";
  const { paths, address } = port === undefined
    ? clientWords(positional)
    : { paths: positional, address: port };
  if (paths.length === 0) throw usageError("there is no file to run", USAGE);
  const sources = (await Promise.all(paths.map(findSources))).flat();
  const parts: Prepared[] = [];
  for (const source of sources) {
    const read = parseConversation(source, diskFiles);
    const mirrored = read.side === side ? undefined : mirror(read.steps);
    const steps = mirrored?.steps ?? read.steps;
    checkNames(steps, namesFrom(options));
    await prepareSchemas(steps);
    parts.push({ name: read.name, steps, mirrored });
  }
  variablesFrom(options); // A wrong one is told before anything is connected.
  const reporter = new Reporter(options);
  const log = logOf(options);
  if (port !== undefined) {
    if (parts.length > 1) {
      throw usageError(`--serve plays one file, not ${parts.length}`, "start one server for each");
    }
    return await serveConversation({
      part: parts[0],
      address,
      once: options.get(once),
      settings: {
        within: options.get(within) ?? (parts[0].mirrored ? Infinity : DEFAULT_WITHIN),
        follows: parts[0].mirrored !== undefined,
      },
      options: withOpening(options, parts[0].mirrored, side),
      registry,
      log,
      reporter,
    });
  }
  if (options.get(once)) throw usageError("--once is for --serve", "leave it out");
  return await withRun({ options, registry, log }, async (env) => {
    try {
      for (const part of parts) {
        await reporter.add(await playPart(part, address, env));
        if (!reporter.hasTold(env.signal)) env.signal.throwIfAborted();
        if (env.signal.aborted) break;
      }
    } finally {
      await reporter.end();
    }
    return reporter.status;
  });
}

/** Options that say nothing here, and what to do without them. */
const STRANGERS: readonly (readonly [row: { readonly long: string }, hint: string])[] = [
  [send, "write it into the file, or leave out 'run'"],
  [expect, "write it into the file, or leave out 'run'"],
  [step, "write it into the file, or leave out 'run'"],
  [output, "write --report-file FILE"],
  [json, "write --report tap or --report junit"],
  [writeOut, "write --report tap or --report junit"],
  [idleTimeout, "write a line such as 'within 2s' into the file, or --within 2s"],
];

function refuseStrangers(options: OptionValues): void {
  for (const [row, hint] of STRANGERS) {
    if (options.given(row)) throw usageError(`--${row.long} is not for wirecat run`, hint);
  }
}

/** Files come first, the address last. */
function clientWords(words: readonly string[]): { paths: readonly string[]; address: string } {
  const address = words.at(-1);
  if (address === undefined) throw usageError("there is no file to run", USAGE);
  const looksLikeOne = /^[\w-]{2,}:/.test(address); // One letter may be a drive of Windows.
  if (!looksLikeOne) {
    throw usageError(
      words.length === 1
        ? `there is no address to play ${address} with`
        : `'${address}' is no address: it comes last`,
      `write: wirecat run ${words.join(" ")} ws://HOST:PORT/, or wirecat run --serve PORT FILE`,
    );
  }
  if (words.length === 1) throw usageError("there is no file to run", USAGE);
  return { paths: words.slice(0, -1), address };
}

async function playPart(part: Prepared, address: string, env: Env): Promise<Result> {
  const options = withOpening(env.options, part.mirrored, "client");
  const opener = clientOpener(address, { ...env, options });
  return await playOver(opener, maskAddress(address), part, {
    variables: variablesFrom(options),
    within: options.get(within) ?? DEFAULT_WITHIN,
    follows: part.mirrored !== undefined,
    signal: env.signal,
  });
}

/** The options with what the other side expects of the opening handshake. */
function withOpening(
  options: OptionValues,
  mirrored: Mirrored | undefined,
  side: Side,
): OptionValues {
  if (mirrored === undefined) return options;
  const { headers, subprotocol } = mirrored;
  const [fields, name] = side === "server" ? [serverHeader, serverProtocol] : [header, protocol];
  if (headers.length > 0) {
    const variables = variablesFrom(options);
    const more = headers.map(({ name, value }) => `${name}: ${fill(value, variables)}`);
    options = options.with(fields, [...options.get(fields), ...more]);
  }
  if (subprotocol !== undefined && !options.given(name)) options = options.with(name, subprotocol);
  return options;
}

/** Where reports go, and what came of everything. */
class Reporter {
  /** The exit status: of the first conversation that failed. */
  status = 0;
  readonly #file?: string;
  readonly #format: "text" | "tap" | "junit";
  readonly #colour = !Deno.noColor && Deno.stdout.isTerminal();
  /** What the report is made of at the end; a server that reports as it goes keeps nothing. */
  readonly #results: Result[] = [];
  /** Why the last conversation has failed, if it has. */
  #lastFailure?: string;
  readonly #counts = { all: 0, failed: 0 };

  constructor(options: OptionValues) {
    this.#file = options.get(reportFile);
    if (this.#file !== undefined) checkFolder(this.#file);
    this.#format = options.given(report) ? options.get(report) : formatOf(this.#file);
  }

  /** Whether people read standard output. */
  get #plain(): boolean {
    return this.#file !== undefined || this.#format === "text";
  }

  /** One conversation is over. */
  async add(result: Result): Promise<void> {
    const failure = failedCase(result)?.failure;
    this.#lastFailure = failure?.message;
    this.#counts.all++;
    if (failure !== undefined) {
      this.#counts.failed++;
      this.status ||= EXIT_STATUS[failure.kind];
    }
    if (this.#file !== undefined || !this.#plain) this.#results.push(result);
    if (this.#plain) await print(textOfResult(result, this.#colour));
  }

  /** Whether people have just read in the report that the time for everything is over. */
  hasTold({ aborted, reason }: AbortSignal): boolean {
    if (!aborted || !this.#plain || !(reason instanceof WirecatError)) return false;
    return reason.kind === "timeout" && this.#lastFailure === reason.message;
  }

  /** All are. */
  async end(): Promise<void> {
    if (this.#plain) await print(textOfSum(this.#counts));
    if (this.#file === undefined) {
      if (!this.#plain) await print(await this.#whole());
      return;
    }
    try {
      await Deno.writeTextFile(this.#file, await this.#whole());
    } catch (error) {
      throw unwritable("other", this.#file, error);
    }
  }

  async #whole(): Promise<string> {
    const results = this.#results;
    if (this.#format === "tap") return (await import("./report_tap.ts")).tapReport(results);
    if (this.#format === "junit") return (await import("./report_junit.ts")).junitReport(results);
    return results.map((result) => textOfResult(result)).join("") + textOfSum(this.#counts);
  }
}

function unwritable(kind: "usage" | "other", file: string, cause: unknown): WirecatError {
  const message = `--report-file: cannot write ${file}: ${reasonOf(cause)}`;
  return new WirecatError(kind, message, { cause });
}

/** Throws a usage error if there is no folder for the report: better now than at the end. */
function checkFolder(file: string): void {
  const folder = file.replace(/[^/\\]*$/, "") || ".";
  try {
    if (Deno.statSync(folder).isDirectory) return;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      throw unwritable("usage", file, error);
    }
  }
}

function formatOf(file: string | undefined): "text" | "tap" | "junit" {
  if (file?.endsWith(".xml")) return "junit";
  return file?.endsWith(".tap") ? "tap" : "text";
}
