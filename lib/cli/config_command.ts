/**
 * `wirecat config`: where the file of defaults and profiles is, what it says, its schema.
 *
 * @module
 */
import { usageError } from "../core/errors.ts";
import type { Registry } from "../core/registry.ts";
import { configPaths, readConfig } from "./config.ts";
import { understandConfig } from "./config_file.ts";
import { configSchema } from "./config_schema.ts";
import { configOptions, coreOptions } from "./options.ts";
import { type Fallback, readWords } from "./parse.ts";
import { print } from "./print.ts";
import { maskAddress, maskWords } from "../core/secrets.ts";

/** Runs `wirecat config [show|path|profiles|schema]`. Throws a usage error. */
export async function runConfig(words: readonly string[], registry: Registry): Promise<number> {
  const said = readWords(words, configOptions);
  const [what = "show", ...more] = said.positional;
  if (more.length > 0) throw usageError(`wirecat config takes one word, not ${more.length + 1}`);
  const table = [...coreOptions, ...registry.options];
  if (what === "schema") {
    await print(JSON.stringify(configSchema(table), null, 2) + "\n");
    return 0;
  }
  const file = readConfig(said);
  if (what === "path") {
    const path = file?.path ?? configPaths()[0];
    if (path === undefined) {
      throw usageError("there is no home folder to keep it in", "use --config");
    }
    await print(path + "\n");
    return 0;
  }
  if (what !== "show" && what !== "profiles") {
    throw usageError(`wirecat config has no '${what}'`, "it has show, path, profiles and schema");
  }
  if (file === undefined) {
    throw usageError(
      "there is no file of defaults and profiles",
      `the place for it is ${configPaths()[0] ?? "a file that --config names"}`,
    );
  }
  const { defaults, profiles } = understandConfig(file, table);
  if (what === "profiles") {
    await print([...profiles.keys()].map((name) => `${name}\n`).join(""));
    return 0;
  }
  const shown = (settings: Fallback) =>
    Object.fromEntries([...settings].map(([name, words]) => {
      const row = table.find(({ long }) => long === name)!;
      if (words === false) return [name, false];
      if (row.value === undefined) return [name, row.many ? words.length : true];
      const masked = maskWords(row, words);
      return [name, row.many ? masked : masked[0]];
    }));
  const all = {
    file: file.path,
    defaults: shown(defaults),
    profiles: Object.fromEntries([...profiles].map(([name, { addresses, settings }]) => [
      name,
      { addresses: addresses.map(maskAddress), options: shown(settings) },
    ])),
  };
  await print(JSON.stringify(all, null, 2) + "\n");
  return 0;
}
