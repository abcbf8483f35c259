/**
 * What `--version` prints, and `--version -v`, which is for reports of problems.
 *
 * @module
 */
import { BUILD } from "../build.ts";
import { WIRECAT_VERSION } from "../version.ts";

/** One line; `verbose`: a few, with the commit, the runtime and the machine. */
export function versionText(verbose: boolean): string {
  const lines = [`wirecat ${WIRECAT_VERSION}`];
  if (verbose) {
    const { deno, v8, typescript } = Deno.version;
    lines.push(
      `build: ${BUILD.target ?? "from source"}`,
      ...(BUILD.commit === undefined ? [] : [`commit: ${BUILD.commit}`]),
      `runtime: Deno ${deno} (V8 ${v8}${typescript === "" ? "" : `, TypeScript ${typescript}`})`,
      `platform: ${Deno.build.target}`,
    );
  }
  return lines.join("\n") + "\n";
}
