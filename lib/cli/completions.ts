/**
 * Shell completions, made from the option table and the registry.
 *
 * @module
 */
import { usageError } from "../core/errors.ts";
import type { Option } from "../core/option.ts";
import type { Registry, SpecifierType } from "../core/registry.ts";
import { sentence } from "./help.ts";
import { coreOptions } from "./options.ts";

/** The shells that there are completions for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** One of {@linkcode SHELLS}. */
export type Shell = typeof SHELLS[number];

/** The shell of this name. Throws a usage error. */
export function shellOf(name: string): Shell {
  const shell = SHELLS.find((known) => known === name);
  if (shell !== undefined) return shell;
  throw usageError(`--completions: '${name}' is none of ${SHELLS.join(", ")}`);
}

// deno-lint-ignore no-explicit-any -- a table of options of all types
type AnyOption = Option<any>;

/** A script for the shell to read, that completes options, their values and specifiers. */
export function completionScript(shell: Shell, registry: Registry): string {
  const options = [...coreOptions, ...registry.options];
  const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript };
  return scripts[shell](options, registry.specifiers);
}

/** The names of an option as they are typed. */
function typed(option: AnyOption): string[] {
  return [option.long, option.short, ...option.aliases ?? []]
    .filter((name) => name !== undefined)
    .map((name) => name.length === 1 ? `-${name}` : `--${name}`);
}

/** The words that an option's value can be, where they are known. */
function choicesOf(option: AnyOption): string[] {
  const words = option.value?.split("|") ?? [];
  return words.length > 1 && words.every((word: string) => /^[a-z]+$/.test(word)) ? words : [];
}

/** A specifier's names as they are typed. */
function namesOf(type: SpecifierType): string[] {
  return type.names.map((name) => name === "-" ? name : `${name}:`);
}

/** The names after which another specifier follows. */
function overlayNames(types: readonly SpecifierType[]): string[] {
  return types.filter((type) => type.kind === "overlay").flatMap((type) => type.names);
}

/** The names after which the path of a file follows. */
function fileNames(types: readonly SpecifierType[]): string[] {
  return types.filter((type) => type.kind !== "overlay" && type.argument === "PATH")
    .flatMap((type) => type.names);
}

/** The first sentence, without its full stop. */
function brief(text: string): string {
  return sentence(text).split(/(?<=[a-z0-9)])[.;:] /)[0].replace(/\.$/, "");
}

function inSingleQuotes(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

// --- bash ---

function bashScript(options: readonly AnyOption[], types: readonly SpecifierType[]): string {
  const cases = options.filter((option) => option.value !== undefined).map((option) => {
    const names = typed(option);
    // A value that may be left out is taken from behind a = only.
    const patterns = option.valueOptional
      ? names.map((name) => `${name}=`)
      : names.flatMap((name) => [name, `${name}=`]);
    return `    ${patterns.join("|")}) ${bashValue(option)} ;;`;
  });
  const names = options.flatMap(typed);
  return `# bash completion for wirecat. Try: source <(wirecat --completions=bash)
_wirecat() {
  local IFS=$' \\t\\n' line=\${COMP_LINE:0:COMP_POINT}
  local typed=\${line##*[[:space:]]} words before="" found=""
  read -ra words <<<"\${line%"$typed"}"
  local option=\${words[\${#words[@]}-1]} cur=$typed
  if [[ $typed == --*=* ]]; then
    option=\${typed%%=*}= cur=\${typed#*=} before=$option
  fi
  case $option in
${cases.join("\n")}
    *)
      if [[ $cur == -* ]]; then
        found=$(compgen -W ${inSingleQuotes(["-", ...names].join(" "))} -- "$cur")
      else
        _wirecat_specifier
      fi ;;
  esac
  # Readline replaces the part behind the last of its own word breaks.
  local breaks="" kept=""
  [[ $COMP_WORDBREAKS == *:* ]] && breaks+=:
  [[ $COMP_WORDBREAKS == *=* ]] && breaks+==
  [[ $breaks ]] && kept=\${typed%"\${typed##*["$breaks"]}"}
  local IFS=$'\\n' one
  COMPREPLY=()
  for one in $found; do
    one=$before$one
    [[ $one == *[:/] ]] && type compopt &>/dev/null && compopt -o nospace 2>/dev/null
    COMPREPLY+=("\${one#"$kept"}")
  done
}
_wirecat_file() {
  local IFS=$'\\n' one
  for one in $(compgen -f -- "$cur"); do
    [[ -d $one ]] && one+=/
    found+=$one$'\\n'
  done
}
_wirecat_specifier() {
  while [[ $cur == *:* ]]; do
    case \${cur%%:*} in
      ${overlayNames(types).join("|")}) ;;
      ${fileNames(types).join("|")})
        before+=\${cur%%:*}: cur=\${cur#*:}
        _wirecat_file
        return ;;
      *) return ;;
    esac
    before+=\${cur%%:*}: cur=\${cur#*:}
  done
  found=$(compgen -W ${inSingleQuotes(types.flatMap(namesOf).join(" "))} -- "$cur")
}
complete -F _wirecat wirecat
`;
}

function bashValue(option: AnyOption): string {
  if (option.value === "FILE") return "_wirecat_file";
  if (option.value === "FOLDER") return `found=$(compgen -d -S / -- "$cur")`;
  if (option.value === "SPECIFIER") return "_wirecat_specifier";
  if (option.rest || option.value === "PROGRAM") return `found=$(compgen -c -- "$cur")`;
  const words = choicesOf(option);
  return words.length > 0 ? `found=$(compgen -W '${words.join(" ")}' -- "$cur")` : ":";
}

// --- zsh ---

function zshScript(options: readonly AnyOption[], types: readonly SpecifierType[]): string {
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
  return `#compdef wirecat
# zsh completion for wirecat: put it into a folder of $fpath as _wirecat, or
# source <(wirecat --completions=zsh) after compinit
_wirecat_specifier() {
  local -a specifiers=(
${entries.join("\n")}
  )
  while compset -P '(${overlayNames(types).join("|")}):'; do :; done
  if compset -P '(${fileNames(types).join("|")}):'; then
    _files
  else
    _describe -t specifiers specifier specifiers -S ''
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

// --- fish ---

function fishScript(options: readonly AnyOption[], types: readonly SpecifierType[]): string {
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
  return `# fish completion for wirecat: wirecat --completions=fish >~/.config/fish/completions/wirecat.fish
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
