/**
 * Completion for zsh.
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
export function zshScript({ options, types, commands }: Vocabulary): string {
  const specs = options.map((option) => {
    const names = typed(option);
    const once = option.many ? "*" : names.length > 1 ? `(${names.join(" ")})` : "";
    const text = `[${brief(option.help).replace(/[\[\]:]/g, "\\$&")}]`;
    const value = option.value === undefined ? "" : zshValue(option);
    return names.map((name) => {
      const joint = option.value === undefined
        ? ""
        : option.valueOptional
        ? name.startsWith("--") ? "=-" : "-"
        : name.startsWith("--")
        ? "="
        : "+";
      return `    ${inSingleQuotes(once + name + joint + text + value)}`;
    }).join("\n");
  });
  const entries = types.map((type) =>
    namesOf(type).map((name) =>
      `    ${inSingleQuotes(`${name.replaceAll(":", "\\:")}:${brief(type.summary)}`)}`
    ).join("\n")
  );
  const words = commands.map(({ name, summary }) =>
    `    ${inSingleQuotes(`${name}:${brief(summary)}`)}`
  );
  return `#compdef wirecat
# zsh completion for wirecat: put it into a folder of $fpath as _wirecat, or
# source <(wirecat completions zsh) after compinit
_wirecat_specifier() {
  local -a specifiers=(
${entries.join("\n")}
  )
  local -a commands=(
${words.join("\n")}
  )
  while compset -P '(${overlayNames(types).join("|")}):'; do :; done
  if compset -P '(${fileNames(types).join("|")}):'; then
    _files
  else
    _describe -t specifiers specifier specifiers -S ''
    (( CURRENT > 2 )) || _describe -t commands command commands
  fi
}
_wirecat() {
  _arguments -s \\
${specs.join("\n").split("\n").map((line) => `${line} \\`).join("\n")}
    '*:specifier:_wirecat_specifier'
}
if [[ $funcstack[1] == _wirecat ]]; then
  _wirecat "$@"
else
  compdef _wirecat wirecat
fi
`;
}

function zshValue(option: AnyOption): string {
  const name = option.value!.replace(/[:\\]/g, "\\$&");
  const words = choicesOf(option);
  const colons = option.valueOptional ? "::" : ":";
  if (words.length > 0) return `${colons}${name}:(${words.join(" ")})`;
  const actions: Record<string, string> = {
    FILE: "_files",
    FOLDER: "_files -/",
    SPECIFIER: "_wirecat_specifier",
    PROGRAM: "_command_names",
  };
  return `${colons}${name}:${actions[option.value!] ?? ""}`;
}
