/**
 * A started program as a peer: its standard input and output.
 *
 * @module
 */
import { Batch, BYTES } from "../core/batch.ts";
import { type ByteConn, writeAll } from "../core/conn.ts";
import { reasonOf, WirecatError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { Peer, PeerInfo } from "../core/peer.ts";
import { within } from "../core/timer.ts";

/** What to start, and how. */
export interface Program {
  /** What this is, for messages to people: `exec:date`. */
  readonly name: string;
  /** The program: a path, or a name to look for on `PATH`. */
  readonly path: string;
  /** Its arguments. */
  readonly args: readonly string[];
  /** On Windows: whether the arguments are passed on unquoted. */
  readonly rawArguments?: boolean;
  /** The folder it starts in. */
  readonly cwd?: string;
  /** The user it runs as (UNIX). */
  readonly uid?: number;
  /** The group it runs as (UNIX). */
  readonly gid?: number;
  /** Variables to set. */
  readonly env?: Record<string, string>;
  /** Whether nothing is inherited of the environment. */
  readonly clearEnv?: boolean;
}

/** How a program is treated while it runs and when it should end. */
export interface ChildBehaviour {
  /** The largest read in bytes. */
  readonly maxRead?: number;
  /** Whether it gets SIGHUP when its input ends. */
  readonly hangUpOnInputEnd?: boolean;
  /** Whether it gets SIGHUP for an empty message. */
  readonly hangUpOnEmptyMessage?: boolean;
  /** Whether it is killed at once when the connection is over. */
  readonly killOnClose?: boolean;
  /** How long it may go on by itself after the end of its input, in milliseconds. */
  readonly graceMillis?: number;
  /** How long after SIGTERM it gets SIGKILL, in milliseconds. */
  readonly killAfterMillis?: number;
  /**
   * Told when the program has ended by itself with another status than 0, which is 128 and the
   * signal's number where one has ended it; otherwise it is logged.
   */
  readonly onFailure?: (said: string, status: number, hint?: string) => void;
}

/** As much as a pipe of Linux holds: a larger buffer gains nothing. */
const READ_SIZE = 64 * 1024;
const GRACE_MILLIS = 1000;
const KILL_AFTER_MILLIS = 2000;
const STATUS_MILLIS = 300;

/**
 * Starts a program. Throws a `WirecatError` if it cannot be started.
 *
 * Closing the peer ends the program. One whose input ended in order may first
 * finish its work by itself for a moment; then it gets SIGTERM, then SIGKILL.
 */
export function startChild(program: Program, behaviour: ChildBehaviour, log: Log): Peer {
  return new ChildPeer(spawn(program), program.name, behaviour, log);
}

function spawn(program: Program): Deno.ChildProcess {
  try {
    return new Deno.Command(program.path, {
      args: [...program.args],
      cwd: program.cwd,
      uid: program.uid,
      gid: program.gid,
      env: program.env,
      clearEnv: program.clearEnv,
      windowsRawArguments: program.rawArguments,
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
  } catch (error) {
    throw startError(error, program);
  }
}

function startError(error: unknown, program: Program): WirecatError {
  const fail = (reason: string, hint?: string) =>
    new WirecatError("connection", `cannot start ${program.path}: ${reason}`, {
      hint,
      cause: error,
    });
  if (error instanceof Error && error.message.includes("No such cwd")) {
    return fail(`there is no folder ${program.cwd}`, "see --exec-chdir");
  }
  if (error instanceof Deno.errors.NotFound) {
    const hint = /\s/.test(program.path)
      ? `to run a command line, write cmd:'${program.path}'`
      : program.path.includes("/")
      ? "the path has to name a program, or a script whose first line names one"
      : "is it installed, and in a folder of PATH?";
    return fail("no such program", hint);
  }
  const reason = reasonOf(error).replace(/^failed to spawn '.*?': /i, "");
  const text = reason[0].toLowerCase() + reason.slice(1);
  if (program.uid !== undefined || program.gid !== undefined) {
    return fail(text, "only root may start programs as another user or group");
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return fail(text, "is it a program, and may this user execute it (chmod +x)?");
  }
  return fail(text);
}

class ChildPeer implements Peer {
  readonly info: PeerInfo;
  readonly conn: ChildConn;
  /** Its output is thrown away when nobody wants it: a full pipe would stop the program. */
  readonly mustRead = true;
  readonly exitStatus: Promise<number | undefined>;
  readonly #behaviour: ChildBehaviour;
  #readable?: ReadableStream<Batch>;
  #writable?: WritableStream<Batch>;

  constructor(child: Deno.ChildProcess, name: string, behaviour: ChildBehaviour, log: Log) {
    this.info = { name };
    this.conn = new ChildConn(child, name, behaviour, log);
    this.exitStatus = this.conn.exitStatus;
    this.#behaviour = behaviour;
  }

  get readable(): ReadableStream<Batch> {
    return this.#readable ??= this.conn.readable();
  }

  get writable(): WritableStream<Batch> {
    const conn = this.conn;
    const hangUp = this.#behaviour.hangUpOnEmptyMessage === true;
    return this.#writable ??= new WritableStream<Batch>({
      write(batch) {
        if (hangUp && hasEmptyMessage(batch)) return writeWithSignals(conn, batch);
        const bytes = batch.join();
        if (bytes.length > 0) return writeAll(conn, bytes);
      },
      close: () => conn.closeWrite(),
      abort: () => conn.abortWrite(),
    }, { highWaterMark: 1 });
  }

  shutdown(): Promise<void> {
    this.conn.terminate();
    return Promise.resolve();
  }

  close(): Promise<void> {
    return this.conn.end();
  }
}

function hasEmptyMessage(batch: Batch): boolean {
  for (let i = 0; i < batch.length; i++) {
    if (batch.start(i) === batch.end(i) && batch.whole(i)) return true;
  }
  return false;
}

/** Each message in order, with SIGHUP where an empty one stands. */
async function writeWithSignals(conn: ChildConn, batch: Batch): Promise<void> {
  for (let i = 0; i < batch.length; i++) {
    const message = batch.message(i);
    if (message.length > 0) await writeAll(conn, message);
    else if (batch.whole(i)) conn.hangUp();
  }
}

/** The pipes of a program, and the way it ends. */
class ChildConn implements ByteConn {
  readonly #child: Deno.ChildProcess;
  readonly #name: string;
  readonly #behaviour: ChildBehaviour;
  readonly #log: Log;
  readonly #reader: ReadableStreamBYOBReader;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  /** The status of a program that has ended by itself. */
  readonly exitStatus: Promise<number | undefined>;
  readonly #exited: Promise<void>;
  #bytes?: Uint8Array<ArrayBuffer>;
  #rest?: Uint8Array;
  #running = true;
  #inputEnded = false;
  #outputEnded = false;
  #terminated = false;
  #killed = false;
  #discarding = false;
  #ending?: Promise<void>;
  #abandonWrite?: (reason: unknown) => void;

  constructor(child: Deno.ChildProcess, name: string, behaviour: ChildBehaviour, log: Log) {
    this.#child = child;
    this.#name = name;
    this.#behaviour = behaviour;
    this.#log = log;
    this.#reader = child.stdout.getReader({ mode: "byob" });
    this.#writer = child.stdin.getWriter();
    // Asking for the status at once is what reaps the program, whoever closes it when.
    this.exitStatus = child.status.then((status) => {
      this.#running = false;
      if (this.#terminated || (this.#killed && status.signal === "SIGKILL")) return undefined;
      if (!status.success) this.#failed(status);
      return status.code;
    });
    this.#exited = this.exitStatus.then(() => {});
  }

  /** Tells of a program that has not ended well. */
  #failed({ code, signal }: Deno.CommandStatus): void {
    const said = signal === null
      ? `${this.#name} ended with status ${code}`
      : `${this.#name} was ended by ${signal}`;
    // What a shell says of a command that there is not (127), or that it may not run (126).
    const hint = signal !== null
      ? undefined
      : code === 127
      ? "there is no such command"
      : code === 126
      ? "the command cannot be run"
      : undefined;
    if (this.#behaviour.onFailure !== undefined) this.#behaviour.onFailure(said, code, hint);
    else if (hint !== undefined) this.#log.warn(said, hint);
    else this.#log.info(said);
  }

  /** Reads into a buffer that the pipe hands back: twice as fast as its chunks, and no copy. */
  readable(): ReadableStream<Batch> {
    const size = Math.min(READ_SIZE, this.#behaviour.maxRead ?? READ_SIZE);
    let batch: Batch | undefined;
    let cancelled = false;
    return new ReadableStream<Batch>({
      pull: async (controller) => {
        batch ??= new Batch(new Uint8Array(size), 1);
        const { value, done } = await this.#reader.read(batch.bytes);
        if (cancelled) return;
        if (done) {
          this.#outputEnded = true;
          batch = undefined;
          controller.close();
          return;
        }
        batch.bytes = new Uint8Array(value.buffer);
        batch.clear();
        batch.push(0, value.length, BYTES);
        controller.enqueue(batch);
      },
      cancel: () => {
        cancelled = true;
        this.#discard();
      },
    }, { highWaterMark: 0 });
  }

  async read(into: Uint8Array): Promise<number | null> {
    if (this.#rest === undefined || this.#rest.length === 0) {
      const { value, done } = await this.#reader.read(this.#bytes ?? new Uint8Array(READ_SIZE));
      if (done) {
        this.#outputEnded = true;
        this.#bytes = undefined;
        return null;
      }
      this.#bytes = new Uint8Array(value.buffer);
      this.#rest = value;
    }
    const length = Math.min(into.length, this.#rest.length);
    into.set(this.#rest.subarray(0, length));
    this.#rest = this.#rest.subarray(length);
    return length;
  }

  /** Rejects with `BrokenPipe` when the program has stopped reading. */
  write(bytes: Uint8Array): Promise<number> {
    // A grandchild that inherited the pipe can keep a write waiting beyond the program's end.
    return new Promise((resolve, reject) => {
      this.#abandonWrite = reject;
      this.#writer.write(bytes).then(() => resolve(bytes.length), reject);
    });
  }

  async closeWrite(): Promise<void> {
    if (this.#behaviour.hangUpOnInputEnd) this.hangUp();
    this.#inputEnded = true;
    await this.#writer.close().catch(() => {}); // It may have closed its end before.
  }

  /** Closes the program's input out of order. */
  abortWrite(): void {
    this.#abandonWrite?.(new Deno.errors.BrokenPipe(`${this.#name} was closed`));
    this.#writer.abort().catch(() => {});
  }

  close(): void {
    this.end();
  }

  /** Sends SIGHUP. */
  hangUp(): void {
    this.#signal("SIGHUP");
  }

  /** Sends SIGTERM. */
  terminate(): void {
    this.#terminated = true;
    this.#signal("SIGTERM");
  }

  /** Ends the program and resolves when it is gone and its pipes are closed. */
  end(): Promise<void> {
    return this.#ending ??= this.#end();
  }

  async #end(): Promise<void> {
    const {
      killOnClose = false,
      graceMillis = GRACE_MILLIS,
      killAfterMillis = KILL_AFTER_MILLIS,
    } = this.#behaviour;
    this.#discard();
    if (!this.#inputEnded) this.abortWrite();
    // One that has nothing to say any more mostly ends in this moment; its status is worth that.
    if (killOnClose && this.#outputEnded) await this.#exitsWithin(STATUS_MILLIS);
    if (!killOnClose) {
      const graceful = (this.#inputEnded || this.#outputEnded) && !this.#terminated;
      if (graceful) await this.#exitsWithin(graceMillis);
      if (this.#running) {
        if (!this.#terminated) this.terminate();
        await this.#exitsWithin(killAfterMillis);
      }
    }
    this.#killed = true;
    // A program that runs as another user can be out of reach; waiting for it could take forever.
    if (this.#signal("SIGKILL")) await this.#exited;
    this.#abandonWrite?.(new Deno.errors.BrokenPipe(`${this.#name} has ended`));
    this.#writer.abort().catch(() => {});
    await this.#reader.cancel().catch(() => {});
  }

  /** Takes what the program still says, so that a full pipe does not keep it from going on. */
  async #discard(): Promise<void> {
    if (this.#discarding) return;
    this.#discarding = true;
    let bytes = new Uint8Array(READ_SIZE);
    try {
      for (;;) {
        const { value, done } = await this.#reader.read(bytes);
        if (done) return;
        bytes = new Uint8Array(value.buffer);
      }
    } catch {
      // Nothing more can come.
    }
  }

  async #exitsWithin(millis: number): Promise<void> {
    if (this.#running) await within(millis, this.#exited, undefined);
  }

  /** Whether the program is gone, or will be told. */
  #signal(signal: Deno.Signal): boolean {
    if (!this.#running) return true;
    try {
      this.#child.kill(signal);
      return true;
    } catch (error) {
      if (!(error instanceof Deno.errors.PermissionDenied)) return true; // It has just ended.
      this.#log.warn(`cannot send ${signal} to ${this.#name}: ${reasonOf(error)}`);
      return false;
    }
  }
}
