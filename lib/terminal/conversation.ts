/**
 * What talking to a server and to clients have in common: a console, lines that are done one after
 * another, messages from files and into files.
 *
 * @module
 */
import { isGranted } from "../core/permission.ts";
import { asBinary, asText, quiet } from "../cli/options.ts";
import { historyOff, jsonPretty, noJsonPretty, timestamps } from "../cli/terminal_options.ts";
import { maxMessageLength } from "../cli/websocket_options.ts";
import { offAbort, onAbort } from "../core/abort.ts";
import { reasonOf, WirecatError } from "../core/errors.ts";
import { divertLines } from "../core/log.ts";
import type { Env } from "../core/opener.ts";
import { within } from "../core/timer.ts";
import { isUtf8 } from "../websocket/utf8.ts";
import { Console, type ConsoleInput } from "./console.ts";
import { fromHex } from "./hex_dump.ts";
import { History } from "./history.ts";
import { HistoryFile, historyPath } from "./history_file.ts";
import { type InputCell, sizeText } from "./input_cells.ts";
import { paletteFor } from "./palette.ts";
import { editText } from "./other_program.ts";
import { RawTerminal, type Terminal } from "./raw_terminal.ts";
import { ReceivedMessages } from "./received_messages.ts";
import {
  CommandError,
  completeCommand,
  findCommand,
  helpLines,
  readTypedLine,
  type SlashCommand,
  withHome,
} from "./slash_command.ts";
import { Transcript } from "./transcript.ts";

/** What is sent. */
export interface OutgoingMessage {
  /** What it is. */
  readonly kind: "text" | "binary";
  /** Its bytes. */
  readonly bytes: Uint8Array;
  /** How it was typed, if it was. */
  readonly cells?: readonly InputCell[];
}

/** How many bytes of lines may wait while nobody takes what is sent. */
const MOST_WAITING = 16 * 1024 * 1024;

/** After so many milliseconds it is told what Ctrl-D waits for. */
const END_TIME = 500;

/** How long the end waits for the history to be written, in milliseconds. */
const HISTORY_TIME = 500;

/** Settles when a conversation is over, with an exit status. */
export type Over = PromiseWithResolvers<number>;

/** A conversation at a prompt. */
export abstract class Conversation {
  /** What the run shares. */
  protected readonly env: Env;
  /** Resolves with the exit status, or rejects with why it failed. */
  protected readonly over: Over = Promise.withResolvers<number>();
  /** What is shown. Of use once the console is there. */
  protected transcript!: Transcript;
  /** What came. Of use once the console is there. */
  protected received!: ReceivedMessages;
  readonly #terminal: Terminal;
  #console?: Console;
  #historyFile?: HistoryFile;
  #work: Promise<void> = Promise.resolve();
  /** How often what waited was given up. */
  #givenUp = 0;
  #waiting = 0;
  #endAsked = false;
  #endTimer?: ReturnType<typeof setTimeout>;

  /** Uses nothing of the terminal yet. */
  constructor(env: Env, terminal: Terminal = new RawTerminal()) {
    this.env = env;
    this.#terminal = terminal;
    this.over.promise.catch(() => {}); // It is awaited later.
  }

  /** Sends what was typed. */
  protected abstract say(message: OutgoingMessage): Promise<void>;
  /** What Ctrl-D asks for. */
  protected abstract end(): void;
  /** What Ctrl-D asks for while what was typed before is still on its way. */
  protected abstract giveUp(): void;
  /** What Ctrl-C asks for. */
  protected abstract interrupt(): void;
  /** What can be typed behind a slash, apart from what can be done with messages that came. */
  protected abstract readonly commands: readonly SlashCommand<this>[];

  /**
   * Takes the terminal, has `talk` begin, and gives the terminal back at the end. `host` is whose
   * history it is. Resolves to the exit status.
   */
  protected async converse(host: string, talk: () => void): Promise<number> {
    const { options, signal } = this.env;
    const history = await this.#history(host);
    const palette = paletteFor(!Deno.noColor);
    const screen: Console = new Console({
      terminal: this.#terminal,
      palette,
      history,
      longestPaste: options.get(maxMessageLength),
      complete: (before) => completeCommand(before, this.#allCommands, this),
      edit: editText,
    }, (input) => this.#input(input));
    this.#console = screen;
    this.transcript = new Transcript(
      screen,
      {
        palette,
        json: !options.get(noJsonPretty) || options.get(jsonPretty),
      },
      options.get(timestamps) ? "clock" : "off",
      options.get(quiet),
    );
    this.received = new ReceivedMessages({
      transcript: this.transcript,
      ring: () => screen.ring(),
      lend: (use) => screen.lend(use),
    });
    // Standard error may be a file, where diagnostics belong; on the screen they come above the line.
    if (Deno.stderr.isTerminal()) divertLines((line) => screen.print(line.split("\n")));
    onAbort(signal, this.over.reject);
    try {
      talk();
      return await this.over.promise;
    } finally {
      offAbort(signal, this.over.reject);
      clearTimeout(this.#endTimer);
      await screen.close();
      divertLines(undefined);
      if (this.#historyFile !== undefined) {
        await within(HISTORY_TIME, this.#historyFile.written(), undefined);
      }
    }
  }

  /** Resolves when the screen has taken what was printed: whoever prints much waits for it. */
  protected drained(): Promise<void> {
    return this.#console?.drained() ?? Promise.resolve();
  }

  async #history(host: string): Promise<History> {
    const path = this.env.options.get(historyOff) ? undefined : historyPath();
    const may = (name: "read" | "write") => path !== undefined && isGranted({ name, path });
    if (path === undefined || !may("read") || !may("write")) return new History(host);
    const file = this.#historyFile = new HistoryFile(path);
    const { log } = this.env;
    const failed = (error: unknown) => log.info(`no history in ${path}: ${reasonOf(error)}`);
    const entries = await file.read().catch((error) => {
      failed(error);
      return [];
    });
    return new History(host, entries, (entry) => file.add(entry).catch(failed));
  }

  #input(input: ConsoleInput): void {
    if (input.type === "line") return this.#line(input.text, input.cells);
    if (input.type === "interrupt") return this.interrupt();
    if (this.#endAsked) return this.giveUp();
    this.#endAsked = true;
    this.#endTimer = setTimeout(() => {
      this.transcript.status("still at what was typed before; Ctrl-D again ends at once");
    }, END_TIME);
    const givenUp = this.#givenUp;
    this.#after(0, () => {
      if (givenUp !== this.#givenUp) return;
      clearTimeout(this.#endTimer);
      this.#endAsked = false;
      this.end();
    });
  }

  #line(text: string, cells: readonly InputCell[]): void {
    if (text === "") return;
    const command = this.#commandOf(text);
    if (command?.immediate) return void this.#doAtOnce(text, cells);
    if (command?.urgent) {
      this.#work = Promise.resolve();
      this.#givenUp++;
      clearTimeout(this.#endTimer);
      this.#endAsked = false;
    } else if (this.#waiting > MOST_WAITING) {
      return this.transcript.error(
        "this was not sent: what was typed before is still on its way",
        "the other end does not take it; /reconnect or Ctrl-C gives it up",
      );
    }
    const givenUp = this.#givenUp;
    this.#after(text.length, () => {
      if (givenUp === this.#givenUp) return this.#do(text, cells);
      this.transcript.command(shownOf(cells));
      this.transcript.error("this was not sent: the connection was given up before");
    });
  }

  get #allCommands(): readonly SlashCommand<this>[] {
    const [help, quit] = this.commands.slice(-2);
    return [...this.commands.slice(0, -2), ...this.received.commands, help, quit];
  }

  /** The command that a line is, if it is one. */
  #commandOf(text: string): SlashCommand<this> | undefined {
    const line = readTypedLine(text);
    if (line.type === "message") return undefined;
    try {
      return findCommand(this.#allCommands, line.name);
    } catch {
      return undefined; // It is told when its turn comes.
    }
  }

  async #doAtOnce(text: string, cells: readonly InputCell[]): Promise<void> {
    try {
      await this.#do(text, cells);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Does something when all that was typed before is done. */
  #after(size: number, work: () => Promise<void> | void): void {
    this.#waiting += size;
    this.#work = this.#work.then(work).catch((error) => this.#failed(error)).then(() => {
      this.#waiting -= size;
    });
  }

  #failed(error: unknown): void {
    if (error instanceof CommandError) return this.transcript.error(error.message);
    const hint = error instanceof WirecatError ? error.hint : undefined;
    this.transcript.error(reasonOf(error), hint);
  }

  async #do(text: string, cells: readonly InputCell[]): Promise<void> {
    const line = readTypedLine(text);
    const shown = shownOf(cells);
    if (line.type === "message") {
      const doubled = line.text !== text;
      const kind = this.env.options.get(asBinary) ? "binary" : "text";
      const bytes = new TextEncoder().encode(line.text);
      const message = { kind, bytes, cells: doubled ? cells.slice(1) : cells } as const;
      return await this.#shownIfRefused(shown, () => this.say(message));
    }
    const command = findCommand(this.#allCommands, line.name);
    if (command.sends) {
      return await this.#shownIfRefused(shown, () => command.run(this, line.argument));
    }
    this.transcript.command(shown);
    await command.run(this, line.argument);
  }

  /** What is sent is shown as a message; what is not is shown with the reason. */
  async #shownIfRefused(typed: string, work: () => Promise<void> | void): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof CommandError) this.transcript.command(typed);
      throw error;
    }
  }

  /** `/binary HEX|@FILE`. Throws a {@linkcode CommandError}. */
  async binaryMessage(argument: string): Promise<OutgoingMessage> {
    if (this.env.options.get(asText)) throw new CommandError("-t sends all messages as text");
    if (argument.startsWith("@")) {
      return { kind: "binary", bytes: await this.#fileOf(argument) };
    }
    const bytes = fromHex(argument);
    if (bytes === undefined) {
      throw new CommandError(
        "/binary takes an even number of hexadecimal digits, such as 48 69, or @FILE",
      );
    }
    return { kind: "binary", bytes };
  }

  /** `/text TEXT|@FILE`. Throws a {@linkcode CommandError}. */
  async textMessage(argument: string): Promise<OutgoingMessage> {
    if (this.env.options.get(asBinary)) throw new CommandError("-b sends all messages as binary");
    if (!argument.startsWith("@")) {
      return { kind: "text", bytes: new TextEncoder().encode(argument) };
    }
    const bytes = await this.#fileOf(argument);
    if (!isUtf8(bytes, 0, bytes.length)) {
      throw new CommandError(`${argument.slice(1)} is no UTF-8: /binary ${argument} sends it`);
    }
    return { kind: "text", bytes };
  }

  async #fileOf(argument: string): Promise<Uint8Array> {
    const path = withHome(argument.slice(1).trim());
    if (!isGranted({ name: "read", path })) throw new CommandError(`${path} may not be read`);
    try {
      const { size, isFile } = await Deno.stat(path);
      const most = this.env.options.get(maxMessageLength);
      if (!isFile) throw new CommandError(`${path} is no file`);
      if (size > most) {
        throw new CommandError(
          `${path} is too long: ${sizeText(size)}; --max-ws-message-length is ${sizeText(most)}`,
        );
      }
      return await Deno.readFile(path);
    } catch (error) {
      if (error instanceof CommandError) throw error;
      throw new CommandError(`cannot read ${path}: ${reasonOf(error)}`);
    }
  }

  /** `/help`. */
  help(): void {
    // Two columns are the mark's; one stays free, so that no terminal begins a row of its own.
    this.transcript.answer(helpLines(this.#allCommands, this.#terminal.size().columns - 3));
  }

  /** Shows what was sent. */
  protected showSent({ kind, bytes, cells }: OutgoingMessage, to?: string): void {
    if (cells === undefined) this.transcript.sent(kind, bytes, to);
    else this.transcript.typed(cells, to);
  }
}

/** What was typed, in one line, with what is folded as it is shown. */
function shownOf(cells: readonly InputCell[]): string {
  return cells.map(({ text, shown, folded }) => folded ? shown : text).join("");
}
