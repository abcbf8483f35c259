/**
 * The library that moves a wrapped program's port, compiled when it is first needed.
 *
 * @module
 */
import { reasonOf, WirecatError } from "../core/errors.ts";
import { REBIND_SOURCE } from "./rebind_source.ts";

/** What compilers are called; `CC` names another. */
const COMPILERS = ["cc", "gcc", "clang"];

/** The path of the library. Throws a `WirecatError` that says why there is none. */
export async function rebindLibrary(): Promise<string> {
  if (Deno.build.os !== "linux") {
    throw failure("LD_PRELOAD as it is used here is for Linux only");
  }
  const directory = `${cacheDirectory()}/wirecat`;
  const path = `${directory}/rebind-${await digest(REBIND_SOURCE + Deno.build.target)}.so`;
  if (isOwnFile(path)) return path;
  try {
    await Deno.mkdir(directory, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw failure(`${directory} cannot be made: ${reasonOf(cause)}`);
  }
  const unfinished = `${path}.${Deno.pid}`;
  await compile(unfinished);
  await Deno.rename(unfinished, path);
  return path;
}

function failure(why: string): WirecatError {
  return new WirecatError("other", `the program's port cannot be moved: ${why}`, {
    hint: "let it listen on the port of the variable PORT, or of {port} in its arguments",
  });
}

/** Whether there is a file that no other user can have put there. */
function isOwnFile(path: string): boolean {
  try {
    const { isFile, uid, mode } = Deno.lstatSync(path);
    return isFile && uid === Deno.uid() && ((mode ?? 0) & 0o022) === 0;
  } catch {
    return false;
  }
}

function cacheDirectory(): string {
  const cache = Deno.env.get("XDG_CACHE_HOME");
  if (cache?.startsWith("/")) return cache;
  const home = Deno.env.get("HOME");
  if (home?.startsWith("/")) return `${home}/.cache`;
  throw failure("neither XDG_CACHE_HOME nor HOME says where a library can be kept");
}

async function digest(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(hash, 0, 8).toHex();
}

async function compile(output: string): Promise<void> {
  const named = Deno.env.get("CC");
  const args = ["-shared", "-fPIC", "-O2", "-x", "c", "-", "-o", output, "-ldl"];
  for (const compiler of named ? [named, ...COMPILERS] : COMPILERS) {
    let child: Deno.ChildProcess;
    try {
      child = new Deno.Command(compiler, {
        args,
        stdin: "piped",
        stdout: "null",
        stderr: "piped",
      }).spawn();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) continue;
      throw failure(`${compiler} cannot be run: ${reasonOf(error)}`);
    }
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(REBIND_SOURCE)).catch(() => {});
    await writer.close().catch(() => {});
    const { success, stderr } = await child.output();
    if (success) return await Deno.chmod(output, 0o600);
    const said = new TextDecoder().decode(stderr).trim().split("\n")[0];
    throw failure(`${compiler} does not compile the library: ${said}`);
  }
  throw failure("there is no C compiler (cc, gcc or clang) to make the library with");
}
