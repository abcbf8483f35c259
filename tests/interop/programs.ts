/** Other programs, where they are installed, and wirecat as a program of its own beside them. */
import { endLater } from "./left_behind.ts";

/** The path of the first of these programs that is installed. */
export function findProgram(...names: string[]): string | undefined {
  for (
    const folder of (Deno.env.get("PATH") ?? "").split(Deno.build.os === "windows" ? ";" : ":")
  ) {
    for (const name of names) {
      const path = `${folder}/${name}`;
      try {
        if (Deno.statSync(path).isFile) return path;
      } catch {
        // Not there.
      }
    }
  }
  return undefined;
}

/** A test that needs other programs; it is skipped, and its name says why, where one is missing. */
export function testWith(
  programs: readonly string[],
  name: string,
  fn: (t: Deno.TestContext) => Promise<void>,
): void {
  const missing = programs.filter((program) => findProgram(program) === undefined);
  const note = missing.length === 0 ? "" : ` (skipped: ${missing.join(" and ")} not installed)`;
  Deno.test({ name: name + note, ignore: missing.length > 0, fn });
}

/** What a program is started with. */
export interface ProgramOptions {
  /** Variables of the environment beside the inherited ones. */
  env?: Record<string, string>;
  /** The folder it is started in. */
  cwd?: string;
}

/** A program under way, whose output is kept; it is killed when this is disposed of. */
export class Program implements AsyncDisposable {
  /** What it has written to standard output. */
  stdout = "";
  /** What it has written to standard error. */
  stderr = "";
  readonly #name: string;
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<unknown>;
  readonly #waiting = new Set<() => void>();
  #ended = false;

  constructor(path: string, args: readonly string[], options: ProgramOptions = {}) {
    this.#name = [path, ...args].join(" ");
    this.#child = new Deno.Command(path, {
      args: [...args],
      ...options,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    endLater(this.#child);
    this.#writer = this.#child.stdin.getWriter();
    this.#writer.closed.catch(() => {});
    this.#reading = Promise.all([
      this.#read(this.#child.stdout, (text) => this.stdout += text),
      this.#read(this.#child.stderr, (text) => this.stderr += text),
    ]).finally(() => {
      this.#ended = true;
      this.#look();
    });
  }

  async #read(stream: ReadableStream<Uint8Array>, add: (text: string) => void): Promise<void> {
    const text = new TextDecoder();
    for await (const chunk of stream) {
      add(text.decode(chunk, { stream: true }));
      this.#look();
    }
  }

  #look(): void {
    for (const look of [...this.#waiting]) look();
  }

  /** Its process number. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Resolves to the match when its output, either one, has it. Throws if it ends without. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray> {
    const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
    const look = () => {
      const match = pattern.exec(this.stdout) ?? pattern.exec(this.stderr);
      if (match === null && !this.#ended) return;
      this.#waiting.delete(look);
      if (match !== null) return resolve(match);
      reject(new Error(`${this.#name} ended without ${pattern}: ${this.stdout}${this.stderr}`));
    };
    this.#waiting.add(look);
    look();
    return promise;
  }

  /** Throws if it has ended, as nobody expected. */
  assertUnderWay(): void {
    if (this.#ended) throw new Error(`${this.#name} ended: ${this.stdout}${this.stderr}`);
  }

  /** Resolves to what this does, which is to happen before it ends. Throws if it ends first. */
  async meanwhile<T>(happening: Promise<T>): Promise<T> {
    const ended = this.#reading.then(() => this.assertUnderWay());
    ended.catch(() => {}); // It may end later.
    await Promise.race([happening, ended]);
    return await happening;
  }

  /** Writes to its standard input. */
  async write(text: string | Uint8Array): Promise<void> {
    await this.#writer.write(typeof text === "string" ? new TextEncoder().encode(text) : text);
  }

  /** Ends its standard input. */
  async end(): Promise<void> {
    await this.#writer.close().catch(() => {});
  }

  /** Sends it a signal. */
  kill(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch {
      // It has ended.
    }
  }

  /** Resolves to its exit status when it has ended and all its output is read. */
  async ended(): Promise<number> {
    await this.#reading;
    const { code } = await this.#child.status;
    await this.end();
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill("SIGKILL");
    await this.end(); // Somebody whom it started may wait for this.
    await this.ended();
  }
}

/** The words that start wirecat from this checkout. */
export const WIRECAT: readonly string[] = [
  Deno.execPath(),
  "run",
  "-q",
  "-A",
  `--import-map=${pathOf("../../scripts/npm/imports.json")}`,
  pathOf("../../main.ts"),
];

/** The path of a file beside this one. */
export function pathOf(relative: string): string {
  return decodeURIComponent(new URL(relative, import.meta.url).pathname)
    .replace(/^\/(?=[A-Z]:)/, "");
}

/** Starts wirecat. */
export function wirecat(args: readonly string[], options: ProgramOptions = {}): Program {
  return new Program(WIRECAT[0], [...WIRECAT.slice(1), ...args], options);
}

/** A wirecat that listens. */
export class Server extends Program {
  /** The port that it listens on. */
  port = 0;

  /** Starts one; the specifier to listen on should say port 0. */
  static async start(args: readonly string[], options: ProgramOptions = {}): Promise<Server> {
    const all = [...WIRECAT.slice(1), "--stdout-announce-listening-ports", ...args];
    const server = new Server(WIRECAT[0], all, options);
    try {
      server.port = Number((await server.waitFor(/^LISTEN .*?(?:port=(\d+)|path=.*)$/m))[1]);
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }
}

/** What a program says and how it ends that is given `input`, all at once. */
export async function run(
  words: readonly string[],
  input = "",
  options: ProgramOptions = {},
): Promise<{ stdout: string; stderr: string; status: number }> {
  await using program = new Program(words[0], words.slice(1), options);
  await program.write(input).catch(() => {});
  await program.end();
  const status = await program.ended();
  return { stdout: program.stdout, stderr: program.stderr, status };
}

/** A folder that is removed with all that is in it. */
export class TempFolder implements Disposable {
  /** Where it is. */
  readonly path: string = Deno.makeTempDirSync({ prefix: "wirecat-interop-" });

  /** The path of a file in it, which is made if there is a text for it. */
  file(name: string, text?: string): string {
    const path = `${this.path}/${name}`;
    if (text !== undefined) Deno.writeTextFileSync(path, text);
    return path;
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

/** How long a program may take until it takes connections, in milliseconds. */
const START_TIME = 60_000;

/**
 * Resolves when a program that does not tell takes connections on this port. If it ends, or does
 * not in time, it is disposed of, and what it wrote is thrown.
 */
export async function accepting(port: number, program: Program): Promise<void> {
  try {
    for (const end = performance.now() + START_TIME;;) {
      try {
        return (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      } catch (error) {
        program.assertUnderWay();
        if (performance.now() > end) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  } catch (error) {
    await program[Symbol.asyncDispose]();
    const { message } = error as Error;
    throw new Error(`nothing listens on ${port}: ${message}\n${program.stdout}${program.stderr}`);
  }
}
