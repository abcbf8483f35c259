/**
 * `deno task compile`: one executable per platform into `dist/`, and their checksums.
 *
 *     deno task compile [--target TARGET]… [--import-map FILE]
 *
 * Takes the dependencies from JSR, as a release does; `--import-map scripts/npm/imports.json`
 * takes them from npm where JSR is out of reach, which embeds a little more. The runtime that
 * goes into each executable (denort) comes from dl.deno.land, once for each target; the variable
 * DENORT_BIN names a file to take instead, for one target only.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { encodeHex } from "@std/encoding/hex";

/** The name of the executable for each target of `deno compile`. */
export const EXECUTABLES: Readonly<Record<string, string>> = {
  "x86_64-unknown-linux-gnu": "wirecat-x86_64-linux",
  "aarch64-unknown-linux-gnu": "wirecat-aarch64-linux",
  "x86_64-apple-darwin": "wirecat-x86_64-macos",
  "aarch64-apple-darwin": "wirecat-aarch64-macos",
  "x86_64-pc-windows-msvc": "wirecat-x86_64-windows.exe",
  "aarch64-pc-windows-msvc": "wirecat-aarch64-windows.exe",
};

/** What is to be compiled. */
export interface CompilePlan {
  /** The targets, by the names that `deno compile` has for them. */
  readonly targets: readonly string[];
  /** Where the dependencies are taken from, if not as deno.json says. */
  readonly importMap?: string;
}

/** What the words of the command line ask for. Throws with one line for a person. */
export function planOf(words: readonly string[], denort = Deno.env.get("DENORT_BIN")): CompilePlan {
  const args = parseArgs([...words], {
    string: ["target", "import-map", "_"],
    collect: ["target"],
    unknown: (word: string) => {
      throw new Error(`compile takes --target TARGET and --import-map FILE, not ${word}`);
    },
  });
  const targets: string[] = args.target.length > 0 ? args.target : Object.keys(EXECUTABLES);
  const wrong = targets.find((target) => !(target in EXECUTABLES));
  if (wrong !== undefined) {
    throw new Error(
      `there is no target ${wrong}; the targets are ${Object.keys(EXECUTABLES).join(", ")}`,
    );
  }
  if (denort !== undefined && targets.length > 1) {
    throw new Error("DENORT_BIN is the runtime of one target: name that one with --target");
  }
  return { targets, importMap: args["import-map"] };
}

/** What to say when `deno compile` failed with this text on standard error. */
export function failureText(target: string, stderr: string): string {
  if (/JSR package manifest/.test(stderr)) {
    return "cannot get the dependencies: jsr.io was not reached\n" +
      "  take them from npm: deno task compile --import-map scripts/npm/imports.json";
  }
  if (!/denort/.test(stderr)) return `cannot compile for ${target}`;
  const file = `denort-${target}.zip`;
  return `cannot get the runtime for ${target}: dl.deno.land was not reached\n` +
    `  unpack https://dl.deno.land/release/v${Deno.version.deno}/${file} and name the file in it: ` +
    `DENORT_BIN=FILE deno task compile --target ${target}`;
}

/** A line as sha256sum(1) writes and checks it. */
export async function checksumLine(folder: string, name: string): Promise<string> {
  const bytes = await Deno.readFile(`${folder}/${name}`);
  return `${encodeHex(await crypto.subtle.digest("SHA-256", bytes))}  ${name}\n`;
}

async function compile(target: string, plan: CompilePlan, output: string): Promise<void> {
  const map = plan.importMap === undefined ? [] : [`--import-map=${plan.importMap}`];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["compile", "-q", "-A", "--target", target, ...map, "--output", output, "main.ts"],
    stdin: "null",
    stdout: "inherit",
    stderr: "piped",
  }).output();
  if (success) return;
  const text = new TextDecoder().decode(stderr);
  const failure = failureText(target, text);
  if (!failure.includes("\n")) console.error(text);
  throw new Error(failure);
}

if (import.meta.main) {
  try {
    const plan = planOf(Deno.args);
    await Deno.mkdir("dist", { recursive: true });
    let sums = "";
    for (const target of plan.targets) {
      const name = EXECUTABLES[target];
      await compile(target, plan, `dist/${name}`);
      sums += await checksumLine("dist", name);
      console.log(`dist/${name}`);
    }
    await Deno.writeTextFile("dist/SHA256SUMS", sums);
    console.log("dist/SHA256SUMS");
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(1);
  }
}
