/**
 * The files of conversations: reading those that are named, finding those in a folder.
 *
 * @module
 */
import { dirname, isAbsolute, join } from "@std/path";
import { reasonOf, usageError } from "../core/errors.ts";
import type { Source } from "./scanner.ts";
import type { Files } from "./text_reader.ts";

/** How the name of a conversation ends in a folder. */
const EXTENSION = ".conv";

/** Files on disk; what a file names is looked for where that file is. */
export const diskFiles: Files = {
  resolve: (from, path) =>
    isAbsolute(path) || from === "" || from === "-" ? path : join(dirname(from), path),
  read: (path) => Deno.readFileSync(path),
};

/** The conversations that `path` stands for: a file, standard input, or all in a folder. */
export async function findSources(path: string): Promise<Source[]> {
  if (path === "-") {
    return [{ name: "-", text: await new Response(Deno.stdin.readable).text() }];
  }
  try {
    if (!(await Deno.stat(path)).isDirectory) return [await readSource(path)];
    const found = await filesIn(path);
    if (found.length === 0) {
      throw usageError(`no conversation is in ${path}`, `their names end in ${EXTENSION}`);
    }
    return await Promise.all(found.map(readSource));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw usageError(
        `there is no file ${path}`,
        "wirecat run FILE URL; docs/run.md describes FILE",
      );
    }
    if (error instanceof Error && !("kind" in error)) {
      throw usageError(`cannot read ${path}: ${reasonOf(error)}`);
    }
    throw error;
  }
}

async function readSource(path: string): Promise<Source> {
  return { name: path, text: await Deno.readTextFile(path) };
}

async function filesIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) found.push(...await filesIn(path));
    else if (entry.name.endsWith(EXTENSION)) found.push(path);
  }
  return found.sort();
}
