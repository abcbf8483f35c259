import { assertEquals } from "@std/assert";
import { columnsOf, graphemes, shownAs } from "../../lib/terminal/cells.ts";
import { printable } from "../../lib/terminal/printable.ts";

Deno.test("cells: letters with accents, families and flags are one character", () => {
  assertEquals(graphemes("e\u0301a"), ["e\u0301", "a"]);
  assertEquals(graphemes("👨‍👩‍👧🇩🇪👍🏽"), ["👨‍👩‍👧", "🇩🇪", "👍🏽"]);
});

Deno.test("cells: columns are those of a terminal", () => {
  const columns: Record<string, number> = {
    "": 0,
    "abc": 3,
    "e\u0301": 1,
    "日本語": 6,
    "ｆｕ": 4,
    "한글": 4,
    "👍": 2,
    "👍🏽": 2,
    "👨‍👩‍👧": 2,
    "🇩🇪": 2,
    "❤️": 2,
    "❤": 1,
    "ß–„": 3,
    "\u200d": 0,
    "𝒳": 1,
    "𠀀": 2,
  };
  for (const [text, count] of Object.entries(columns)) {
    assertEquals(columnsOf(text), count, JSON.stringify(text));
  }
});

Deno.test("cells: what is typed is shown, whatever it is", () => {
  assertEquals(shownAs("\x1b"), "\\x1b");
  assertEquals(shownAs("\u0301"), "\u25cc\u0301");
  assertEquals(shownAs("\t"), "    ");
});

Deno.test("printable: what others send does nothing to a terminal", () => {
  assertEquals(printable("\x1b]0;x\x07\x1b[2J"), "\\x1b]0;x\\x07\\x1b[2J");
  assertEquals(printable("\u009b31m\x7f\0\r\n"), "\\x9b31m\\x7f\\0\\r\\n");
  assertEquals(
    printable("\u202eabc\u2066\u061c\ufeff\u{e0041}"),
    [
      "\\u202eabc\\u2066\\u061c\\ufeff\\u{e0041}",
    ].join(),
  );
  assertEquals(printable("tab\there, 日本 👨‍👩‍👧 e\u0301"), "tab\there, 日本 👨‍👩‍👧 e\u0301");
  for (let code = 0; code < 0xa0; code++) {
    const shown = printable(String.fromCharCode(code));
    // deno-lint-ignore no-control-regex -- that is what must not be there
    assertEquals(/[\x00-\x08\x0a-\x1f\x7f-\x9f]/.test(shown), false, String(code));
  }
});

Deno.test("printable: what was escaped can be told from a backslash", () => {
  assertEquals(printable("\\x1b\x1b", (it) => `<${it}>`), "\\x1b<\\x1b>");
});
