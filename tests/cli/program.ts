/**
 * wirecat from this checkout as a process of its own, for tests of the program as a whole.
 *
 * @module
 */
import { assertEquals } from "@std/assert";

const root = new URL("../../", import.meta.url);
const main = decodeURIComponent(new URL("main.ts", root).pathname);
const map = decodeURIComponent(new URL("scripts/npm/imports.json", root).pathname);
const DENO_RUN = [Deno.execPath(), "run", "-q", "-A", "--no-check", `--import-map=${map}`];

/** The words that start wirecat. */
export const COMMAND: readonly string[] = [...DENO_RUN, main];

/** How a test starts it. */
export interface ProgramOptions {
  /** Variables to set. */
  readonly env?: Record<string, string>;
  /** What goes to standard input, which ends then; open and empty if not given. */
  readonly input?: string | Uint8Array<ArrayBuffer>;
  /** It is killed after so many milliseconds, so that no test hangs. */
  readonly timeout?: number;
  /** Options of Deno's and a module to run instead of wirecat's own. */
  readonly program?: readonly string[];
}

/** How it ended. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const TIMEOUT = 60_000;
const NO_CONFIG = Deno.build.os === "windows" ? "NUL" : "/dev/null";
const encoder = new TextEncoder();

/** A running wirecat. Dispose of it to be sure that it is gone. */
export class Program implements AsyncDisposable {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly status: Promise<Deno.CommandStatus>;
  readonly pid: number;
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #timer: ReturnType<typeof setTimeout>;

  constructor(args: readonly string[], options: ProgramOptions = {}) {
    const words = options.program === undefined ? COMMAND : [...DENO_RUN, ...options.program];
    this.#child = new Deno.Command(words[0], {
      args: [...words.slice(1), ...args],
      // No file of defaults of whoever runs the tests: an empty one says nothing.
      env: { WIRECAT_CONFIG: NO_CONFIG, WEBSOCAT_BASIC_AUTH: "", NO_COLOR: "1", ...options.env },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.pid = this.#child.pid;
    this.stdout = new Output(this.#child.stdout);
    this.stderr = new Output(this.#child.stderr);
    this.status = this.#child.status;
    this.#input = this.#child.stdin.getWriter();
    this.#input.closed.catch(() => {});
    this.#timer = setTimeout(() => this.kill("SIGKILL"), options.timeout ?? TIMEOUT);
    this.status.then(() => clearTimeout(this.#timer));
    if (options.input !== undefined) {
      const { input } = options;
      this.write(input).then(() => this.endInput()).catch(() => {});
    }
  }

  /** Writes to standard input. */
  async write(data: string | Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#input.write(typeof data === "string" ? encoder.encode(data) : data);
  }

  /** Ends standard input. */
  async endInput(): Promise<void> {
    await this.#input.close().catch(() => {});
  }

  kill(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch {
      // It has ended.
    }
  }

  /** The port of the first `LISTEN` line on standard output. */
  async port(): Promise<number> {
    const line = await this.stdout.line();
    const port = Number(/^LISTEN proto=tcp,.*port=(\d+)$/.exec(line ?? "")?.[1]);
    if (Number.isNaN(port)) {
      throw new Error(`no LISTEN line but ${line}; standard error: ${this.stderr.text}`);
    }
    return port;
  }

  /** Waits until it has ended. */
  async outcome(): Promise<Outcome> {
    const [{ code }] = await Promise.all([this.status, this.stdout.end, this.stderr.end]);
    return { code, stdout: this.stdout.text, stderr: this.stderr.text };
  }

  /** Closes the reading end of its standard output. */
  async closeOutput(): Promise<void> {
    await this.stdout.cancel();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    this.kill("SIGKILL");
    await this.status;
    await this.#input.abort().catch(() => {});
    await Promise.all([this.stdout.end, this.stderr.end]);
  }
}

/** What a program prints, as it comes. */
class Output {
  /** All that has come, lines taken too. */
  text = "";
  /** Resolves when no more comes. */
  readonly end: Promise<void>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #taken = 0;
  #ended = false;
  #wake?: () => void;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
    this.end = this.#collect();
  }

  async #collect(): Promise<void> {
    const decoder = new TextDecoder();
    try {
      for (;;) {
        const { value, done } = await this.#reader.read();
        if (done) break;
        this.text += decoder.decode(value, { stream: true });
        this.#wake?.();
      }
    } catch {
      // The test has closed it.
    }
    this.#ended = true;
    this.#wake?.();
  }

  /** The next line without its newline, or `undefined` at the end. */
  async line(): Promise<string | undefined> {
    for (;;) {
      const newline = this.text.indexOf("\n", this.#taken);
      if (newline >= 0) {
        const line = this.text.slice(this.#taken, newline);
        this.#taken = newline + 1;
        return line;
      }
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  /** Resolves when `part` has come; throws if the end comes first. */
  async contains(part: string): Promise<void> {
    while (!this.text.includes(part)) {
      if (this.#ended) throw new Error(`no '${part}' in: ${this.text}`);
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  async cancel(): Promise<void> {
    await this.#reader.cancel();
  }
}

/** Starts wirecat. */
export function start(args: readonly string[], options: ProgramOptions = {}): Program {
  return new Program(args, options);
}

/** Runs wirecat to its end; standard input is empty unless given. */
export async function run(
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<Outcome> {
  await using program = start(args, { input: "", ...options });
  return await program.outcome();
}

/** A running server that announces its port. */
export interface Server extends AsyncDisposable {
  readonly program: Program;
  readonly port: number;
  readonly url: string;
}

/** Starts wirecat with words that make it listen on a TCP port. */
export async function serve(
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<Server> {
  const program = start(["--stdout-announce-listening-ports", ...args], options);
  try {
    const port = await program.port();
    return {
      program,
      port,
      url: `ws://127.0.0.1:${port}/`,
      [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
    };
  } catch (error) {
    await program[Symbol.asyncDispose]();
    throw error;
  }
}

/** Checks that diagnostics are one line and perhaps a hint, and no stack trace. */
export function assertOneLine(stderr: string, pattern: RegExp): void {
  const lines = stderr.split("\n");
  assertEquals(lines.pop(), "", `no newline at the end: ${stderr}`);
  const ours = lines.filter((line) => line.startsWith("wirecat: "));
  assertEquals(ours.length, 1, stderr);
  assertEquals(lines.length <= 2, true, stderr);
  assertEquals(pattern.test(ours[0]), true, `${pattern} is not in: ${stderr}`);
  assertEquals(/\n\s+at /.test(stderr), false, stderr);
}

/** A client of Deno's own, on a URL, that is open. */
export async function connect(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error(`cannot connect to ${url}`));
  });
  return socket;
}

/** The next message of a socket. */
export function message(socket: WebSocket): Promise<string | ArrayBuffer> {
  return new Promise((resolve) => socket.onmessage = (event) => resolve(event.data));
}

/** How a socket is closed. */
export function closed(socket: WebSocket): Promise<CloseEvent> {
  return new Promise((resolve) => socket.onclose = resolve);
}

/** A WebSocket server of Deno's own, in this process. */
export function nativeServer(
  onSocket: (socket: WebSocket, request: Request) => void,
): { url: string; port: number } & AsyncDisposable {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.binaryType = "arraybuffer";
    onSocket(socket, request);
    return response;
  });
  const { port } = server.addr as Deno.NetAddr;
  return {
    port,
    url: `ws://127.0.0.1:${port}/`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
