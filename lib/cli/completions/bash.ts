/**
 * Completion for bash.
 *
 * @module
 */
import {
  type AnyOption,
  choicesOf,
  fileNames,
  following,
  inSingleQuotes,
  namesOf,
  overlayNames,
  typed,
  type Vocabulary,
} from "./vocabulary.ts";

/** The script. */
export function bashScript(
  { options, types, commands, topics, commandOptions }: Vocabulary,
): string {
  const ofCommands = Object.values(commandOptions).flat();
  const cases = [...options, ...ofCommands].filter((option) => option.value !== undefined).map((
    option,
  ) => {
    const names = typed(option);
    // A value that may be left out is taken from behind a = only.
    const patterns = option.valueOptional
      ? names.map((name) => `${name}=`)
      : names.flatMap((name) => [name, `${name}=`]);
    return `    ${patterns.join("|")}) ${bashValue(option)} ;;`;
  });
  const names = options.flatMap(typed);
  const own = Object.entries(commandOptions).map(([name, rows]) =>
    `      ${name}) more=${inSingleQuotes(rows.flatMap(typed).join(" "))} ;;`
  );
  const behind = commands.map((command) => {
    const words = following(command, topics);
    const does = typeof words !== "string"
      ? `found=$(compgen -W ${inSingleQuotes(words.join(" "))} -- "$cur")`
      : words === "files"
      ? "_wirecat_file"
      : words === "address"
      ? `found=$(compgen -W 'ws:// wss:// https://' -- "$cur")`
      : ":";
    return `          ${command.name}) ${does} ;;`;
  });
  return `# bash completion for wirecat. Try: source <(wirecat completions bash)
_wirecat() {
  local IFS=$' \\t\\n' line=\${COMP_LINE:0:COMP_POINT}
  local typed=\${line##*[[:space:]]} words before="" found=""
  read -ra words <<<"\${line%"$typed"}"
  local option=\${words[\${#words[@]}-1]} cur=$typed
  if [[ $typed == --*=* ]]; then
    option=\${typed%%=*}= cur=\${typed#*=} before=$option
  fi
  local command=\${words[1]-} more=""
  case $command in
${own.join("\n")}
  esac
  case $option in
${cases.join("\n")}
    *)
      if [[ $cur == -* && $command != help ]]; then
        found=$(compgen -W ${inSingleQuotes(["-", ...names].join(" "))}" $more" -- "$cur")
      elif [[ $cur == @* ]]; then
        found=$(compgen -P @ -W "$("\${words[0]}" config profiles 2>/dev/null)" -- "\${cur#@}")
      else
        case $command in
${behind.join("\n")}
          *)
            _wirecat_specifier
            ((\${#words[@]} > 1)) || [[ $before ]] ||
              found+=$'\\n'$(compgen -W ${
    inSingleQuotes(commands.map(({ name }) => name).join(" "))
  } -- "$cur") ;;
        esac
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
