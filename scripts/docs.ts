/**
 * `deno task docs`: writes the pages in `docs/` that are made from the registry and the option
 * table. With `--check` it writes nothing and fails if one of them is stale.
 *
 * @module
 */
import { manualPage } from "../lib/cli/manual.ts";
import { registry } from "../specs/mod.ts";
import { optionsPage } from "./docs/options.ts";
import { specifiersPage } from "./docs/specifiers.ts";

/** The text of each page, by its path in the checkout. */
export function pages(): Record<string, string> {
  return {
    "docs/options.md": optionsPage(registry),
    "docs/specifiers.md": specifiersPage(registry),
    "docs/wirecat.1": manualPage(registry),
  };
}

/** Where a path in the checkout is. */
function inCheckout(path: string): URL {
  return new URL(`../${path}`, import.meta.url);
}

/** The paths of the pages whose files say something else. */
export function stalePages(): string[] {
  return Object.entries(pages()).filter(([path, text]) => {
    try {
      return Deno.readTextFileSync(inCheckout(path)) !== text;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return true;
      throw error;
    }
  }).map(([path]) => path);
}

if (import.meta.main) {
  const stale = stalePages();
  if (Deno.args.includes("--check")) {
    for (const path of stale) console.error(`${path} is stale: run deno task docs`);
    Deno.exit(stale.length === 0 ? 0 : 1);
  }
  for (const path of stale) {
    Deno.writeTextFileSync(inCheckout(path), pages()[path]);
    console.log(`wrote ${path}`);
  }
}
