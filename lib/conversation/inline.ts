/**
 * A conversation that is written on the command line: `--send hi --expect hello`.
 *
 * @module
 */
import { expect, type PlacedWord, send, step, within } from "../cli/conversation_options.ts";
import { linger, nullTerminated } from "../cli/options.ts";
import { output } from "../cli/script_options.ts";
import { maskAddress } from "../core/secrets.ts";
import { EXIT_STATUS, isGone, outputFailure, usageError, WirecatError } from "../core/errors.ts";
import { type Log, writeLine } from "../core/log.ts";
import { OptionValues } from "../core/option.ts";
import type { Registry } from "../core/registry.ts";
import { OutputFile } from "../process/output_file.ts";
import { diskFiles } from "./files.ts";
import { checkNames } from "./names.ts";
import { openFor } from "./opening.ts";
import { parseExpectOption, parseSendOption, parseStep } from "./parse.ts";
import { Player } from "./player.ts";
import { prepareSchemas } from "./prepare.ts";
import { failedCase, type Failure } from "./result.ts";
import { clientOpener, namesFrom, variablesFrom, withRun } from "./session.ts";
import { type Message, messageText, printable, showMessage } from "./shown.ts";
import { allSteps, type Step } from "./step.ts";

/** How long an expectation waits where nothing is said, in seconds. */
export const DEFAULT_WITHIN = 5;

/**
 * Connects and plays what the options say; resolves to the exit status. Messages that were
 * expected go to standard output.
 */
export async function runInline(
  words: readonly string[],
  options: OptionValues,
  registry: Registry,
  log: Log,
): Promise<number> {
  if (words.length !== 1) {
    throw usageError(
      `--send, --expect and --step take one address, not ${words.length}`,
      "write for example: wirecat --send hi --expect hello ws://127.0.0.1:8080/",
    );
  }
  const steps = stepsFrom(options);
  checkNames(steps, namesFrom(options));
  await prepareSchemas(steps);
  const variables = variablesFrom(options);
  const silent = [...allSteps(steps)].every(({ type }) => type !== "expect");
  const printer = new Printer(options);
  // Standard output is ours; for the connection there is none.
  const ours = new OptionValues(
    new Map([...options.entries()].filter(([name]) => name !== output.long)),
  );
  return await withRun({ options: ours, registry, log }, async (env) => {
    const opening = await openFor(clientOpener(words[0], env), env.signal);
    if (opening.error === undefined) {
      log.info(`playing ${steps.length} steps with ${maskAddress(words[0])}`);
    }
    const player = new Player(opening, {
      variables,
      within: options.get(within) ?? DEFAULT_WITHIN,
      follows: false,
      tail: silent ? options.get(linger) : undefined,
      signal: env.signal,
      onMatched: (message) => printer.message(message),
    });
    const cases = await player.play(steps);
    await printer.close();
    env.signal.throwIfAborted();
    const failed = failedCase({ cases });
    if (failed?.failure === undefined) return 0;
    if (opening.error !== undefined && failed.failure.message === opening.error.message) {
      throw opening.error;
    }
    tellFailure(failed.name, failed.failure, log, (text) => variables.redact(text));
    return EXIT_STATUS[failed.failure.kind];
  });
}

/** The options' steps in the order in which they were written. */
function stepsFrom(options: OptionValues): Step[] {
  const source = (row: { long: string }, word: string) => ({
    name: `--${row.long} '${printable(word)}'`,
    text: word,
    inline: true,
  });
  const placed = (
    words: readonly PlacedWord[],
    read: (word: string) => readonly Step[],
  ) => words.map(({ word, place }) => ({ place, steps: () => read(word) }));
  return [
    ...placed(options.get(send), (word) => [parseSendOption(source(send, word))]),
    ...placed(options.get(expect), (word) => [parseExpectOption(source(expect, word), diskFiles)]),
    ...placed(options.get(step), (word) => parseStep(source(step, word), diskFiles)),
  ].sort((a, b) => a.place - b.place).flatMap(({ steps }) => steps());
}

/** Where messages that were expected go: standard output, or the file of `--output`. */
class Printer {
  readonly #end: Uint8Array;
  readonly #path?: string;
  readonly #terminal: boolean;

  constructor(options: OptionValues) {
    this.#end = new TextEncoder().encode(options.get(nullTerminated) ? "\0" : "\n");
    const path = options.get(output);
    this.#path = path === "-" ? undefined : path;
    this.#terminal = this.#path === undefined && Deno.stdout.isTerminal();
  }

  async message(message: Message): Promise<void> {
    const text = message.kind === "text";
    if (!this.#terminal) {
      await this.#write(message.bytes);
      if (text) await this.#write(this.#end);
      return;
    }
    // What others have sent must not take over the terminal.
    const shown = text ? messageText(message).split("\n").map(printable).join("\n") : undefined;
    await this.#write(new TextEncoder().encode(`${shown ?? showMessage(message)}\n`));
  }

  async #write(bytes: Uint8Array): Promise<void> {
    const to = this.#path === undefined ? Deno.stdout : await OutputFile.open(this.#path);
    try {
      for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
    } catch (error) {
      if (isGone(error)) return; // What is expected is to be seen to, whoever reads it.
      throw error instanceof WirecatError ? error : outputFailure(error);
    }
  }

  async close(): Promise<void> {
    if (this.#path !== undefined) await (await OutputFile.open(this.#path)).begin();
  }
}

function tellFailure(
  name: string,
  { message, details, traffic }: Failure,
  log: Log,
  redact: (text: string) => string,
): void {
  log.error(new Error(redact(`${printable(name)}: ${message}`)));
  if (log.verbosity === 0) return;
  for (const line of details) writeLine(redact(`  ${line}`));
  // What came is told already; what was sent before it, and what was passed over, is not.
  if (traffic.length === 0 || (traffic.length === 1 && traffic[0].startsWith("<"))) return;
  writeLine("  since the last expectation:");
  for (const line of traffic) writeLine(redact(`    ${line}`));
}
