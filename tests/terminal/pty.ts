/**
 * wirecat from this checkout on a terminal of its own, by script(1) of util-linux.
 *
 * @module
 */
import { COMMAND } from "../cli/program.ts";
import { findProgram } from "../interop/programs.ts";
import { VirtualScreen } from "./virtual_screen.ts";

/** Whether tests that need it are left out. */
export const noPty: boolean = Deno.build.os !== "linux" ||
  findProgram("script") === undefined ||
  !(await new Deno.Command("script", { args: ["-qec", "true", "/dev/null"], stdin: "null" })
    .output()).success;

/** For the names of such tests. */
export const skippedWithoutPty: string = noPty ? " (skipped: no script of util-linux)" : "";

/** A word for a shell. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** wirecat with words, as a command of a shell. */
export function wirecat(...args: string[]): string {
  return [...COMMAND, ...args].map(quoted).join(" ");
}

const TIMEOUT = 60_000;

/** A shell command that runs on a terminal of 80 columns. */
export class OnTerminal implements AsyncDisposable {
  /** All that was written to the terminal. */
  raw = "";
  /** The same as a person sees it, where it is a prompt. */
  readonly screen: VirtualScreen = new VirtualScreen(80, 24);
  readonly status: Promise<number>;
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #read: Promise<void>;
  readonly #timer: ReturnType<typeof setTimeout>;
  #ended = false;
  #wake: () => void = () => {};

  constructor(line: string, env: Record<string, string> = {}) {
    this.#child = new Deno.Command("script", {
      args: ["-qec", line, "/dev/null"],
      // script(1) takes the user's own shell otherwise.
      env: { TERM: "xterm", NO_COLOR: "1", XDG_STATE_HOME: "/dev/null", SHELL: "/bin/sh", ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#input.closed.catch(() => {});
    this.status = this.#child.status.then(({ code }) => code);
    this.#read = this.#collect();
    this.#timer = setTimeout(() => this.#kill(), TIMEOUT);
  }

  #kill(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
  }

  async #collect(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of this.#child.stdout) {
      const text = decoder.decode(bytes, { stream: true });
      this.raw += text;
      this.screen.write(text);
      this.#wake();
    }
    this.#ended = true;
    this.#wake();
  }

  async type(text: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(text));
  }

  /** Resolves when a line of the screen matches. */
  async shows(pattern: RegExp): Promise<void> {
    while (!this.screen.lines.some((line) => pattern.test(line))) {
      if (this.#ended) throw new Error(`no ${pattern} in:\n${this.screen.lines.join("\n")}`);
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  /** The exit status, when all that was written has been read. */
  async end(): Promise<number> {
    const status = await this.status;
    await this.#read;
    return status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    this.#kill();
    await this.status;
    await this.#input.abort().catch(() => {});
    await this.#read.catch(() => {});
  }
}
