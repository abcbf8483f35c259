/**
 * Standard input and output as a connection.
 *
 * @module
 */
import type { ByteConn } from "../core/conn.ts";
import { isGone, OutputClosed, outputFailure, reasonOf, WirecatError } from "../core/errors.ts";
import type { OutputFile } from "./output_file.ts";

/** What {@linkcode StdioConn} can be told. */
export interface StdioOptions {
  /** Whether the two may be one socket, whose sending half can be ended. */
  readonly socket?: boolean;
  /** What is written to instead of standard output. */
  readonly output?: Pick<OutputFile, "write" | "begin">;
}

/** A read that was begun for a connection which has been closed since. */
interface Leftover {
  readonly into: Uint8Array;
  readonly result: Promise<number | null>;
  /** How much of the result has been handed on. */
  taken: number;
}

/**
 * The system gives no way to call off a read of a terminal or a pipe, so what it brings is
 * kept for the next connection.
 */
let leftover: Leftover | undefined;

/** The longest pause before a non-blocking descriptor is tried again, in milliseconds. */
const LONGEST_PAUSE = 50;

/**
 * Standard input and output. Reads only when asked to. Closing it leaves both open: they
 * belong to the process, and may be opened again, as `foreachmsg:-` does. What reads the
 * output downstream sees the end when the process ends.
 */
export class StdioConn implements ByteConn {
  readonly #socket: boolean;
  readonly #output: StdioOptions["output"];
  #reading: Leftover | undefined;
  #closed = false;

  /** Opens nothing: both are there from the start. */
  constructor(options: StdioOptions = {}) {
    this.#socket = options.socket ?? false;
    this.#output = options.output;
  }

  /** Reads standard input. One that is not open has ended. */
  async read(into: Uint8Array): Promise<number | null> {
    if (this.#closed) return null;
    while (leftover !== undefined) {
      const from: Leftover = leftover;
      const length = await from.result;
      if (this.#closed) return null;
      if (from !== leftover) continue;
      if (length === null || from.taken >= length) {
        leftover = undefined;
        if (length === null) return null;
        continue;
      }
      const part = from.into.subarray(from.taken, Math.min(length, from.taken + into.length));
      into.set(part);
      from.taken += part.length;
      return part.length;
    }
    const reading = { into, result: this.#whenReady(() => readInput(into)), taken: 0 };
    this.#reading = reading;
    try {
      return await reading.result;
    } finally {
      this.#reading = undefined;
    }
  }

  /**
   * Writes some of `bytes` to standard output. Rejects with {@linkcode OutputClosed} when
   * nobody reads it any more: other programs die of SIGPIPE then.
   */
  write(bytes: Uint8Array): Promise<number> {
    if (this.#output !== undefined) return this.#output.write(bytes);
    return this.#whenReady(() => Deno.stdout.write(bytes)).catch((error) => {
      if (isGone(error)) throw this.#socket ? error : new OutputClosed();
      if (error instanceof Deno.errors.WouldBlock) throw error; // It was closed while it waited.
      throw outputFailure(error);
    });
  }

  /** Tries again while the descriptor, which another program made non-blocking, is not ready. */
  async #whenReady<T>(attempt: () => Promise<T>): Promise<T> {
    for (let pause = 1;; pause = Math.min(LONGEST_PAUSE, pause * 2)) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof Deno.errors.WouldBlock) || this.#closed) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  /** Ends the sending half of a socket, as inetd(8) hands over. Otherwise does nothing. */
  async closeWrite(): Promise<void> {
    await this.#output?.begin();
    if (!this.#socket || Deno.permissions.querySync({ name: "ffi" }).state !== "granted") return;
    try {
      const { libc } = await import("../ffi/libc.ts");
      libc("inetd:").shutdownWrite(STDOUT);
    } catch {
      // Without a C library at hand the end of the process tells it.
    }
  }

  /** Lets go of both without closing them. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#reading !== undefined) {
      leftover = this.#reading;
      leftover.result.catch(() => leftover = undefined);
    }
  }
}

const STDOUT = 1;

async function readInput(into: Uint8Array): Promise<number | null> {
  try {
    return await Deno.stdin.read(into);
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code === "EBADF") return null;
    if (isGone(error) || error instanceof Deno.errors.WouldBlock) throw error;
    const message = `cannot read standard input: ${reasonOf(error)}`;
    throw new WirecatError("other", message, { cause: error });
  }
}
