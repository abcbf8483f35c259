/**
 * The messages that came: which of them are shown, and what can be done with those that were.
 *
 * @module
 */
import { isGranted } from "../core/permission.ts";
import { reasonOf } from "../core/errors.ts";
import { sizeText } from "./input_cells.ts";
import { MessageFilter } from "./message_filter.ts";
import { runInShell, showInPager } from "./other_program.ts";
import { CommandError, type SlashCommand, withHome } from "./slash_command.ts";
import type { ReceivedMessage, Transcript } from "./transcript.ts";

/** How many messages are kept, and how many bytes of them; the newest is kept in any case. */
const MOST_MESSAGES = 1000;
const MOST_BYTES = 16 * 1024 * 1024;

/** Longer messages are not shown whole, in bytes: a dump takes five times as much. */
const LONGEST_SHOWN = 16 * 1024 * 1024;

/** The bell rings no more often, in milliseconds. */
const BELL_PAUSE = 1000;

/** Where messages are shown and other programs get the terminal. */
export interface MessageDesk {
  /** Where they are shown. */
  readonly transcript: Transcript;
  /** Rings the bell. */
  ring(): void;
  /** Leaves the terminal to another program until that has settled. */
  lend(use: () => Promise<void>): Promise<void>;
}

interface Kept {
  readonly message: ReceivedMessage;
  readonly from?: string;
}

/** The messages of a run. */
export class ReceivedMessages {
  readonly #desk: MessageDesk;
  readonly #kept = new Map<number, Kept>();
  #bytes = 0;
  #number = 0;
  #filter?: MessageFilter;
  #hidden = 0;
  #bell = false;
  #rungAt = -Infinity;

  /** None yet. */
  constructor(desk: MessageDesk) {
    this.#desk = desk;
  }

  /** A message that came; `from` names one client of many. */
  take(message: ReceivedMessage, from?: string): void {
    if (this.#filter !== undefined && !this.#filter.passes(message.bytes)) {
      this.#hidden++;
      return;
    }
    this.#keep({ message, from });
    this.#desk.transcript.received(message, from, this.#number);
    const now = performance.now();
    if (!this.#bell || now - this.#rungAt < BELL_PAUSE) return;
    this.#rungAt = now;
    this.#desk.ring();
  }

  #keep(kept: Kept): void {
    this.#kept.set(++this.#number, kept);
    this.#bytes += kept.message.bytes.length;
    for (const [number, { message }] of this.#kept) {
      if (this.#kept.size <= MOST_MESSAGES && this.#bytes <= MOST_BYTES) return;
      if (number === this.#number) return;
      this.#kept.delete(number);
      this.#bytes -= message.bytes.length;
    }
  }

  /** The commands about them. They do not wait for what was typed before to be sent. */
  readonly commands: readonly SlashCommand<unknown>[] = [
    {
      name: "show",
      argument: "[#N]",
      summary: "Show all of the last message that came, or of the one numbered N, in a pager.",
      immediate: true,
      run: (_, argument) => this.#show(argument),
    },
    {
      name: "save",
      argument: "[#N] FILE",
      summary: "Save it in a new file, byte for byte.",
      immediate: true,
      completes: "files",
      run: (_, argument) => this.#save(argument),
    },
    {
      name: "pipe",
      argument: "[#N] COMMAND",
      summary: "Have a command of the shell read it: /pipe jq .price",
      immediate: true,
      run: (_, argument) => this.#pipe(argument),
    },
    {
      name: "filter",
      argument: "[[!]PATTERN]",
      summary:
        "Show only messages with this regular expression, with ! those without; alone: all again.",
      immediate: true,
      run: (_, argument) => this.#setFilter(argument),
    },
    {
      name: "timestamps",
      argument: "[delta|off]",
      summary: "Put the time before each line, or how long it came after the one before.",
      immediate: true,
      completes: () => ["delta", "off"],
      run: (_, argument) => this.#timestamps(argument.trim()),
    },
    {
      name: "bell",
      argument: "[off]",
      summary: "Ring the bell when a message comes.",
      immediate: true,
      completes: () => ["off"],
      run: (_, argument) => this.#ringBell(argument.trim()),
    },
  ];

  /** A message by `#N`, or the last one, and what else was said. Throws a {@linkcode CommandError}. */
  #find(argument: string): { kept: Kept; number: number; rest: string } {
    const [, digits, rest] = /^(?:#(\d+)(?:\s+|$))?([^]*)$/.exec(argument.trim())!;
    if (this.#number === 0) throw new CommandError("no message has come yet");
    const number = digits === undefined ? this.#number : Number(digits);
    const kept = this.#kept.get(number);
    if (kept !== undefined) return { kept, number, rest };
    const [oldest] = this.#kept.keys();
    throw new CommandError(
      `there is no message #${number}: #${oldest} to #${this.#number} are kept`,
    );
  }

  async #show(argument: string): Promise<void> {
    const { kept: { message, from }, rest } = this.#find(argument);
    if (rest !== "") throw new CommandError("/show takes no more than a number, such as #12");
    if (message.bytes.length > LONGEST_SHOWN) {
      throw new CommandError(
        `it is too long to be shown: ${sizeText(message.bytes.length)}; /save keeps it`,
      );
    }
    const { transcript, lend } = this.#desk;
    await lend(async () => {
      const shown = await showInPager(transcript.whole(message, from));
      if (!shown) transcript.receivedWhole(message, from);
    });
  }

  /** `/save FILE`: a message that came, byte for byte. */
  async #save(argument: string): Promise<void> {
    const { kept: { message }, number, rest } = this.#find(argument);
    const path = withHome(rest);
    if (path === "") throw new CommandError("/save takes the name of a file");
    if (!isGranted({ name: "write", path })) throw new CommandError(`${path} may not be written`);
    try {
      await Deno.writeFile(path, message.bytes, { createNew: true });
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists) {
        throw new CommandError(`${path} is there already; it was left as it is`);
      }
      throw new CommandError(`cannot write ${path}: ${reasonOf(error)}`);
    }
    const which = number === this.#number ? "the last message" : `message #${number}`;
    this.#desk.transcript.answer([
      `${which}, ${message.kind}, ${sizeText(message.bytes.length)}, is in ${path}`,
    ]);
  }

  async #pipe(argument: string): Promise<void> {
    const { kept: { message }, rest } = this.#find(argument);
    if (rest === "") throw new CommandError("/pipe takes a command of the shell: /pipe jq .price");
    const { transcript, lend } = this.#desk;
    await lend(async () => {
      const status = await runInShell(rest, { input: message.bytes });
      if (status !== 0) transcript.error(`it ended with status ${status}`);
    });
  }

  #setFilter(argument: string): void {
    const hidden = this.#hidden;
    this.#hidden = 0;
    this.#filter = argument === "" ? undefined : new MessageFilter(argument);
    const were = hidden === 0 ? "" : `; ${hidden} ${hidden === 1 ? "was" : "were"} hidden`;
    this.#desk.transcript.answer([
      this.#filter === undefined
        ? `all messages are shown${were}`
        : `only messages ${this.#filter.description} are shown; /filter alone shows all`,
    ]);
  }

  #timestamps(mode: string): void {
    if (mode !== "" && mode !== "delta" && mode !== "off") {
      throw new CommandError("/timestamps takes nothing, delta, or off");
    }
    this.#desk.transcript.timestamps = mode === "" ? "clock" : mode;
  }

  #ringBell(argument: string): void {
    if (argument !== "" && argument !== "off") {
      throw new CommandError("/bell takes nothing, or off");
    }
    this.#bell = argument === "";
    this.#desk.transcript.answer([
      this.#bell ? "the bell rings when a message comes; /bell off ends that" : "the bell is off",
    ]);
  }
}
