/**
 * Completion for fish.
 *
 * @module
 */
import {
  type AnyOption,
  brief,
  choicesOf,
  fileNames,
  inSingleQuotes,
  namesOf,
  overlayNames,
  typed,
  type Vocabulary,
} from "./vocabulary.ts";

/** The script. */
export function fishScript({ options, types, commands }: Vocabulary): string {
  const rows = options.map((option) => {
    const names = typed(option).map((name) => {
      const bare = name.replace(/^--?/, "");
      return bare.length === 1 ? `-s ${inSingleQuotes(bare)}` : `-l ${bare}`;
    });
    return `complete -c wirecat ${names.join(" ")} ${fishValue(option)}-d ${
      fishQuoted(brief(option.help))
    }`;
  });
  const entries = types.flatMap((type) =>
    namesOf(type).map((name) =>
      `    printf '%s\\t%s\\n' "$before"${name} ${fishQuoted(brief(type.summary))}`
    )
  );
  const words = commands.map(({ name, summary }) =>
    `complete -c wirecat -n __fish_is_first_token -a ${name} -d ${fishQuoted(brief(summary))}`
  );
  return `# fish completion for wirecat: wirecat completions fish >~/.config/fish/completions/wirecat.fish
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
complete -c wirecat -f -a '(__wirecat_specifier)'
${words.join("\n")}
${rows.join("\n")}
`;
}

function fishQuoted(text: string): string {
  return `'${text.replace(/['\\]/g, "\\$&")}'`;
}

function fishValue(option: AnyOption): string {
  if (option.value === undefined) return "";
  const words = choicesOf(option);
  const takes = option.valueOptional ? "-f" : "-x";
  if (words.length > 0) return `${takes} -a '${words.join(" ")}' `;
  if (option.value === "FILE") return "-r -F ";
  if (option.value === "FOLDER") return "-x -a '(__fish_complete_directories)' ";
  if (option.value === "SPECIFIER") return "-x -a '(__wirecat_specifier)' ";
  return `${takes} `;
}
