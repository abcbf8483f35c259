/**
 * The programs that are measured, as processes: where they run, and what they use.
 *
 * @module
 */
import type { Answer, Job, Result } from "./job.ts";

/** How a program is started, and how its port is learnt. */
export interface Launch {
  /** The executable and its arguments. */
  readonly words: readonly string[];
  /** The port it listens on: this one, or one that it tells in a `LISTEN` line; or none. */
  readonly port?: number | "announced";
  /** A file to read standard input from; otherwise there is none. */
  readonly stdin?: string;
  /** A file to write standard output to. */
  readonly stdout?: string;
  /** How many files it has to be able to open. */
  readonly files?: number;
}

/** The two processors in use: one for the load, another one for what is measured. */
export interface Processors {
  readonly load?: number;
  readonly program?: number;
}

/** Two processors to keep load and program apart on, if `taskset` can do that here. */
export async function chooseProcessors(): Promise<Processors> {
  if (!await onPath("taskset")) return {};
  const { stdout } = await new Deno.Command("taskset", { args: ["-cp", String(Deno.pid)] })
    .output();
  const list = new TextDecoder().decode(stdout).split(":").at(-1)!.trim();
  const allowed = list.split(",").flatMap((range) => {
    const [from, to = from] = range.split("-").map(Number);
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
  return allowed.length < 2 ? {} : { load: allowed[0], program: allowed.at(-1)! };
}

/** Whether a program of that name can be started. */
export async function onPath(name: string): Promise<boolean> {
  return await pathOf(name) !== undefined;
}

/** Where a program of that name lies. */
async function pathOf(name: string): Promise<string | undefined> {
  const separator = Deno.build.os === "windows" ? ";" : ":";
  for (const folder of (Deno.env.get("PATH") ?? "").split(separator)) {
    try {
      const path = `${folder}/${name}`;
      if ((await Deno.stat(path)).isFile) return path;
    } catch {
      // Not here.
    }
  }
  return undefined;
}

/** The words that start a program on a processor, with its files in place. */
function placed(launch: Launch, processor: number | undefined): string[] {
  const { words, stdin, stdout, files } = launch;
  const pinned = processor === undefined ? words : ["taskset", "-c", String(processor), ...words];
  if (stdin === undefined && stdout === undefined && files === undefined) return [...pinned];
  const limit = files === undefined ? "" : `ulimit -n ${files} && `;
  const from = stdin === undefined ? "" : ` <"$in"`;
  const to = stdout === undefined ? "" : ` >"$out"`;
  return [
    "env",
    `in=${stdin ?? ""}`,
    `out=${stdout ?? ""}`,
    "sh",
    "-c",
    `${limit}exec "$@"${from}${to}`,
    "sh",
    ...pinned,
  ];
}

/** How long a program may take to listen, in milliseconds. */
const START_TIME = 10_000;

/** A port that is told: in a `LISTEN` line, or by the generator's own server. */
const PORT = /(?:LISTEN proto=tcp.*port=|"port":)(\d+)/;

/** A program under measurement. */
export class Running {
  readonly #child: Deno.ChildProcess;
  readonly #port: number | "announced" | undefined;
  #ended = false;
  /** The last lines of its diagnostics. */
  diagnostics = "";

  /** Starts it. */
  constructor(launch: Launch, processor: number | undefined) {
    const [command, ...args] = placed(launch, processor);
    this.#port = launch.port;
    this.#child = new Deno.Command(command, {
      args,
      stdin: "null",
      stdout: launch.port === "announced" ? "piped" : "null",
      stderr: "piped",
    }).spawn();
    this.#child.status.then(() => this.#ended = true);
    this.#readDiagnostics();
  }

  async #readDiagnostics(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of this.#child.stderr) {
      this.diagnostics = (this.diagnostics + decoder.decode(bytes)).slice(-2000);
    }
  }

  /** Its first line of diagnostics. */
  get complaint(): string {
    return this.diagnostics.trim().split("\n").at(0) ?? "";
  }

  /** Resolves to the port when it listens; throws if it ends or takes too long. */
  async listening(): Promise<number> {
    if (this.#port === "announced") return await this.#announced();
    const port = this.#port!;
    for (const end = Date.now() + START_TIME; Date.now() < end;) {
      if (this.#ended) throw new Error(this.complaint || "it ended at once");
      try {
        (await Deno.connect({ hostname: "127.0.0.1", port })).close();
        return port;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
    throw new Error("it does not listen");
  }

  async #announced(): Promise<number> {
    let text = "";
    const decoder = new TextDecoder();
    const reader = this.#child.stdout.getReader();
    const late = setTimeout(() => this.stop(), START_TIME);
    for (;;) {
      const { value, done } = await reader.read();
      if (done) clearTimeout(late);
      if (done) throw new Error(this.complaint || "it does not listen");
      text += decoder.decode(value);
      const port = PORT.exec(text)?.[1];
      if (port === undefined) continue;
      clearTimeout(late);
      reader.releaseLock();
      this.#child.stdout.pipeTo(new WritableStream()).catch(() => {});
      return Number(port);
    }
  }

  /** The processor time it and its children have used, in seconds; 0 where the system does not tell. */
  processorTime(): number {
    let sum = 0;
    for (const pid of familyOf(this.#child.pid)) {
      const fields = statOf(pid);
      if (fields !== undefined) sum += Number(fields[11]) + Number(fields[12]);
    }
    return sum / TICKS;
  }

  /** The memory that it and its children hold, in bytes; shared pages are counted once. */
  memory(): number {
    let sum = 0;
    for (const pid of familyOf(this.#child.pid)) {
      const rollup = readIfThere(`/proc/${pid}/smaps_rollup`);
      sum += 1024 * Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
    }
    return sum;
  }

  /** Ends it. */
  async stop(): Promise<void> {
    for (const pid of familyOf(this.#child.pid).reverse()) {
      try {
        Deno.kill(pid, "SIGKILL");
      } catch {
        // It has ended already.
      }
    }
    await this.#child.status;
    if (this.#port === "announced" && !this.#child.stdout.locked) await this.#child.stdout.cancel();
  }
}

/** Clock ticks a second in /proc: what every Linux has. */
const TICKS = 100;

/** The fields of /proc/PID/stat behind the name, which may hold anything. */
function statOf(pid: number): string[] | undefined {
  const text = readIfThere(`/proc/${pid}/stat`);
  return text === "" ? undefined : text.slice(text.lastIndexOf(")") + 2).split(" ");
}

function readIfThere(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

/** A process and all that descend from it. */
function familyOf(pid: number): number[] {
  const family = [pid];
  for (const member of family) {
    const children = readIfThere(`/proc/${member}/task/${member}/children`);
    family.push(...children.split(" ").filter((word) => word !== "").map(Number));
  }
  return family;
}

/** How long the generator may be silent, in milliseconds: more than any scenario measures. */
const ANSWER_TIME = 15_000;

/** The generator at work on one job. */
export class Generator {
  readonly #child: Deno.ChildProcess;
  readonly #answers: AsyncGenerator<Answer>;

  /** Starts it. */
  constructor(job: Job, processor: number | undefined, files?: number) {
    const load = decodeURIComponent(new URL("./load.ts", import.meta.url).pathname);
    const words = [Deno.execPath(), "run", "-q", "-A", "--no-config", load, JSON.stringify(job)];
    const [command, ...args] = placed({ words, files }, processor);
    this.#child = new Deno.Command(command, { args, stdin: "piped", stdout: "piped" }).spawn();
    this.#answers = answersOf(this.#child.stdout);
  }

  /** The port of its own server. */
  async port(): Promise<number> {
    const answer = await this.#next();
    if (answer.is !== "ready") throw new Error(`the generator is not ready: ${answer.is}`);
    return answer.port!;
  }

  /** Tells it the port of the program. */
  async tell(port: number): Promise<void> {
    const writer = this.#child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(`${port}\n`));
    writer.releaseLock();
  }

  /** Resolves when measuring begins. */
  async begun(): Promise<void> {
    while ((await this.#next()).is !== "begin");
  }

  /** What was measured. The connections live until {@linkcode stop}. */
  async result(): Promise<Result> {
    for (;;) {
      const answer = await this.#next();
      if (answer.is === "end") return answer.result;
    }
  }

  async #next(): Promise<Answer> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error("nothing came")), ANSWER_TIME);
    });
    const { value, done } = await Promise.race([this.#answers.next(), late])
      .finally(() => clearTimeout(timer));
    if (done) throw new Error("the generator ended without a result");
    if (value.is === "failed") throw new Error(value.why);
    return value;
  }

  /** Ends it. */
  async stop(): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.#child.status;
    await this.#child.stdin.close().catch(() => {});
    while (!(await this.#answers.next().catch(() => ({ done: true }))).done);
  }
}

async function* answersOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Answer> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of stream) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop()!;
    for (const line of lines) yield JSON.parse(line);
  }
}
