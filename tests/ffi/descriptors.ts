/**
 * Descriptors as a parent process hands them over, and programs to talk to.
 *
 * @module
 */

/** Whether this system has what these tests need. Elsewhere they say that they were skipped. */
export const linuxFfi: boolean = Deno.build.os === "linux" &&
  Deno.permissions.querySync({ name: "ffi" }).state === "granted";

const UNIX = 1;

/** Opened before the tests, none of which leaves it behind then. */
const symbols = linuxFfi
  ? Deno.dlopen("libc.so.6", {
    pipe: { parameters: ["buffer"], result: "i32" },
    socketpair: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
    socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
    bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
    listen: { parameters: ["i32", "i32"], result: "i32" },
    getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
    open: { parameters: ["buffer", "i32"], result: "i32" },
    mkfifo: { parameters: ["buffer", "u32"], result: "i32" },
  }).symbols
  : undefined;

/** The two ends of a pipe that children would inherit: one to read, one to write. */
export function inheritablePipe(): [number, number] {
  const fds = new Int32Array(2);
  if (symbols!.pipe(fds) !== 0) throw new Error("no pipe");
  return [fds[0], fds[1]];
}

/** Two connected UNIX sockets of a type that children would inherit. */
export function inheritableSockets(type: number): [number, number] {
  const fds = new Int32Array(2);
  if (symbols!.socketpair(UNIX, type, 0, fds) !== 0) throw new Error("no sockets");
  return [fds[0], fds[1]];
}

/** A UNIX socket of a type that listens, and that children would inherit. */
export function inheritableListener(path: string, type: number): number {
  const { socket, bind, listen } = symbols!;
  const fd = socket(UNIX, type, 0);
  const address = new Uint8Array([UNIX, 0, ...new TextEncoder().encode(path), 0]);
  if (bind(fd, address, address.length) !== 0 || listen(fd, 5) !== 0) throw new Error("no socket");
  return fd;
}

/** A TCP socket that listens, and that children would inherit; and its port. */
export function inheritableTcpListener(): { fd: number; port: number } {
  const { socket, bind, listen, getsockname } = symbols!;
  const fd = socket(2, 1, 0);
  const address = new Uint8Array(16);
  address.set([2, 0, 0, 0, 127, 0, 0, 1]);
  if (bind(fd, address, 16) !== 0 || listen(fd, 5) !== 0) throw new Error("no socket");
  getsockname(fd, address, new Int32Array([16]));
  return { fd, port: address[2] << 8 | address[3] };
}

/** A descriptor of a file that children would inherit. `flags` as of `open(2)`. */
export function inheritableFile(path: string, flags: number): number {
  return symbols!.open(new TextEncoder().encode(`${path}\0`), flags);
}

/** Makes a named pipe. */
export function makeFifo(path: string): void {
  if (symbols!.mkfifo(new TextEncoder().encode(`${path}\0`), 0o600) !== 0) {
    throw new Error("no named pipe");
  }
}

/** The descriptor that this process has of what is at `path`. */
export function openDescriptorOf(path: string): number {
  for (const { name } of Deno.readDirSync("/proc/self/fd")) {
    try {
      if (Deno.readLinkSync(`/proc/self/fd/${name}`) === path) return Number(name);
    } catch {
      // The one that the directory was read with.
    }
  }
  throw new Error(`${path} is not open`);
}

/** A Python program that a test talks to through its standard input and output, line by line. */
export class Python implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  constructor(code: string, ...args: string[]) {
    this.#child = new Deno.Command("python3", {
      args: ["-u", "-c", code, ...args],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#lines = lines(this.#child.stdout);
    this.#writer = this.#child.stdin.getWriter();
  }

  /** The next line that it prints. */
  async line(): Promise<string | undefined> {
    return (await this.#lines.next()).value;
  }

  /** Gives it a line. */
  async say(line: string): Promise<void> {
    await this.#writer.write(new TextEncoder().encode(`${line}\n`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close().catch(() => {});
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#lines.return?.();
    await this.#child.status;
  }
}

async function* lines(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    rest += decoder.decode(chunk, { stream: true });
    const parts = rest.split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
}
