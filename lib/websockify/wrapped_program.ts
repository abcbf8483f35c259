/**
 * A program behind `--`: it is started with its port moved, and watched.
 *
 * @module
 */
import { durationText } from "../core/duration.ts";
import { reasonOf, WirecatError } from "../core/errors.ts";
import { sleep } from "../core/sleep.ts";
import type { Target } from "./command_line.ts";
import { failureText, type Journal } from "./journal.ts";
import { rebindLibrary } from "./rebind.ts";

/** What is done when the program ends. */
export type WrapMode = "exit" | "ignore" | "respawn";

/** The least time between two starts of the program, in milliseconds. */
const RESPAWN_PAUSE = 5000;
/** How long the program may take to end when it is asked to, in milliseconds. */
const GRACE = 2000;

/** A program that is ready to be started. */
export class WrappedProgram {
  /** Where it will be reached. */
  readonly target: Target;
  readonly #words: readonly string[];
  readonly #env: Record<string, string>;
  readonly #mode: WrapMode;
  readonly #journal: Journal;
  readonly #output: "inherit" | "null";

  private constructor(
    words: readonly string[],
    env: Record<string, string>,
    port: number,
    mode: WrapMode,
    journal: Journal,
    output: "inherit" | "null",
  ) {
    this.target = { kind: "tcp", hostname: "127.0.0.1", port };
    this.#words = words.map((word) => word.replaceAll("{port}", String(port)));
    this.#env = env;
    this.#mode = mode;
    this.#journal = journal;
    this.#output = output;
  }

  /**
   * Looks for a free port and the library that moves the program's `port` there. `output` is
   * where the program's goes.
   */
  static async prepare(
    words: readonly string[],
    port: number,
    mode: WrapMode,
    journal: Journal,
    output: "inherit" | "null",
  ): Promise<WrappedProgram> {
    const free = freePort();
    const env: Record<string, string> = {
      PORT: String(free),
      REBIND_OLD_PORT: String(port),
      REBIND_NEW_PORT: String(free),
    };
    try {
      const others = Deno.env.get("LD_PRELOAD");
      const library = await rebindLibrary();
      env.LD_PRELOAD = others ? `${library}:${others}` : library;
    } catch (error) {
      if (!words.some((word) => word.includes("{port}"))) journal.warn(failureText(error));
    }
    return new WrappedProgram(words, env, free, mode, journal, output);
  }

  /** Starts it. `ended` is called with its exit status where the server is to end with it. */
  start(signal: AbortSignal, ended: (status: number) => void): { done: Promise<void> } {
    return { done: this.#run(signal, ended) };
  }

  async #run(signal: AbortSignal, ended: (status: number) => void): Promise<void> {
    while (!signal.aborted) {
      const began = performance.now();
      const status = await this.#once(signal);
      if (signal.aborted) return;
      if (this.#mode === "exit") return ended(status);
      if (this.#mode === "ignore") {
        this.#journal.info(`the program has ended with status ${status}; its port is still served`);
        return;
      }
      const pause = Math.max(0, began + RESPAWN_PAUSE - performance.now());
      this.#journal.info(
        `the program has ended with status ${status}` +
          (pause > 0 ? ` and is started again in ${durationText(Math.ceil(pause / 1000))}` : ""),
      );
      await sleep(pause, signal).catch(() => {}); // An abort ends the loop.
    }
  }

  /** Runs it to its end; returns its exit status, 127 if it cannot be started. */
  async #once(signal: AbortSignal): Promise<number> {
    const [program, ...args] = this.#words;
    let child: Deno.ChildProcess;
    try {
      child = new Deno.Command(program, {
        args,
        env: this.#env,
        stdin: "null",
        stdout: this.#output,
        stderr: this.#output,
      }).spawn();
    } catch (error) {
      this.#journal.failure(
        new WirecatError("other", `cannot start ${program}: ${reasonOf(error)}`),
      );
      return 127;
    }
    this.#journal.info(`started ${this.#words.join(" ")} (${child.pid})`);
    let kill: ReturnType<typeof setTimeout> | undefined;
    const stop = () => {
      end(child, "SIGTERM");
      kill = setTimeout(() => end(child, "SIGKILL"), GRACE);
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
    try {
      return (await child.status).code;
    } finally {
      clearTimeout(kill);
      signal.removeEventListener("abort", stop);
    }
  }
}

function end(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // It has ended already.
  }
}

/** Where free ports are looked for, and how often. */
const PORTS = { first: 10_000, last: 32_000, attempts: 20 } as const;

/**
 * A port of this machine that nobody listens on: below those that the system gives to connections,
 * so that none of them has it by the time the program binds it. If need be, one of the system's.
 */
function freePort(): number {
  const { first, last, attempts } = PORTS;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const port = first + Math.floor(Math.random() * (last - first));
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch {
      // Somebody does.
    }
  }
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
