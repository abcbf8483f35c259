/**
 * A prompt in this process, at a terminal in memory.
 *
 * @module
 */
import { assert } from "@std/assert";
import { Log } from "../../lib/core/log.ts";
import type { Env } from "../../lib/core/opener.ts";
import { OptionValues } from "../../lib/core/option.ts";
import { BOTH_WAYS, type SessionRules } from "../../lib/core/session.ts";
import { opener, parseSpecifier } from "../../lib/core/specifier.ts";
import type { Service } from "../../lib/cli/serve.ts";
import { promptClient } from "../../lib/terminal/client_prompt.ts";
import type { Terminal } from "../../lib/terminal/raw_terminal.ts";
import type { ScreenSize } from "../../lib/terminal/screen.ts";
import { promptServer } from "../../lib/terminal/server_prompt.ts";
import { registry } from "../../specs/mod.ts";
import { VirtualScreen } from "./virtual_screen.ts";

const encoder = new TextEncoder();

/** The rules of a plain client. */
const RULES: SessionRules = { ...BOTH_WAYS, linger: 500 };

/** A terminal that a test types at and reads. */
export class FakeTerminal implements Terminal {
  readonly screen: VirtualScreen = new VirtualScreen(100, 40);
  readonly reflows: boolean = true;
  entered = false;
  /** Whether another program has it. */
  lent = false;
  suspensions = 0;
  #typed: Uint8Array[] = [];
  #ended = false;
  #wake?: () => void;
  #changed: (resumed: boolean) => void = () => {};
  readonly #watchers = new Set<() => void>();

  async read(into: Uint8Array): Promise<number | null> {
    while (this.#typed.length === 0) {
      if (this.#ended) return null;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const next = this.#typed.shift()!;
    into.set(next.subarray(0, into.length));
    if (next.length > into.length) this.#typed.unshift(next.subarray(into.length));
    return Math.min(next.length, into.length);
  }

  write(text: string): Promise<void> {
    this.screen.write(text);
    for (const watcher of this.#watchers) watcher();
    return Promise.resolve();
  }

  size(): ScreenSize {
    return this.screen;
  }

  enter(changed: (resumed: boolean) => void): void {
    this.entered = true;
    this.#changed = changed;
  }

  leave(): void {
    this.entered = false;
  }

  suspend(): boolean {
    this.suspensions++;
    return true;
  }

  lend(): void {
    this.lent = true;
  }

  takeBack(): void {
    this.lent = false;
  }

  resume(): void {
    this.#changed(true);
  }

  type(text: string): void {
    this.#typed.push(encoder.encode(text));
    this.#wake?.();
  }

  /** The terminal is gone. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** Resolves when a line of the screen matches. */
  async shows(pattern: RegExp | string): Promise<void> {
    const there = () =>
      this.screen.lines.some((line) =>
        typeof pattern === "string" ? line === pattern : pattern.test(line)
      );
    if (there()) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const watcher = () => there() && resolve();
    const timer = setTimeout(() => {
      reject(new Error(`no ${pattern} in:\n${this.screen.lines.join("\n")}`));
    }, 30_000);
    this.#watchers.add(watcher);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#watchers.delete(watcher);
    }
  }
}

/** A prompt that is running. */
export interface Prompted extends AsyncDisposable {
  readonly terminal: FakeTerminal;
  /** The exit status, or why it failed. */
  readonly done: Promise<number>;
  /** Ends it as a signal would. */
  abort(): void;
}

/** What a test sets. */
export interface PromptOptions {
  readonly options?: Record<string, unknown>;
  readonly rules?: Partial<SessionRules>;
  readonly verbosity?: 0 | 1 | 2;
  readonly conncap?: number;
  readonly onLog?: (line: string) => void;
}

function service(
  specifier: string,
  side: "left" | "right",
  given: PromptOptions,
  onPort?: (port: number) => void,
): { service: Service; abort: () => void; closing: Promise<unknown>[] } {
  const run = new AbortController();
  const closing: Promise<unknown>[] = [];
  const env: Env = {
    options: new OptionValues(new Map(Object.entries({ "no-history": true, ...given.options }))),
    log: new Log(given.verbosity ?? 1, given.onLog ?? (() => {})),
    registry,
    signal: run.signal,
    track: (promise) => void closing.push(promise),
    onListening: (address) => "port" in address && onPort?.(address.port),
  };
  const opened = opener(parseSpecifier(specifier, registry), env);
  const none = {
    open: () => Promise.reject(new Error("the terminal is not opened as a specifier")),
  };
  return {
    abort: () => run.abort(new Error("interrupted")),
    closing,
    service: {
      left: side === "left" ? opened : none,
      right: side === "right" ? opened : none,
      rules: { ...RULES, ...given.rules },
      env,
      conncap: given.conncap ?? Infinity,
    },
  };
}

function prompted(
  terminal: FakeTerminal,
  running: Promise<number>,
  { abort, closing }: { abort: () => void; closing: Promise<unknown>[] },
): Prompted {
  running.catch(() => {});
  return {
    terminal,
    done: running,
    abort,
    async [Symbol.asyncDispose]() {
      abort();
      await running.catch(() => {});
      await Promise.allSettled(closing);
      terminal.end();
      assert(!terminal.entered, "the terminal was not given back");
    },
  };
}

/** A client's prompt. */
export function clientPrompt(url: string, given: PromptOptions = {}): Prompted {
  const terminal = new FakeTerminal();
  const made = service(url, "right", given);
  return prompted(terminal, promptClient(made.service, url, terminal), made);
}

/** A server's prompt, and the address for clients. */
export async function serverPrompt(
  given: PromptOptions = {},
): Promise<Prompted & { url: string }> {
  const terminal = new FakeTerminal();
  const bound = Promise.withResolvers<number>();
  const made = service("ws-l:127.0.0.1:0", "left", given, bound.resolve);
  const running = promptServer(made.service, "0", terminal);
  running.catch(bound.reject);
  const url = `ws://127.0.0.1:${await bound.promise}/`;
  return { ...prompted(terminal, running, made), url };
}
