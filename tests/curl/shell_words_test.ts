import { assertEquals, assertThrows } from "@std/assert";
import {
  bashWords,
  cmdWords,
  commandWords,
  powerShellWords,
  quoteWord,
} from "../../lib/curl/shell_words.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import { testWith } from "../interop/programs.ts";

Deno.test("shell words: quotes, escapes and lines that go on are read as bash does", () => {
  assertEquals(bashWords(`curl 'a b' "c \\"d\\" \\n" e\\ f ''`), [
    "curl",
    "a b",
    'c "d" \\n',
    "e f",
    "",
  ]);
  assertEquals(bashWords("curl 'x' \\\n  -H 'A: b' \\\r\n  --compressed\n"), [
    "curl",
    "x",
    "-H",
    "A: b",
    "--compressed",
  ]);
  assertEquals(bashWords("a'b'\"c\"d"), ["abcd"]);
});

Deno.test("shell words: $'…' has escapes", () => {
  assertEquals(bashWords("$'it\\'s\\n\\x41\\u00e9\\101\\u0021'"), ["it's\nAéA!"]);
});

testWith(["bash"], "shell words: bash itself agrees", async () => {
  const texts = [`'a b' "c\\$d" e\\ f`, `"x'y"'z"w'`, `$'tab\\there' "\\\\"`];
  for (const text of texts) {
    const { stdout } = await new Deno.Command("bash", { args: ["-c", `printf '%s\\0' ${text}`] })
      .output();
    assertEquals(bashWords(text), new TextDecoder().decode(stdout).split("\0").slice(0, -1));
  }
});

Deno.test("shell words: cmd's carets and quotes are read", () => {
  const command = 'curl ^"wss://x/?a=1^&b=2^" ^\r\n  -H ^"A: say ^\\^"hi^\\^" 100^%^" ^\r\n  -k';
  assertEquals(commandWords(command), ["curl", "wss://x/?a=1&b=2", "-H", 'A: say "hi" 100%', "-k"]);
  assertEquals(cmdWords('"a\\\\" b "c""d"'), ["a\\", "b", 'c"d']);
});

Deno.test("shell words: PowerShell's backticks and doubled quotes are read", () => {
  const command =
    'curl.exe "wss://h/" `\n  -H "Cookie: a=`"b`"; c=`$d" `\r\n -H \'X: it\'\'s ``\' ""';
  const words = ["curl.exe", "wss://h/", "-H", 'Cookie: a="b"; c=$d', "-H", "X: it's ``", ""];
  assertEquals(commandWords(command), words);
  assertEquals(powerShellWords('"a""b`t`\\"'), ['a"b\t\\']);
  assertThrows(() => powerShellWords('"a`"'), WirecatError, "does not end");
  // Elsewhere a backtick is what it is.
  assertEquals(commandWords("curl 'wss://h/?a=`b`'"), ["curl", "wss://h/?a=`b`"]);
});

Deno.test("shell words: a quote without its end is told", () => {
  for (const text of ["'a", '"a', "$'a", 'x ^"a']) {
    assertThrows(() => commandWords(text), WirecatError, "does not end");
  }
});

Deno.test("shell words: what is quoted is read again", () => {
  for (const word of ["plain", "a b", "it's", "", '"$x`', "a\nb", "wss://x/?a&b"]) {
    assertEquals(bashWords(quoteWord(word)), [word]);
  }
});
