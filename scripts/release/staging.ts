/**
 * A copy of the sources that a release is made from: what git has, at one commit, with that commit
 * written into `lib/build.ts`. So nothing that lies about in the checkout gets into it, and the
 * same commit gives the same files.
 *
 * @module
 */

/** What a release is made from. */
export interface Staging extends AsyncDisposable {
  /** The folder. */
  readonly folder: string;
  /** The version in deno.json. */
  readonly version: string;
  /** The commit, with `-dirty` where the checkout has changes that are not in it. */
  readonly commit: string;
  /** When that commit was made, in seconds since 1970. */
  readonly time: number;
  /** Says in `lib/build.ts` what the next build is. */
  stamp(target: string): Promise<void>;
}

async function git(...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("git", { args }).output();
  if (!success) {
    throw new Error(`git ${args[0]} failed: ${new TextDecoder().decode(stderr).trim()}`);
  }
  return new TextDecoder().decode(stdout).trim();
}

/** Copies what git knows of, as it is in the checkout now. */
export async function stage(): Promise<Staging> {
  const changes = await git("status", "--porcelain", "--untracked-files=no");
  const commit = await git("rev-parse", "HEAD") + (changes === "" ? "" : "-dirty");
  const time = Number(await git("show", "-s", "--format=%ct", "HEAD"));
  // Always of one name, which an executable remembers.
  const parent = await Deno.makeTempDir();
  const folder = `${parent}/wirecat`;
  const files = async (...which: string[]) =>
    (await git("ls-files", "-z", ...which)).split("\0").filter((path) => path !== "");
  const gone = new Set(await files("--deleted"));
  for (const path of (await files()).filter((path) => !gone.has(path))) {
    const to = `${folder}/${path}`;
    await Deno.mkdir(to.slice(0, to.lastIndexOf("/")), { recursive: true });
    await Deno.copyFile(path, to);
    await Deno.utime(to, time, time); // An executable remembers that, too.
  }
  const { version } = JSON.parse(await Deno.readTextFile(`${folder}/deno.json`));
  const original = await Deno.readTextFile(`${folder}/lib/build.ts`);
  return {
    folder,
    version,
    commit,
    time,
    async stamp(target) {
      const build = JSON.stringify({ commit, target });
      await Deno.writeTextFile(
        `${folder}/lib/build.ts`,
        original.replace("BUILD: Build = {}", `BUILD: Build = ${build}`),
      );
      await Deno.utime(`${folder}/lib/build.ts`, time, time);
    },
    [Symbol.asyncDispose]: () => Deno.remove(parent, { recursive: true }),
  };
}
