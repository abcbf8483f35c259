/**
 * The files of `--web`.
 *
 * @module
 */
import { contentType } from "@std/media-types";
import { type ByteConn, writeAll } from "../core/conn.ts";
import { reasonOf, usageError, WirecatError } from "../core/errors.ts";
import { formatResponse, type HeaderField, type RequestHead } from "../http/head.ts";
import { HttpRefusal } from "../http/refusal.ts";
import { byteRange } from "./byte_range.ts";
import { listingPage } from "./listing.ts";
import { refusalBytes } from "./refusal.ts";

/** How much of a file is in memory at once, in bytes. */
const PIECE = 64 * 1024;
const INDEXES = ["index.html", "index.htm"];

/** A path with a part that begins with a dot, and is more than one. */
const HIDDEN = /\/\.(?!\/|$|well-known(?:\/|$))/;

/** A directory whose files are served, and nothing outside of it. */
export class WebFiles {
  readonly #root: string;
  readonly #withHidden: boolean;

  private constructor(root: string, withHidden: boolean) {
    this.#root = root;
    this.#withHidden = withHidden;
  }

  /**
   * Throws a usage error, which names `option`, if `directory` is none. Names that begin with a dot
   * are served `withHidden` only; but `.well-known` (RFC 8615) is there for everybody.
   */
  static async open(
    directory: string,
    option = "--web",
    withHidden = true,
  ): Promise<WebFiles> {
    try {
      const root = await Deno.realPath(directory);
      if (!(await Deno.stat(root)).isDirectory) throw new Error("it is not a directory");
      return new WebFiles(root, withHidden);
    } catch (cause) {
      throw usageError(`${option}: cannot serve ${directory}: ${reasonOf(cause)}`);
    }
  }

  /**
   * Answers a request; returns the status. `closing` is told to the client. Throws an
   * {@linkcode HttpRefusal} before anything was sent.
   */
  async respond(
    head: RequestHead,
    conn: Pick<ByteConn, "write">,
    closing: boolean,
  ): Promise<number> {
    if (head.method !== "GET" && head.method !== "HEAD") {
      throw new HttpRefusal(405, "Only GET and HEAD are served", [["Allow", "GET, HEAD"]]);
    }
    const respond = async (status: number, fields: readonly HeaderField[], text?: string) => {
      const body = text === undefined ? undefined : new TextEncoder().encode(text);
      const headers: HeaderField[] = [["Date", new Date().toUTCString()], ...fields];
      if (body !== undefined) headers.push(["Content-Length", String(body.length)]);
      if (closing) headers.push(["Connection", "close"]);
      const shown = head.method === "HEAD" ? undefined : body;
      await writeAll(
        conn,
        formatResponse({ status, headers, body: shown }),
      );
      return status;
    };
    const { path, query } = requestPath(head.target);
    const found = await this.#find(path);
    if (found.info.isDirectory) {
      if (!path.endsWith("/")) {
        const location = encodeURI(path).replace(/[?#]/g, encodeURIComponent) + "/" + query;
        return await respond(301, [["Location", location]], "");
      }
      const page = await this.#listing(found.path, path);
      return await respond(200, [["Content-Type", "text/html; charset=utf-8"]], page);
    }
    const { info } = found;
    if (!info.isFile) throw notFound();
    const modified = info.mtime === null
      ? undefined
      : new Date(Math.floor(+info.mtime / 1000) * 1000);
    const about: HeaderField[] = [["Accept-Ranges", "bytes"]];
    if (modified !== undefined) about.push(["Last-Modified", modified.toUTCString()]);
    if (isKnown(head.headers, modified)) return await respond(304, []);
    return await this.#send(found.path, head, conn, respond, about, modified);
  }

  async #send(
    path: string,
    head: RequestHead,
    conn: Pick<ByteConn, "write">,
    respond: (status: number, fields: readonly HeaderField[]) => Promise<number>,
    about: readonly HeaderField[],
    modified: Date | undefined,
  ): Promise<number> {
    using file = await open(path);
    const { size } = await file.stat();
    const range = mayRange(head.headers, modified)
      ? byteRange(head.headers.get("Range"), size)
      : undefined;
    if (range === "unsatisfiable") {
      throw new HttpRefusal(416, "The file ends before that", [
        ["Content-Range", `bytes */${size}`],
      ]);
    }
    const { start, end } = range ?? { start: 0, end: size };
    const status = await respond(range === undefined ? 200 : 206, [
      ...about,
      ["Content-Type", mediaType(path)],
      ["Content-Length", String(end - start)],
      ...(range === undefined
        ? []
        : [["Content-Range", `bytes ${start}-${end - 1}/${size}`] as const]),
    ]);
    if (head.method === "GET") await copy(file, start, end, conn, path);
    return status;
  }

  /** The file or directory at a path, index files included. Throws where there is none. */
  async #find(path: string): Promise<{ path: string; info: Deno.FileInfo }> {
    const found = await this.#look(path);
    if (found === undefined) throw notFound();
    if (found.info.isFile && path.endsWith("/")) throw notFound();
    if (!found.info.isDirectory || !path.endsWith("/")) return found;
    for (const name of INDEXES) {
      const index = await this.#look(path + name);
      if (index?.info.isFile) return index;
    }
    return found;
  }

  /** What is at a path, unless that is outside, by a symbolic link for example. */
  async #look(path: string): Promise<{ path: string; info: Deno.FileInfo } | undefined> {
    if (!this.#withHidden && HIDDEN.test(path)) return undefined;
    try {
      const real = await Deno.realPath(this.#root + path);
      if (real !== this.#root && !real.startsWith(this.#root.replace(/[/\\]?$/, SEPARATOR))) {
        return undefined;
      }
      return { path: real, info: await Deno.stat(real) };
    } catch {
      return undefined;
    }
  }

  async #listing(directory: string, path: string): Promise<string> {
    const names: string[] = [];
    try {
      for await (const entry of Deno.readDir(directory)) {
        if (!this.#withHidden && entry.name.startsWith(".")) continue;
        const found = entry.isSymlink ? await this.#look(path + entry.name) : undefined;
        if (entry.isSymlink && found === undefined) continue;
        const isDirectory = found?.info.isDirectory ?? entry.isDirectory;
        names.push(isDirectory ? `${entry.name}/` : entry.name);
      }
    } catch {
      throw notFound();
    }
    return listingPage(path, names.sort());
  }
}

/**
 * Answers one request with the files of `--static-dir`, a refusal included; the connection is to be
 * closed then. Throws where the client goes or, after an answer with status 500, where the folder is
 * not there any more.
 */
export async function answerFromFolder(
  folder: string,
  head: RequestHead,
  conn: Pick<ByteConn, "write">,
): Promise<void> {
  try {
    const files = await WebFiles.open(folder, "--static-dir", false);
    await files.respond(head, conn, true);
  } catch (error) {
    const refusal = error instanceof HttpRefusal
      ? error
      : error instanceof WirecatError && error.kind === "usage"
      ? new HttpRefusal(500, "The folder cannot be read") // The reason is not for strangers.
      : undefined;
    if (refusal === undefined) throw error;
    await writeAll(conn, refusalBytes(refusal, head.method));
    if (refusal !== error) throw error;
  }
}

const SEPARATOR = Deno.build.os === "windows" ? "\\" : "/";

function notFound(): HttpRefusal {
  return new HttpRefusal(404, "There is no such file");
}

/**
 * The path that a request asks for, decoded, and its query with the question mark. Throws for
 * one that no file can have.
 */
export function requestPath(target: string): { path: string; query: string } {
  const origin = target.replace(/^https?:\/\/[^/?]*/i, "");
  const mark = origin.search(/[?#]/);
  const encoded = mark < 0 ? origin : origin.slice(0, mark);
  let path: string;
  try {
    path = decodeURIComponent(encoded).replace(/^\/+/, "/");
  } catch {
    throw new HttpRefusal(400, "The path is not well encoded");
  }
  const parts = path.split(/[/\\]/);
  if (!path.startsWith("/") || path.includes("\0") || parts.includes("..")) throw notFound();
  if (SEPARATOR === "\\" && /[\\:]/.test(path)) throw notFound();
  return { path, query: mark < 0 ? "" : origin.slice(mark).replace(/#.*$/s, "") };
}

/** The content type by the name's end. */
export function mediaType(path: string): string {
  const extension = /\.[^./\\]+$/.exec(path)?.[0];
  const known = extension === undefined ? undefined : contentType(extension) as string | undefined;
  return known ?? "application/octet-stream";
}

/** Whether the client has the newest version (RFC 9110, section 13.1.3). */
function isKnown(headers: Headers, modified: Date | undefined): boolean {
  const since = Date.parse(headers.get("If-Modified-Since") ?? "");
  if (headers.has("If-None-Match") || modified === undefined) return false;
  return +modified <= since;
}

/** Whether a part may be sent, for what the client has of the rest (section 13.1.5). */
function mayRange(headers: Headers, modified: Date | undefined): boolean {
  const condition = headers.get("If-Range");
  if (condition === null) return true;
  return modified !== undefined && Date.parse(condition) === +modified;
}

async function open(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path);
  } catch {
    throw new HttpRefusal(403, "The file cannot be read");
  }
}

async function copy(
  file: Deno.FsFile,
  start: number,
  end: number,
  conn: Pick<ByteConn, "write">,
  path: string,
): Promise<void> {
  if (start > 0) await file.seek(start, Deno.SeekMode.Start);
  const piece = new Uint8Array(Math.min(PIECE, end - start));
  for (let left = end - start; left > 0;) {
    const count = await file.read(piece.subarray(0, Math.min(piece.length, left)));
    if (count === null) {
      throw new WirecatError("other", `${path} became shorter while it was sent`);
    }
    await writeAll(conn, piece.subarray(0, count));
    left -= count;
  }
}
