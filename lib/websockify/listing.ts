/**
 * The page that lists a directory.
 *
 * @module
 */

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (char) => ENTITIES[char]);
}

/** The page of the directory at `path`, which ends with a slash. Directories have one, too. */
export function listingPage(path: string, names: readonly string[]): string {
  const title = `Directory ${escaped(path)}`;
  const items = names.map((name) => {
    const directory = name.endsWith("/");
    const href = encodeURIComponent(directory ? name.slice(0, -1) : name) + (directory ? "/" : "");
    return `<li><a href="./${href}">${escaped(name)}</a></li>`;
  });
  return `<!DOCTYPE html>
<html>
<head><meta charset="utf-8"><title>${title}</title></head>
<body>
<h1>${title}</h1>
<ul>
${items.join("\n")}
</ul>
</body>
</html>
`;
}
