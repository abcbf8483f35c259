/**
 * The program as plain JavaScript with its dependencies, for the executables and the npm package.
 * It starts faster than the sources (measured: 36 ms instead of 40 for an executable, and 8 MB
 * less memory), and what a run may not need stays in files of its own.
 *
 * @module
 */

/** What is to be bundled. */
export interface BundleOptions {
  /** The folder with the sources. */
  readonly folder: string;
  /** The folder that the files are written to; its entry is `main.js`. */
  readonly output: string;
  /** The time that the files bear, in seconds since 1970: an executable remembers it. */
  readonly time: number;
  /** Where the dependencies are taken from, if not as deno.json says. */
  readonly importMap?: string;
}

/** Bundles. Throws what `deno bundle` said. */
export async function bundle({ folder, output, time, importMap }: BundleOptions): Promise<void> {
  const map = importMap === undefined ? [] : [`--import-map=${importMap}`];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["bundle", "-q", "--platform=deno", "--code-splitting", "--keep-names"],
      ...map,
      ...[`--outdir=${output}`, "main.ts"],
    ],
    cwd: folder,
    stderr: "piped",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  for await (const { name } of Deno.readDir(output)) {
    await Deno.utime(`${output}/${name}`, time, time);
  }
}
