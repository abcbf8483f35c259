/**
 * A file that is read again when it has changed.
 *
 * @module
 */
import { reasonOf, usageError } from "../core/errors.ts";
import { readText } from "./text_file.ts";

/** How a {@linkcode WatchedFile} is read. */
export interface WatchedFileOptions<T> {
  /** The option that named it, for errors: `--require-bearer`. */
  readonly option: string;
  /** What its text means. Throws a usage error. */
  readonly parse: (text: string) => T | Promise<T>;
  /** Told why a changed file is not used. */
  readonly onWarning: (message: string) => void;
}

/** What tells that a file is another one than before. */
function stampOf(info: Deno.FileInfo): string {
  return [info.mtime?.getTime(), info.ctime?.getTime(), info.size, info.ino].join();
}

/** The most that is read, in bytes. */
const LIMIT = 16 * 1024 * 1024;

/**
 * What a file says. It is looked at each time that somebody asks, and read only if it has
 * changed. One that has become unreadable or wrong does not lock everybody out: what it said
 * before holds, and a warning tells so.
 */
export class WatchedFile<T> {
  readonly #path: string;
  readonly #options: WatchedFileOptions<T>;
  #stamp = "";
  #value?: { readonly parsed: T };
  #reading?: Promise<void>;

  /** Reads nothing yet. */
  constructor(path: string, options: WatchedFileOptions<T>) {
    this.#path = path;
    this.#options = options;
  }

  /** What the file says now. Throws a usage error if it has never been readable. */
  async value(): Promise<T> {
    await (this.#reading ??= this.#refresh().finally(() => this.#reading = undefined));
    return this.#value!.parsed;
  }

  async #refresh(): Promise<void> {
    const { option } = this.#options;
    let stamp = "gone";
    try {
      const info = await Deno.stat(this.#path);
      // A pipe, as of <(program), says what it has to say once.
      if (!info.isFile && !info.isDirectory && this.#value !== undefined) return;
      stamp = stampOf(info);
      if (stamp === this.#stamp) return;
      if (info.size > LIMIT) throw usageError(`${this.#path} is longer than ${LIMIT} bytes`);
      this.#value = { parsed: await this.#options.parse(await readText(this.#path, option)) };
    } catch (cause) {
      const error = this.#failure(cause);
      if (this.#value === undefined) throw error;
      if (stamp !== this.#stamp) {
        this.#options.onWarning(`${error.message}: what it said before still holds`);
      }
    }
    this.#stamp = stamp;
  }

  #failure(cause: unknown): Error {
    const { option } = this.#options;
    if (cause instanceof Error && cause.name === "WirecatError") return cause;
    return usageError(`${option}: cannot read ${this.#path}: ${reasonOf(cause)}`);
  }
}
