/**
 * Completion for zsh.
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
export function zshScript(
  { options, types, commands, topics, commandOptions, apart }: Vocabulary,
): string {
  const specs = options.map(zshOption);
  const rowsOf = (name: string, rows: readonly AnyOption[], becomes: string) =>
    `    ${name}) options${becomes}(\n${rows.map(zshOption).join("\n")}\n    ) ;;`;
  const own = [
    ...Object.entries(commandOptions).map(([name, rows]) => rowsOf(name, rows, "+=")),
    ...Object.entries(apart).map(([name, rows]) => rowsOf(name, rows, "=")),
  ];
  const behind = commands.map((command) => {
    const words = following(command, topics);
    const does = command.name === "help"
      ? `if [[ $PREFIX == -* ]]; then compadd -- ${options.flatMap(typed).join(" ")}\n` +
        `      else compadd -- ${topics.map(inSingleQuotes).join(" ")}; fi; return`
      : typeof words !== "string"
      ? `compadd -- ${words.map(inSingleQuotes).join(" ")}; return`
      : words === "files"
      ? "rest='*:conversation:_files'"
      : words === "address"
      ? "rest='*:address:_wirecat_address'"
      : "rest='*:word: '";
    return `      ${command.name}) ${does} ;;`;
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
  elif compset -P @; then
    compadd -- \${(f)"$(wirecat config profiles 2>/dev/null)"}
  else
    _describe -t specifiers specifier specifiers -S ''
    (( CURRENT > 2 )) || _describe -t commands command commands
  fi
}
_wirecat_address() {
  if compset -P @; then
    compadd -- \${(f)"$(wirecat config profiles 2>/dev/null)"}
  else
    compadd -S '' -- ws:// wss:// https://
  fi
}
_wirecat() {
  local rest='*:specifier:_wirecat_specifier'
  local -a options=(
${specs.join("\n")}
  )
  if (( CURRENT > 2 )); then
    case $words[2] in
${own.join("\n")}
    esac
    case $words[2] in
${behind.join("\n")}
    esac
  fi
  _arguments -s $options $rest
}
if [[ $funcstack[1] == _wirecat ]]; then
  _wirecat "$@"
else
  compdef _wirecat wirecat
fi
`;
}

/** What _arguments takes for an option, under each of its names. */
function zshOption(option: AnyOption): string {
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
}

function zshValue(option: AnyOption): string {
  const name = option.value!.replace(/[:\\]/g, "\\$&");
  const words = choicesOf(option);
  const colons = option.valueOptional ? "::" : ":";
  if (words.length > 0) return `${colons}${name}:(${words.join(" ")})`;
  const path = pathKind(option);
  if (path !== undefined) return `${colons}${name}:_files${path === "folder" ? " -/" : ""}`;
  const actions: Record<string, string> = {
    SPECIFIER: "_wirecat_specifier",
    PROGRAM: "_command_names",
  };
  return `${colons}${name}:${actions[option.value!] ?? ""}`;
}
