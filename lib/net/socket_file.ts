/**
 * The file of a UNIX socket: which one it is, so that no other is removed for it.
 *
 * @module
 */

/** A socket in the file system, known by more than its path. */
export class SocketFile {
  readonly #path: string;
  readonly #info: Deno.FileInfo;

  private constructor(path: string, info: Deno.FileInfo) {
    this.#path = path;
    this.#info = info;
  }

  /** The socket that is at `path` now; nothing if there is none, or something else. */
  static of(path: string): SocketFile | undefined {
    const info = look(path);
    return info?.isSocket ? new SocketFile(path, info) : undefined;
  }

  /** Removes it, unless it is gone or another has taken its path. */
  remove(): void {
    try {
      if (this.#isThis(look(this.#path))) Deno.removeSync(this.#path);
    } catch {
      // Somebody else was quicker, or the directory is closed to us by now.
    }
  }

  /**
   * If another file has taken its path, gives that one another name for a moment. Returns
   * what puts it back; nothing if there is nothing to put back.
   */
  putAsideOther(): (() => void) | undefined {
    const other = look(this.#path);
    if (other === undefined || this.#isThis(other)) return undefined;
    const aside = `${this.#path}.${crypto.randomUUID()}`;
    try {
      Deno.renameSync(this.#path, aside);
    } catch {
      return undefined; // Who may not rename it may not remove it either.
    }
    return () => {
      try {
        if (look(this.#path) === undefined) Deno.renameSync(aside, this.#path);
        else Deno.removeSync(aside);
      } catch {
        // The directory is gone, and all of this with it.
      }
    };
  }

  #isThis(info: Deno.FileInfo | undefined): boolean {
    return info !== undefined && info.dev === this.#info.dev && info.ino === this.#info.ino;
  }
}

function look(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch {
    return undefined;
  }
}
