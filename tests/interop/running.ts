/**
 * Programs as real processes: wirecat from this checkout, and others where they are on PATH.
 *
 * @module
 */

import { printed } from "./command.ts";
import { endLater } from "./left_behind.ts";

/** A program that understands websocat's command line. */
export interface Program {
  readonly name: "wirecat" | "websocat";
  readonly command: string;
  readonly args: readonly string[];
}

const path = (relative: string) =>
  decodeURIComponent(new URL(`../../${relative}`, import.meta.url).pathname);

/** wirecat, as `deno run` runs it. */
export const wirecat: Program = {
  name: "wirecat",
  command: Deno.execPath(),
  args: ["run", "-q", "-A", `--import-map=${path("scripts/npm/imports.json")}`, path("main.ts")],
};

/** websocat, if it is on PATH in the version that is compared with. */
export const websocat: Program = { name: "websocat", command: "websocat", args: [] };

/** What a program prints and how it ends. */
export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** Whether websocat 1.14 is here. */
export const websocatIsHere: boolean = /^websocat 1\.14/.test(
  await printed("websocat", "--version") ?? "",
);

/** A text of one char a byte: what a program read or wrote. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** The bytes of such a text. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/** A process whose output is watched. */
export class Running implements AsyncDisposable {
  readonly child: Deno.ChildProcess;
  stdout = "";
  stderr = "";
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #outputs: Promise<unknown>;
  readonly #watchers = new Set<() => void>();
  #over = false;

  constructor(command: string, args: readonly string[], options: Deno.CommandOptions = {}) {
    this.child = new Deno.Command(command, {
      env: { NO_COLOR: "1" },
      ...options,
      args: [...args],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    endLater(this.child);
    this.#writer = this.child.stdin.getWriter();
    this.#writer.closed.catch(() => {});
    this.#outputs = Promise.all([
      this.#read(this.child.stdout, (text) => this.stdout += text),
      this.#read(this.child.stderr, (text) => this.stderr += text),
    ]).finally(() => {
      this.#over = true;
      this.#wake();
    });
  }

  async #read(stream: ReadableStream<Uint8Array>, add: (text: string) => void): Promise<void> {
    for await (const chunk of stream) {
      add(latin1(chunk));
      this.#wake();
    }
  }

  #wake(): void {
    for (const wake of [...this.#watchers]) wake();
  }

  /** Resolves when `seen` finds something in the output; rejects if the program ends before. */
  until<T>(seen: (running: Running) => T | undefined | null | false): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = seen(this);
        if (found) resolve(found);
        else if (this.#over) {
          this.child.status.then(({ code, signal }) => {
            const how = `${signal ?? `status ${code}`}: ${this.stdout} | ${this.stderr}`;
            reject(new Error(`it ended first, by ${how}`));
          });
        } else return;
        this.#watchers.delete(look);
      };
      this.#watchers.add(look);
      look();
    });
  }

  /** The port that a LISTEN line tells. */
  async port(): Promise<number> {
    return Number(await this.until(({ stdout }) => /^LISTEN .*port=(\d+)$/m.exec(stdout)?.[1]));
  }

  async write(text: string): Promise<void> {
    await this.#writer.write(bytesOf(text)).catch(() => {});
  }

  async end(text = ""): Promise<void> {
    if (text !== "") await this.write(text);
    await this.#writer.close().catch(() => {});
  }

  kill(): void {
    try {
      this.child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
  }

  /** How it ended, without LISTEN lines. */
  async outcome(): Promise<Outcome> {
    const { code } = await this.child.status;
    await this.#outputs;
    await this.#writer.close().catch(() => {});
    const stdout = this.stdout.replace(/^LISTEN .*\n/gm, "");
    return { stdout, stderr: this.stderr, code };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    await this.outcome();
  }
}

/** Starts a program. */
export function start(
  program: Program,
  args: readonly string[],
  options?: Deno.CommandOptions,
): Running {
  return new Running(program.command, [...program.args, ...args], options);
}

/** Does `work` for each of `items`, a few at a time. */
export async function pooled<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = [...items];
  await Promise.all(Array.from({ length: width }, async () => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(item);
  }));
}
