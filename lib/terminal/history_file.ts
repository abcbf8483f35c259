/**
 * The history on disk: a line of JSON for each that was sent. Several programs may write at once.
 *
 * @module
 */
import { environment } from "../core/permission.ts";
import type { HistoryEntry } from "./history.ts";

/** When the file is longer it is cut, and to how much, in bytes. */
const LARGEST = 2 * 1024 * 1024;
const CUT_TO = 1024 * 1024;

/** Longer lines are not written down, in characters. */
const LONGEST = 16 * 1024;

/** What looks as if it had a password or a token in it is not written down. */
const SECRET =
  /(pass(word|wd|phrase)?|secret|token|api[-_ ]?key|private[-_ ]?key|credentials?|authorization)["']?\s*[:=]|\b(bearer|basic)\s+[\w+/=.-]{8,}|\beyJ[\w-]+\.[\w-]+\./i;

/** Whether a line looks as if it had a secret in it. */
export function looksSecret(text: string): boolean {
  return SECRET.test(text);
}

/** Where the history is; nothing where no place for such things is known. */
export function historyPath(
  env: (name: string) => string | undefined = environment,
  os: string = Deno.build.os,
): string | undefined {
  const state = env("XDG_STATE_HOME");
  // The base directory specification wants a relative path ignored.
  if (state?.startsWith("/")) return `${state}/wirecat/history`;
  if (os === "windows") {
    const data = env("LOCALAPPDATA");
    return data && `${data}\\wirecat\\history`;
  }
  const home = env("HOME");
  return home ? `${home}/.local/state/wirecat/history` : undefined;
}

/** A file of history. */
export class HistoryFile {
  readonly #path: string;
  #last: Promise<void> = Promise.resolve();

  /** Opens nothing yet. */
  constructor(path: string) {
    this.#path = path;
  }

  /** What is in it, the oldest first; nothing if it is not there. Lines that are damaged are left out. */
  async read(): Promise<HistoryEntry[]> {
    let text: string;
    try {
      text = await Deno.readTextFile(this.#path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
    return text.split("\n").map(entryOf).filter((entry) => entry !== undefined);
  }

  /** Writes a line down, behind those of other programs. Throws what the file system does. */
  add(entry: HistoryEntry): Promise<void> {
    if (entry.text.length > LONGEST || looksSecret(entry.text)) return Promise.resolve();
    const line = JSON.stringify([entry.host, entry.text]) + "\n";
    const write = this.#last.then(() => this.#append(new TextEncoder().encode(line)));
    this.#last = write.catch(() => {});
    return write;
  }

  /** Resolves when all that was added has been written, or could not be. */
  written(): Promise<void> {
    return this.#last;
  }

  async #append(line: Uint8Array): Promise<void> {
    const open = () =>
      Deno.open(this.#path, { read: true, write: true, create: true, mode: 0o600 });
    let file: Deno.FsFile;
    try {
      file = await open();
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      const folder = this.#path.slice(
        0,
        Math.max(...["/", "\\"].map((c) => this.#path.lastIndexOf(c))),
      );
      await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
      file = await open();
    }
    try {
      await file.lock(true);
      const { size, mode } = await file.stat();
      // Somebody may have made it by hand; it is nobody else's business.
      if (mode !== null && (mode & 0o077) !== 0) await Deno.chmod(this.#path, 0o600);
      if (size + line.length > LARGEST) await cut(file, size);
      await file.seek(0, Deno.SeekMode.End);
      for (let at = 0; at < line.length;) at += await file.write(line.subarray(at));
    } finally {
      file.close(); // That unlocks it.
    }
  }
}

/** Drops the oldest lines, in place: others wait for the lock of this very file. */
async function cut(file: Deno.FsFile, size: number): Promise<void> {
  await file.seek(Math.max(0, size - CUT_TO), Deno.SeekMode.Start);
  const kept = new Uint8Array(CUT_TO);
  let length = 0;
  for (let count; (count = await file.read(kept.subarray(length)));) length += count;
  const first = kept.subarray(0, length).indexOf(10) + 1; // The first line is a part of one.
  await file.seek(0, Deno.SeekMode.Start);
  for (let at = first; at < length;) at += await file.write(kept.subarray(at, length));
  await file.truncate(length - first);
}

function entryOf(line: string): HistoryEntry | undefined {
  if (line === "") return undefined;
  try {
    const [host, text] = JSON.parse(line);
    return typeof host === "string" && typeof text === "string" ? { host, text } : undefined;
  } catch {
    return undefined;
  }
}
