/**
 * Completion for PowerShell.
 *
 * @module
 */
import { brief } from "../help.ts";
import {
  type AnyOption,
  choicesOf,
  fileNames,
  following,
  namesOf,
  overlayNames,
  pathKind,
  typed,
  type Vocabulary,
} from "./vocabulary.ts";

/** The script. */
export function powershellScript(
  { options: general, types, commands, topics, commandOptions, apart }: Vocabulary,
): string {
  const rowsOf = (options: readonly AnyOption[]) => [
    ...options.flatMap((option) =>
      typed(option).map((name) => row("options", name, quoted(brief(option.help))))
    ),
    ...options.filter((option) => option.value !== undefined)
      .flatMap((option) => typed(option).map((name) => row("values", name, values(option)))),
  ];
  const apartRows = Object.entries(apart).map(([name, options]) =>
    `  if ($command -ceq ${quoted(name)}) {\n${rowsOf(options).join("\n")}\n  } else {`
  );
  const optionRows = [
    ...apartRows,
    ...rowsOf([...general, ...Object.values(commandOptions).flat()]),
    "  }".repeat(apartRows.length),
  ];
  const specifierRows = types.flatMap((type) =>
    namesOf(type).map((name) => row("specifiers", name, quoted(brief(type.summary))))
  );
  const commandRows = commands.map(({ name, summary }) =>
    row("commands", name, quoted(brief(summary)))
  );
  const behindRows = commands.map((command) => {
    const words = following(command, topics);
    const value = typeof words === "string" ? quoted(words) : `@(${words.map(quoted).join(", ")})`;
    return row("behind", command.name, value);
  });
  return `# PowerShell completion for wirecat. Put this into $PROFILE:
#   wirecat completions powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName wirecat -ScriptBlock {
  param($word, $line, $position)
  # Names differ by case, which the tables of the shell's own do not see.
  function New-Table { New-Object System.Collections.Specialized.OrderedDictionary @([StringComparer]::Ordinal) }
  $options = New-Table
  $values = New-Table
  $specifiers = New-Table
  $commands = New-Table
  $behind = New-Table
  $typed = @($line.CommandElements | Where-Object { $_.Extent.EndOffset -lt $position } | ForEach-Object { $_.ToString() })
  $command = if ($typed.Count -gt 1) { $typed[1] } else { '' }
  $last = $typed[-1]
${optionRows.join("\n")}
${specifierRows.join("\n")}
${commandRows.join("\n")}
${behindRows.join("\n")}
  function Complete-From($table, $typed, $before) {
    foreach ($name in $table.Keys) {
      if ($name.StartsWith($typed, [StringComparison]::Ordinal)) {
        [System.Management.Automation.CompletionResult]::new("$before$name", $name, 'ParameterValue', $table[$name])
      }
    }
  }
  function Complete-File($typed, $before) {
    foreach ($file in [System.Management.Automation.CompletionCompleters]::CompleteFilename($typed)) {
      [System.Management.Automation.CompletionResult]::new("$before$($file.CompletionText)", $file.ListItemText, 'ProviderItem', $file.ToolTip)
    }
  }
  function Complete-Specifier($typed) {
    $before = ''
    while ($typed -cmatch '^(${overlayNames(types).join("|")}):') {
      $before += $Matches[0]
      $typed = $typed.Substring($Matches[0].Length)
    }
    if ($typed -cmatch '^(${fileNames(types).join("|")}):') {
      Complete-File $typed.Substring($Matches[0].Length) "$before$($Matches[0])"
    } else {
      Complete-From $specifiers $typed $before
    }
  }
  function Complete-Value($kind, $typed, $before) {
    if ($kind -is [array]) {
      foreach ($one in $kind) {
        if ($one.StartsWith($typed)) {
          [System.Management.Automation.CompletionResult]::new("$before$one", $one, 'ParameterValue', $one)
        }
      }
    } elseif ($kind -eq 'FILE' -or $kind -eq 'files') { Complete-File $typed $before }
    elseif ($kind -eq 'SPECIFIER') { Complete-Specifier $typed }
  }
  if ($word -cmatch '^(--[^=]+)=(.*)$' -and $values.Contains($Matches[1])) {
    Complete-Value $values[$Matches[1]] $Matches[2] "$($Matches[1])="
  } elseif ($values.Contains($last)) {
    Complete-Value $values[$last] $word ''
  } elseif ($word.StartsWith('-')) {
    Complete-From $options $word ''
  } elseif ($behind.Contains($command)) {
    Complete-Value $behind[$command] $word ''
  } else {
    if ($typed.Count -le 1) { Complete-From $commands $word '' }
    Complete-Specifier $word
  }
}
`;
}

function row(table: string, name: string, value: string): string {
  return `  $${table}[${quoted(name)}] = ${value}`;
}

/** What a value is: the words it can be, or of which kind it is. */
function values(option: AnyOption): string {
  const words = choicesOf(option);
  if (words.length > 0) return `@(${words.map(quoted).join(", ")})`;
  return quoted(pathKind(option) === undefined ? option.value ?? "" : "FILE");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
