/**
 * What a release's tag has to agree with: the version in deno.json, and an entry in CHANGELOG.md.
 *
 *     deno task version:check v0.1.0
 *     deno task changes v0.1.0
 *
 * @module
 */

/** The entry of a version in a changelog, without its title. Throws if there is none. */
export function changesOf(version: string, changelog: string): string {
  const sections = changelog.split(/^## /m).slice(1);
  const section = sections.find((text) => text.split(/[\s,]/)[0] === version);
  if (section === undefined) throw new Error(`CHANGELOG.md has no entry for ${version}`);
  return section.slice(section.indexOf("\n")).trim() + "\n";
}

/** The version of a tag. Throws if it is not `expected`. */
export function versionOf(tag: string, expected: string): string {
  const version = tag.replace(/^v/, "");
  if (version === expected) return version;
  throw new Error(`the tag is ${tag}, but deno.json has the version ${expected}`);
}

if (import.meta.main) {
  const [what, tag = ""] = Deno.args;
  try {
    const { version } = JSON.parse(await Deno.readTextFile("deno.json"));
    const changes = changesOf(versionOf(tag, version), await Deno.readTextFile("CHANGELOG.md"));
    if (what === "changes") await Deno.stdout.write(new TextEncoder().encode(changes));
  } catch (error) {
    console.error((error as Error).message);
    Deno.exit(1);
  }
}
