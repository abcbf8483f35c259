/**
 * `docs/specifiers.md`.
 *
 * @module
 */
import { sentence, specifierHead } from "../../lib/cli/help.ts";
import type { Registry, SpecifierType } from "../../lib/core/registry.ts";
import { anchor, code, MADE, prose } from "./markdown.ts";

const INTRODUCTION = `${MADE}

# Specifiers

A specifier says what to connect: any number of overlays, then one endpoint, each with its colon, as
in \`log:autoreconnect:tcp:127.0.0.1:22\`. What follows an endpoint's colon is its argument, as it is.
The leftmost overlay is the outermost: what is read passes it last, what is written passes it first.

Where one of the two sides has messages and the other one bytes, \`line2msg:\` and \`msg2line:\` are put
in, so that a line is a message; \`-b\` and \`--no-line\` leave them out.

## \`--dump-spec\`

Prints what a command line was understood as, and runs nothing. It is three lines, and stays as it is:
the left specifier and the right one, with everything that was put in, in canonical names (the first
one of each entry below); then the options that were given or came from the environment, as JSON
by their long names in alphabetical order. Flags are \`true\`, options that may be given many times are
arrays (\`-vv\` is a number), sizes are in bytes, and a time without end is \`"forever"\`.

\`\`\`sh
wirecat --dump-spec -B 64k ws-l:8080 reuse:-
\`\`\`

    msg2line:ws-upgrade:tcp-listen:8080
    broadcast:line2msg:-
    {"buffer-size":65536}
`;

/** The page with every endpoint and overlay. */
export function specifiersPage(registry: Registry): string {
  const overlays = registry.specifiers.filter((type) => type.kind === "overlay");
  const endpoints = registry.specifiers.filter((type) => type.kind !== "overlay");
  const sections = [section("Endpoints", endpoints), section("Overlays", overlays)];
  return `${INTRODUCTION}\n${sections.join("\n\n")}\n`;
}

function section(title: string, types: readonly SpecifierType[]): string {
  const rows = types.map((type) => {
    const head = specifierHead(type);
    return `| [${code(head)}](#${anchor(head)}) | ${prose(sentence(type.summary))} |`;
  });
  const table = ["| specifier | |", "| --- | --- |", ...rows].join("\n");
  return [`## ${title}`, table, ...types.map(entry)].join("\n\n");
}

function entry(type: SpecifierType): string {
  const paragraphs = [`### \`${specifierHead(type)}\``, prose(sentence(type.summary))];
  const aliases = type.names.slice(1).map((name) => `\`${name}:\``).join(", ");
  if (aliases !== "") paragraphs.push(`Also: ${aliases}`);
  if (type.doc !== undefined) paragraphs.push(prose(type.doc));
  const facts = factsOf(type);
  if (facts !== "") paragraphs.push(facts);
  if (type.examples !== undefined) {
    const lines = type.examples.map((example) => `wirecat ${example}`);
    paragraphs.push(["```sh", ...lines, "```"].join("\n"));
  }
  return paragraphs.join("\n\n");
}

/** What a session has to know of it. */
function factsOf(type: SpecifierType): string {
  if (type.kind === "alias") return "";
  const facts = {
    messages: "Has messages.",
    bytes: "Has bytes.",
    inherit: "Has messages or bytes, as what is below it.",
  }[type.orientation];
  const many = type.kind === "endpoint"
    ? type.listens ? " Yields a connection for each client." : ""
    : type.reuser
    ? " All clients share one connection."
    : type.single
    ? " Yields one connection, also over a listener."
    : "";
  return facts + many;
}
