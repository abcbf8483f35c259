/**
 * The file that takes what would go to standard output (`--output`).
 *
 * @module
 */
import { reasonOf, WirecatError } from "../core/errors.ts";

/** Open files by their path: standard output, which they stand in for, exists once, too. */
const OPEN = new Map<string, Promise<OutputFile>>();

/** A file that is written anew. What it held stays until there is something to write, or the end. */
export class OutputFile {
  readonly #file: Deno.FsFile;
  readonly #path: string;
  #empty = false;

  private constructor(file: Deno.FsFile, path: string) {
    this.#file = file;
    this.#path = path;
  }

  /** The file of this path, which is opened once. Throws what the system says, in one line. */
  static open(path: string): Promise<OutputFile> {
    let opening = OPEN.get(path);
    if (opening === undefined) {
      opening = OutputFile.#open(path);
      OPEN.set(path, opening);
    }
    return opening;
  }

  static async #open(path: string): Promise<OutputFile> {
    try {
      return new OutputFile(await Deno.open(path, { write: true, create: true }), path);
    } catch (cause) {
      throw new WirecatError("other", `--output: cannot write ${path}: ${reasonOf(cause)}`, {
        cause,
      });
    }
  }

  /** Writes some of `bytes`; resolves to how many were taken. */
  async write(bytes: Uint8Array): Promise<number> {
    if (!this.#empty) await this.begin();
    try {
      return await this.#file.write(bytes);
    } catch (cause) {
      throw new WirecatError("other", `--output: cannot write ${this.#path}: ${reasonOf(cause)}`, {
        cause,
      });
    }
  }

  /** Drops what the file held. */
  async begin(): Promise<void> {
    if (this.#empty) return;
    this.#empty = true;
    // A device or a pipe has nothing to drop.
    if ((await this.#file.stat()).isFile) await this.#file.truncate(0);
  }
}
