/**
 * Completion for fish.
 *
 * @module
 */
import { brief } from "../help.ts";
import {
  type AnyOption,
  choicesOf,
  fileNames,
  following,
  inSingleQuotes,
  namesOf,
  overlayNames,
  pathKind,
  typed,
  type Vocabulary,
} from "./vocabulary.ts";

/** The script. */
export function fishScript(
  { options, types, commands, topics, commandOptions, apart }: Vocabulary,
): string {
  const elsewhere = `-n 'not __wirecat_after ${Object.keys(apart).join(" ")}' `;
  const rows = [
    ...options.map((option) => fishOption(option, elsewhere)),
    ...Object.entries({ ...commandOptions, ...apart }).flatMap(([command, own]) =>
      own.map((option) => fishOption(option, `-n '__wirecat_after ${command}' `))
    ),
  ];
  const entries = types.flatMap((type) =>
    namesOf(type).map((name) =>
      `    printf '%s\\t%s\\n' "$before"${name} ${fishQuoted(brief(type.summary))}`
    )
  );
  const words = commands.map(({ name, summary }) =>
    `complete -c wirecat -n __fish_is_first_token -a ${name} -d ${fishQuoted(brief(summary))}`
  );
  const behind = commands.map((command) => {
    const after = `complete -c wirecat -n '__wirecat_after ${command.name}'`;
    const words = following(command, topics);
    if (typeof words !== "string") return `${after} -a ${fishQuoted(words.join(" "))}`;
    if (words === "files") return `${after} -F`;
    return words === "address" ? `${after} -a 'ws:// wss:// https://'` : "";
  }).filter((line) => line !== "");
  return `# fish completion for wirecat:
#   mkdir -p ~/.config/fish/completions
#   wirecat completions fish >~/.config/fish/completions/wirecat.fish
function __wirecat_specifier
    set -l cur (commandline -ct)
    set -l before ''
    while set -l overlay (string match -r '^(?:${overlayNames(types).join("|")}):' -- $cur)
        set before $before$overlay
        set cur (string replace -- $overlay '' $cur)
    end
    if set -l file (string match -r '^(?:${fileNames(types).join("|")}):' -- $cur)
        __fish_complete_path (string replace -- $file '' $cur) | string replace -r '^' -- $before$file
        return
    end
${entries.join("\n")}
end
function __wirecat_profiles
    type -q wirecat; and wirecat config profiles 2>/dev/null | string replace -r '^' @
end
function __wirecat_after
    set -l words (commandline -opc)
    test (count $words) -gt 1; and contains -- $words[2] $argv
end
complete -c wirecat -f
complete -c wirecat -n 'not __wirecat_after ${
    commands.map(({ name }) => name).join(" ")
  }' -a '(__wirecat_specifier)'
complete -c wirecat -n 'string match -q "@*" -- (commandline -ct)' -a '(__wirecat_profiles)'
${words.join("\n")}
${behind.join("\n")}
${rows.join("\n")}
`;
}

function fishQuoted(text: string): string {
  return `'${text.replace(/['\\]/g, "\\$&")}'`;
}

function fishOption(option: AnyOption, condition: string): string {
  const names = typed(option).map((name) => {
    const bare = name.replace(/^--?/, "");
    return bare.length === 1 ? `-s ${inSingleQuotes(bare)}` : `-l ${bare}`;
  });
  return `complete -c wirecat ${condition}${names.join(" ")} ${fishValue(option)}-d ${
    fishQuoted(brief(option.help))
  }`;
}

function fishValue(option: AnyOption): string {
  if (option.value === undefined) return "";
  const words = choicesOf(option);
  const takes = option.valueOptional ? "-f" : "-x";
  if (words.length > 0) return `${takes} -a '${words.join(" ")}' `;
  if (pathKind(option) === "file") return "-r -F ";
  if (pathKind(option) === "folder") return "-x -a '(__fish_complete_directories)' ";
  if (option.value === "SPECIFIER") return "-x -a '(__wirecat_specifier)' ";
  return `${takes} `;
}
