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
  pathKind,
  typed,
  type Vocabulary,
} from "./vocabulary.ts";

/** The script. */
export function bashScript(
  { options, types, commands, topics, commandOptions, apart }: Vocabulary,
): string {
  const rows = [options, ...Object.values(commandOptions), ...Object.values(apart)].flat();
  const cases = rows.filter((option) => option.value !== undefined).map((option) => {
    const names = typed(option);
    // A value that may be left out is taken from behind a = only.
    const patterns = option.valueOptional
      ? names.map((name) => `${name}=`)
      : names.flatMap((name) => [name, `${name}=`]);
    return `    ${patterns.join("|")}) ${bashValue(option)} ;;`;
  });
  const words = (rows: readonly AnyOption[]) => inSingleQuotes(rows.flatMap(typed).join(" "));
  const own = [
    ...Object.entries(commandOptions).map(([name, rows]) =>
      `    ${name}) options+=" "${words(rows)} ;;`
    ),
    ...Object.entries(apart).map(([name, rows]) => `    ${name}) options=${words(rows)} ;;`),
  ];
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
  local IFS=$' \\t\\n' line=\${COMP_LINE:0:COMP_POINT} c quote="" i base=0 begun=""
  local cur="" before="" found="" bare="" words=()
  # The words without their quotes. What readline replaces begins at base, behind its last own break.
  for ((i = 0; i < \${#line}; i++)); do
    c=\${line:i:1}
    if [[ $quote && $c == "$quote" ]]; then
      quote=""
    elif [[ $quote == \\' || ($quote == \\" && $c != \\\\) ]]; then
      cur+=$c
    elif [[ $c == \\\\ ]]; then
      i=$((i + 1)) begun=1
      [[ $quote && \${line:i:1} != [\\\\\\"\\$\\\`] ]] && cur+=$c
      cur+=\${line:i:1}
    elif [[ $c == [\\"\\'] ]]; then
      quote=$c begun=1 base=\${#cur}
    elif [[ $c == [[:space:]] ]]; then
      [[ $begun ]] && words+=("$cur")
      cur="" begun="" base=0
    else
      [[ $c == @ && $COMP_WORDBREAKS == *@* ]] && base=\${#cur}
      cur+=$c begun=1
      [[ $c == [:=] && $COMP_WORDBREAKS == *"$c"* ]] && base=\${#cur}
    fi
  done
  local option="" command=\${words[1]-} options=${words(options)}
  [[ $command != help && \${#words[@]} -gt 0 ]] && option=\${words[\${#words[@]}-1]}
  if [[ $cur == --*=* ]]; then
    option=\${cur%%=*}= before=\${cur%%=*}= cur=\${cur#*=}
  fi
  case $command in
${own.join("\n")}
  esac
  case $option in
${cases.join("\n")}
    *)
      if [[ $cur == -* ]]; then
        found=$(compgen -W "- $options" -- "$cur")
      elif [[ $cur == @* ]]; then
        while IFS= read -r c; do
          [[ $c == "\${cur#@}"* ]] && found+=@$c$'\\n'
        done <<<"$("\${words[0]}" config profiles 2>/dev/null)"
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
  COMPREPLY=()
  while IFS= read -r c; do
    [[ $c ]] || continue
    [[ $c == *[:/] ]] && compopt -o nospace 2>/dev/null
    c=$before$c c=\${c:base}
    [[ $bare && ! $quote ]] && c=$(printf %q "$c")
    COMPREPLY+=("$c")
  done <<<"$found"
}
_wirecat_file() {
  local one slash=/
  # Readline quotes what needs it and marks folders, unless it is old, or would not find them.
  if compopt -o filenames 2>/dev/null; then
    ((base < \${#before})) || slash=""
  else
    bare=1
  fi
  while IFS= read -r one; do
    [[ $one && -d $one ]] && one+=$slash
    found+=$one$'\\n'
  done <<<"$(compgen "\${1:--f}" -- "$cur")"
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
  const path = pathKind(option);
  if (path === "file") return "_wirecat_file";
  if (path === "folder") return "_wirecat_file -d";
  if (option.value === "SPECIFIER") return "_wirecat_specifier";
  if (option.rest || option.value === "PROGRAM") return `found=$(compgen -c -- "$cur")`;
  const words = choicesOf(option);
  return words.length > 0 ? `found=$(compgen -W '${words.join(" ")}' -- "$cur")` : ":";
}
