/**
 * `deno task smoke -- COMMAND…`: uses a finished wirecat as its user would,
 * however it was got: an executable, `npx wirecat`, `deno run -A jsr:@wirecat/wirecat`.
 *
 *     deno task smoke -- dist/wirecat
 *     deno task smoke -- npx wirecat
 *
 * Prints a line for each thing tried, and ends with 1 if one of them failed.
 *
 * @module
 */

/** What came of a run. */
interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Not a failure: this cannot be tried here. */
class Skipped extends Error {}

/** The program under test. */
class Program {
  readonly #command: readonly string[];

  constructor(command: readonly string[]) {
    this.#command = command;
  }

  /** The one file that it is, if it is one. */
  get file(): string | undefined {
    return this.#command.length === 1 ? this.#command[0] : undefined;
  }

  spawn(words: readonly string[], stdin: "null" | "piped"): Deno.ChildProcess {
    const [program, ...args] = this.#command;
    return new Deno.Command(program, {
      args: [...args, ...words],
      stdin,
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  async run(words: readonly string[], input: string | Uint8Array<ArrayBuffer> = ""): Promise<Run> {
    const child = this.spawn(words, "piped");
    const writer = child.stdin.getWriter();
    const bytes = typeof input === "string" ? new TextEncoder().encode(input) : input;
    const fed = writer.write(bytes).then(() => writer.close()).catch(() => {});
    const timer = setTimeout(() => child.kill("SIGKILL"), 60_000);
    const { code, stdout, stderr } = await child.output();
    clearTimeout(timer);
    await fed;
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  }

  /** Starts a server and gives its port to `use`; resolves to how it ended when told to. */
  async serve(
    words: readonly string[],
    use: (port: number, stderr: Promise<string>) => Promise<void>,
  ): Promise<number> {
    const child = this.spawn(["--stdout-announce-listening-ports", ...words], "null");
    const stderr = new Response(child.stderr).text();
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    try {
      let said = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`the server ended: ${await stderr}`);
        said += value;
        const port = /port=(\d+)/.exec(said)?.[1];
        if (port === undefined) continue;
        await use(Number(port), stderr);
        break;
      }
    } finally {
      try {
        child.kill("SIGTERM");
      } catch {
        // It has ended by itself; what it said is told.
      }
      await reader.cancel();
    }
    return (await child.status).code;
  }
}

function equal<T>(actual: T, expected: T, what: string): void {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: ${a} instead of ${b}`);
}

async function echo(program: Program, server: string[], scheme: string, client: string[]) {
  const code = await program.serve(server, async (port) => {
    const url = `${scheme}://127.0.0.1:${port}/`;
    const { code, stdout, stderr } = await program.run(
      [...client, "--linger=5", "-1", url],
      "hé\n",
    );
    equal([code, stdout], [0, "hé\n"], stderr);
  });
  if (Deno.build.os !== "windows") equal(code, 143, "exit status after SIGTERM");
}

const windows = Deno.build.os === "windows";

/** What is tried, by what it is called in the report. */
const CHECKS: Readonly<Record<string, (program: Program) => Promise<void>>> = {
  async "version"(program) {
    const { code, stdout } = await program.run(["--version"]);
    equal([code, /^wirecat \d+\.\d+\.\d+\n$/.test(stdout)], [0, true], stdout);
  },
  async "version with build and runtime"(program) {
    const { stdout } = await program.run(["--version", "-v"]);
    equal(/^runtime: Deno /m.test(stdout), true, stdout);
  },
  async "help, manual page, completions"(program) {
    equal((await program.run(["--help"])).stdout.startsWith("wirecat "), true, "--help");
    equal((await program.run(["man"])).stdout.includes(".TH WIRECAT 1"), true, "man");
    const { stdout } = await program.run(["completions", "bash"]);
    equal(stdout.includes("complete -F _wirecat wirecat"), true, "completions bash");
  },
  "WebSocket server and client": (program) =>
    echo(program, ["-t", "ws-l:127.0.0.1:0", "mirror:"], "ws", []),
  "native engine": (program) =>
    echo(program, ["-t", "ws-l:127.0.0.1:0", "mirror:"], "ws", ["--engine=native"]),
  "TLS with a certificate made on the fly": (program) =>
    echo(program, ["-t", "--self-signed", "wss-l:127.0.0.1:0", "mirror:"], "wss", ["-k"]),
  "compression": (program) =>
    echo(program, ["-t", "--compress", "ws-l:127.0.0.1:0", "mirror:"], "ws", ["--compress"]),
  async "binary data through a pipe"(program) {
    const bytes = new Uint8Array(100_000).map((_, i) => i * 7);
    const code = await program.serve(["-b", "tcp-l:127.0.0.1:0", "mirror:"], async (port) => {
      const child = program.spawn(["-b", "-", `tcp:127.0.0.1:${port}`], "piped");
      const fed = new Response(bytes).body!.pipeTo(child.stdin);
      const { stdout } = await child.output();
      await fed;
      equal(stdout.length, bytes.length, "bytes");
      equal(stdout.every((byte, i) => byte === bytes[i]), true, "the bytes are the same");
    });
    if (!windows) equal(code, 143, "exit status after SIGTERM");
  },
  async "a program for each client"(program) {
    const command = windows ? "cmd:echo served" : "sh-c:echo served";
    await program.serve(["ws-l:127.0.0.1:0", command], async (port) => {
      const { stdout, stderr } = await program.run(["-U", "-", `ws://127.0.0.1:${port}/`]);
      equal(stdout.trim(), "served", stderr);
    });
  },
  async "sockets of the C library"(program) {
    if (Deno.build.os !== "linux") throw new Skipped("only on Linux");
    const folder = await Deno.makeTempDir();
    try {
      const listen = `seqpacket-listen:${folder}/s`;
      const server = program.spawn([
        "--oneshot",
        "--stdout-announce-listening-ports",
        listen,
        "mirror:",
      ], "null");
      const reader = server.stdout.getReader();
      await reader.read();
      const { stdout, stderr } = await program.run(
        ["-1", "-", `seqpacket:${folder}/s`],
        "packet\n",
      );
      equal(stdout, "packet\n", stderr);
      await reader.cancel();
      await server.stderr.cancel();
      await server.status;
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
  async "errors: exit status and one line"(program) {
    const refused = await program.run(["ws://127.0.0.1:1/"]);
    equal([refused.code, refused.stdout], [4, ""], refused.stderr);
    const usage = await program.run(["--nosuch"]);
    equal([usage.code, usage.stderr.split("\n")[0]], [
      2,
      "wirecat: error: there is no option --nosuch",
    ], "usage");
  },
  async "websockify, by its first word"(program) {
    const { code, stdout, stderr } = await program.run(["websockify", "--help"]);
    equal([code, /--token-plugin/.test(stdout)], [0, true], stderr);
  },
  async "websockify, by its name"(program) {
    if (!await isExecutable(program)) {
      throw new Skipped("only an executable knows its name");
    }
    const folder = await Deno.makeTempDir();
    try {
      const link = `${folder}/websockify${windows ? ".exe" : ""}`;
      if (windows) await Deno.copyFile(program.file!, link);
      else await Deno.symlink(await Deno.realPath(program.file!), link);
      const { code, stdout, stderr } = await new Program([link]).run(["--help"]);
      equal([code, /--token-plugin/.test(stdout)], [0, true], stderr);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
};

/** Whether it is one compiled file, rather than a script that starts something. */
async function isExecutable({ file }: Program): Promise<boolean> {
  if (file === undefined) return false;
  try {
    return (await Deno.stat(file)).size > 10_000_000;
  } catch {
    return false; // A name that is looked up in the PATH.
  }
}

/** Runs all checks; resolves to how many failed. */
async function smoke(command: readonly string[]): Promise<number> {
  const program = new Program(command);
  let failed = 0;
  for (const [name, check] of Object.entries(CHECKS)) {
    const began = performance.now();
    let verdict = "ok";
    try {
      await check(program);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (error instanceof Skipped) verdict = `skipped: ${message}`;
      else {
        verdict = `FAILED: ${message.trim()}`;
        failed++;
      }
    }
    console.log(`${name}: ${verdict} (${Math.round(performance.now() - began)} ms)`);
  }
  if (await isExecutable(program)) {
    const { size } = await Deno.stat(program.file!);
    console.log(`size: ${(size / 1e6).toFixed(1)} MB`);
  }
  return failed;
}

if (import.meta.main) {
  const command = Deno.args[0] === "--" ? Deno.args.slice(1) : Deno.args;
  if (command.length === 0) {
    console.error("smoke takes the words that start wirecat: deno task smoke -- dist/wirecat");
    Deno.exit(2);
  }
  const failed = await smoke(command);
  console.log(failed === 0 ? "all is well" : `${failed} failed`);
  Deno.exit(failed === 0 ? 0 : 1);
}
