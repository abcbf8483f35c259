/**
 * `docs/options.md`.
 *
 * @module
 */
import { GROUP_TITLES, optionHead, optionText } from "../../lib/cli/help.ts";
import { coreOptions } from "../../lib/cli/options.ts";
import type { Registry } from "../../lib/core/registry.ts";
import { anchor, code, MADE, prose } from "./markdown.ts";

const INTRODUCTION = `${MADE}

# Options

Every option of \`wirecat\`, from the table that the program itself reads. The value of a long option
is the next word or follows a \`=\`; that of a short one is the next word or the rest of the same
word: \`-B 64k\`, \`-B64k\`, \`--buffer-size=64k\`. Short options without a value can be put together:
\`-bE\`. Options and specifiers can be mixed; after \`--\` there are no options. Sizes take \`k\`, \`M\` and
\`G\` (1024 each), times are in seconds unless the option says otherwise.
`;

/** The page with every option by its group. */
export function optionsPage(registry: Registry): string {
  const options = [...coreOptions, ...registry.options];
  const groups = Object.entries(GROUP_TITLES)
    .map(([group, title]) => ({ title, rows: options.filter((row) => row.group === group) }))
    .filter(({ rows }) => rows.length > 0);
  const contents = groups.map(({ title }) => `[${title}](#${anchor(title)})`).join(" · ");
  const sections = groups.map(({ title, rows }) =>
    [
      `## ${title}`,
      "",
      "| option | what it does |",
      "| --- | --- |",
      ...rows.map((row) => `| ${code(optionHead(row))} | ${prose(optionText(row))} |`),
    ].join("\n")
  );
  return `${INTRODUCTION}\n${contents}\n\n${sections.join("\n\n")}\n`;
}
