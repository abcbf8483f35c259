/**
 * Single files for requests that are not for a WebSocket.
 *
 * @module
 */
import { staticFile } from "../cli/http_options.ts";
import { type ByteConn, writeAll } from "../core/conn.ts";
import { reasonOf, usageError, WirecatError } from "../core/errors.ts";
import type { OptionValues } from "../core/option.ts";
import type { HeaderField, RequestHead } from "./head.ts";

/** A file, what it is, and what a client asks for to get it. */
export interface StaticFile {
  /** The path of the request, perhaps with a query: `/index.html`. */
  readonly uri: string;
  /** The value of Content-Type. */
  readonly type: string;
  /** The file's path. */
  readonly path: string;
}

/** Reads `URI:TYPE:PATH`, the value of `-F`; PATH may have more colons. */
export function parseStaticFile(text: string): StaticFile {
  const match = /^([^:]+):([^:]+):(.+)$/s.exec(text);
  if (match === null) {
    throw usageError(
      `-F: '${text}' is not URI:TYPE:FILE`,
      "as in -F /index.html:text/html:index.html",
    );
  }
  return { uri: match[1], type: match[2], path: match[3] };
}

/** The files of the command line. Throws a usage error for one that cannot be read. */
export function staticFiles(options: OptionValues): StaticFiles {
  return new StaticFiles(options.get(staticFile).map(parseStaticFile));
}

/** How much of a file is in memory at once, in bytes. */
const PIECE = 64 * 1024;

/** Files, and the answers to requests for them. */
export class StaticFiles {
  readonly #files: readonly StaticFile[];
  readonly #byUri = new Map<string, StaticFile>();

  /** Of several with the same URI the last counts. */
  constructor(files: readonly StaticFile[]) {
    this.#files = files;
    for (const file of files) this.#byUri.set(decode(file.uri), file);
  }

  /** How many there are. */
  get size(): number {
    return this.#files.length;
  }

  /**
   * Answers a request, and says whether it did: not if there are no files at all. The file is
   * opened anew for each request and read in pieces. Every answer says `Connection: close`, so
   * the connection is to be closed then. Throws where the client goes, and,
   * after an answer with status 500, where the file cannot be read.
   */
  async respond(
    head: Pick<RequestHead, "method" | "target">,
    conn: Pick<ByteConn, "write">,
  ): Promise<boolean> {
    if (this.size === 0) return false;
    const { method } = head;
    if (method !== "GET" && method !== "HEAD") {
      await answer(conn, method, 405, "only GET and HEAD are served", [["Allow", "GET, HEAD"]]);
      return true;
    }
    const found = this.#find(head.target);
    if (found === undefined) await answer(conn, method, 404, "there is nothing here");
    else await send(conn, method, found);
    return true;
  }

  /** Whether there is a file for what a request asks for. */
  has(target: string): boolean {
    return this.#find(target) !== undefined;
  }

  /** A URI with a query is looked for as it is, then without the query. */
  #find(target: string): StaticFile | undefined {
    const path = target.replace(/^https?:\/\/[^/?]*/i, "") || "/";
    return this.#byUri.get(decode(path)) ?? this.#byUri.get(decode(path.replace(/\?.*$/s, "")));
  }

  /** What looks wrong about the files, in one line each. */
  warnings(): string[] {
    const warnings: string[] = [];
    for (const { uri, type, path } of this.#files) {
      if (!uri.startsWith("/")) {
        warnings.push(`-F: the URI ${uri} has no leading /, so that nobody can ask for it`);
      }
      if (!type.includes("/")) {
        warnings.push(`-F: ${type} is not a content type; text/html would be one`);
      }
      try {
        if (Deno.statSync(path).isDirectory) {
          warnings.push(`-F: ${path} is a directory; only files are served`);
        }
      } catch (error) {
        warnings.push(`-F: ${path}: ${reasonOf(error)}`);
      }
    }
    return warnings;
  }
}

/** A URI with what is percent-encoded in plain, so that either notation finds the other. */
function decode(uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch {
    return uri;
  }
}

async function answer(
  conn: Pick<ByteConn, "write">,
  method: string,
  status: number,
  text: string,
  fields: readonly HeaderField[] = [],
): Promise<void> {
  const body = `${text}\n`;
  const headers: HeaderField[] = [
    ["Content-Type", "text/plain"],
    ["Content-Length", String(body.length)],
    ["Connection", "close"],
    ...fields,
  ];
  const sent = method === "HEAD" ? undefined : body;
  const { formatResponse } = await import("./head.ts");
  await writeAll(conn, formatResponse({ status, headers, body: sent }));
}

async function send(
  conn: Pick<ByteConn, "write">,
  method: string,
  { type, path }: StaticFile,
): Promise<void> {
  let opened: { file: Deno.FsFile; size: number };
  try {
    opened = await open(path);
  } catch (cause) {
    // The reason is not for strangers.
    await answer(conn, method, 500, "the file cannot be read");
    throw new WirecatError("other", `-F: cannot read ${path}: ${reasonOf(cause)}`, { cause });
  }
  const { size } = opened;
  using file = opened.file;
  const { formatResponse } = await import("./head.ts");
  const headers: HeaderField[] = [
    ["Content-Type", type],
    ["Content-Length", String(size)],
    ["Connection", "close"],
  ];
  await writeAll(conn, formatResponse({ status: 200, headers }));
  if (method === "HEAD") return;
  const piece = new Uint8Array(Math.min(PIECE, size));
  for (let left = size; left > 0;) {
    const count = await file.read(piece.subarray(0, Math.min(piece.length, left)));
    if (count === null) {
      throw new WirecatError("other", `${path} became shorter while it was sent`);
    }
    await writeAll(conn, piece.subarray(0, count));
    left -= count;
  }
}

/** Opens a regular file; a device or a pipe has no length, and could block for ever. */
async function open(path: string): Promise<{ file: Deno.FsFile; size: number }> {
  const { isFile } = await Deno.stat(path);
  if (!isFile) throw new Error("not a file");
  const file = await Deno.open(path);
  try {
    return { file, size: (await file.stat()).size };
  } catch (error) {
    file.close();
    throw error;
  }
}
