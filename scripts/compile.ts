/**
 * `deno task compile`: one executable per platform into `dist/`, packed as people expect it, and
 * their checksums.
 *
 *     deno task compile [--target TARGET]… [--all] [--import-map FILE]
 *
 * Without a target it is for this machine. Takes the dependencies from JSR, as a release does;
 * `--import-map scripts/npm/imports.json` takes them from npm where JSR is out of reach, which
 * embeds a little more. The runtime that goes into each executable (denort) comes from
 * dl.deno.land, once for each target; the variable DENORT_BIN names a file to take instead, for
 * one target only.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { manualPage } from "../lib/cli/manual.ts";
import { completionScript } from "../lib/cli/completions/script.ts";
import { registry } from "../specs/mod.ts";
import { bundle } from "./release/bundle.ts";
import { type ArchiveFile, checksumLine, tarGz, zip } from "./release/archive.ts";
import { stage, type Staging } from "./release/staging.ts";

/** What users call each target of `deno compile`. */
export const PLATFORMS: Readonly<Record<string, string>> = {
  "x86_64-unknown-linux-gnu": "linux-x86_64",
  "aarch64-unknown-linux-gnu": "linux-arm64",
  "x86_64-apple-darwin": "macos-x86_64",
  "aarch64-apple-darwin": "macos-arm64",
  "x86_64-pc-windows-msvc": "windows-x86_64",
};

/** What is to be compiled. */
export interface CompilePlan {
  /** The targets, by the names that `deno compile` has for them. */
  readonly targets: readonly string[];
  /** Where the dependencies are taken from, if not as deno.json says. */
  readonly importMap?: string;
}

/** What the words of the command line ask for. Throws with one line for a person. */
export function planOf(
  words: readonly string[],
  denort: string | undefined = Deno.env.get("DENORT_BIN"),
  machine: string = Deno.build.target,
): CompilePlan {
  const args = parseArgs([...words], {
    string: ["target", "import-map", "_"],
    boolean: ["all"],
    collect: ["target"],
    unknown: (word: string) => {
      throw new Error(`compile takes --target TARGET, --all and --import-map FILE, not ${word}`);
    },
  });
  const targets: string[] = args.all
    ? Object.keys(PLATFORMS)
    : args.target.length > 0
    ? args.target
    : [machine];
  const wrong = targets.find((target) => !(target in PLATFORMS));
  if (wrong !== undefined) {
    throw new Error(
      `there is no target ${wrong}; the targets are ${Object.keys(PLATFORMS).join(", ")}`,
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
  const missing = /Module not found "file:.*?\/wirecat\/([^"]*)"/.exec(stderr);
  if (missing !== null) {
    return `there is no ${missing[1]} among the files that git knows\n` +
      `  if it is a new one: git add ${missing[1]}`;
  }
  if (!/denort/.test(stderr)) return `cannot compile for ${target}`;
  const file = `denort-${target}.zip`;
  return `cannot get the runtime for ${target}: dl.deno.land was not reached\n` +
    `  unpack https://dl.deno.land/release/v${Deno.version.deno}/${file} and name the file in it: ` +
    `DENORT_BIN=FILE deno task compile --target ${target}`;
}

/** The name of the folder in the archive, and of the archive without its ending. */
export function archiveName(version: string, target: string): string {
  return `wirecat-${version}-${PLATFORMS[target]}`;
}

/**
 * The words of `deno compile`. All permissions are granted: without `-A` the runtime keeps
 * /dev and /proc closed, which reading a terminal, `open-async:` and nohup(1) need. The code cache
 * would be a file in the folder for temporary files that every user of the machine can write.
 */
export function compileWords(target: string, output: string): string[] {
  return [
    ...["compile", "-q", "-A", "--no-prompt", "--no-config", "--no-check", "--no-code-cache"],
    ...["--target", target, "--output", output, "main.js"],
  ];
}

async function compile(
  target: string,
  plan: CompilePlan,
  { folder, time }: Staging,
): Promise<string> {
  const output = `${folder}/dist/wirecat${target.includes("windows") ? ".exe" : ""}`;
  const program = `${folder}/dist/program`;
  try {
    await bundle({ folder, output: program, time, importMap: plan.importMap });
  } catch (error) {
    throw failure(target, (error as Error).message);
  }
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: compileWords(target, output),
    cwd: program,
    stdin: "null",
    stdout: "inherit",
    stderr: "piped",
  }).output();
  if (!success) throw failure(target, new TextDecoder().decode(stderr));
  return output;
}

function failure(target: string, stderr: string): Error {
  const text = failureText(target, stderr);
  if (!text.includes("\n")) console.error(stderr);
  return new Error(text);
}

/** The executable and what belongs beside it. */
async function contents(
  root: string,
  executable: string,
  { folder }: Staging,
): Promise<ArchiveFile[]> {
  const encoder = new TextEncoder();
  const texts: Record<string, string> = {
    "completions/wirecat.bash": completionScript("bash", registry),
    "completions/wirecat.fish": completionScript("fish", registry),
    "completions/wirecat.ps1": completionScript("powershell", registry),
    "completions/_wirecat": completionScript("zsh", registry),
    "wirecat.1": manualPage(registry),
  };
  const files = ["CHANGELOG.md", "LICENSE", "README.md", "THIRD_PARTY_LICENSES.md"];
  return [
    {
      path: `${root}/${executable.slice(executable.lastIndexOf("/") + 1)}`,
      bytes: await Deno.readFile(executable),
      executable: true,
    },
    ...await Promise.all(files.map(async (name) => ({
      path: `${root}/${name}`,
      bytes: await Deno.readFile(`${folder}/${name}`),
    }))),
    ...Object.entries(texts).map(([name, text]) => ({
      path: `${root}/${name}`,
      bytes: encoder.encode(text),
    })),
  ].sort((a, b) => a.path < b.path ? -1 : 1);
}

async function release(plan: CompilePlan): Promise<void> {
  await Deno.mkdir("dist", { recursive: true });
  await using staging = await stage();
  let sums = "";
  for (const target of plan.targets) {
    const root = archiveName(staging.version, target);
    await staging.stamp(target);
    const executable = await compile(target, plan, staging);
    const windows = target.includes("windows");
    const name = `${root}${windows ? ".zip" : ".tar.gz"}`;
    const files = await contents(root, executable, staging);
    const archive = windows ? zip(files, staging.time) : await tarGz(files, staging.time);
    await Deno.writeFile(`dist/${name}`, archive);
    sums += await checksumLine("dist", name);
    const size = (await Deno.stat(executable)).size;
    if (target === Deno.build.target) {
      const own = executable.slice(executable.lastIndexOf("/") + 1);
      // One that is running cannot be written over, but it can make room.
      await Deno.remove(`dist/${own}`).catch(() => {});
      await Deno.copyFile(executable, `dist/${own}`);
      console.log(`dist/${own}: ${inMegabytes(size)}, starts in ${await startUp(`dist/${own}`)}`);
    }
    console.log(`dist/${name}: ${inMegabytes(archive.length)}, unpacked ${inMegabytes(size)}`);
  }
  await Deno.writeTextFile("dist/SHA256SUMS", sums);
  console.log("dist/SHA256SUMS");
}

function inMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** The middle of some runs of `--version`, in words. */
async function startUp(executable: string): Promise<string> {
  const times: number[] = [];
  for (let run = 0; run < 9; run++) {
    const began = performance.now();
    const { success } = await new Deno.Command(executable, { args: ["--version"] }).output();
    if (!success) throw new Error(`${executable} --version failed`);
    times.push(performance.now() - began);
  }
  return `${times.sort((a, b) => a - b)[4].toFixed(0)} ms`;
}

if (import.meta.main) {
  try {
    await release(planOf(Deno.args));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(1);
  }
}
