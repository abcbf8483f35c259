/** The pages of docs/ that people write: their commands work, and their links lead somewhere. */
import { assert } from "@std/assert";
import { inCheckout } from "../checkout.ts";
import { testShellExamples } from "./shell_examples.ts";

const GENERATED = ["options.md", "specifiers.md"];

const pages = Array.from(Deno.readDirSync(inCheckout("docs")), ({ name }) => name)
  .filter((name) => name.endsWith(".md") && !GENERATED.includes(name)).sort()
  .map((name) => `docs/${name}`);

// The recipes are so many that they have a test file of their own.
for (const page of pages.filter((page) => page !== "docs/recipes.md")) testShellExamples(page);

/** What GitHub makes of a title for links to it. */
function anchor(title: string): string {
  return title.trim().toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-");
}

for (const page of [...pages, "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "README.md"]) {
  Deno.test(`${page}: its links lead to files and titles that there are`, () => {
    const text = Deno.readTextFileSync(inCheckout(page));
    const folder = page.includes("/") ? page.slice(0, page.lastIndexOf("/") + 1) : "";
    for (const [, path, title] of text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)) {
      const target = path === "" ? inCheckout(page) : inCheckout(folder + path);
      const found = Deno.statSync(target);
      assert(found.isFile || found.isDirectory, path);
      if (title === undefined) continue;
      const titles = [...Deno.readTextFileSync(target).matchAll(/^#+ (.*)$/gm)].map((m) =>
        anchor(m[1])
      );
      assert(titles.includes(title), `${path}#${title}`);
    }
  });
}

Deno.test("docs/README.md: lists every page", () => {
  const index = Deno.readTextFileSync(inCheckout("docs/README.md"));
  for (const page of [...pages, ...GENERATED.map((name) => `docs/${name}`)]) {
    if (page === "docs/README.md") continue;
    assert(index.includes(`](${page.slice("docs/".length)})`), page);
  }
});
