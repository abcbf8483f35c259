import { assert, assertEquals } from "@std/assert";
import { inColumns } from "../../lib/terminal/choices.ts";
import { cellsOf } from "../../lib/terminal/input_cells.ts";
import { layOut } from "../../lib/terminal/input_layout.ts";
import { paletteFor } from "../../lib/terminal/palette.ts";
import { reflows } from "../../lib/terminal/raw_terminal.ts";
import { Screen } from "../../lib/terminal/screen.ts";
import { VirtualScreen } from "./virtual_screen.ts";

function rows(text: string, cursor: number, columns: number, most = 100) {
  const layout = layOut(cellsOf(text), cursor, { prompt: "> ", columns, rows: most });
  return { rows: layout.rows.map(({ text }) => text), at: [layout.row, layout.column] };
}

Deno.test("layout: a line that is too long goes on in the next row", () => {
  assertEquals(rows("abcdefghij", 10, 6), { rows: ["> abcd", "efghij", ""], at: [2, 0] });
  assertEquals(rows("abcdefghij", 4, 6), { rows: ["> abcd", "efghij"], at: [1, 0] });
  assertEquals(rows("abcdefghij", 3, 6), { rows: ["> abcd", "efghij"], at: [0, 5] });
});

Deno.test("layout: a wide character is not cut at the edge", () => {
  assertEquals(rows("abc日d", 4, 6), { rows: ["> abc", "日d"], at: [1, 2] });
  assertEquals(rows("abc日d", 3, 6), { rows: ["> abc", "日d"], at: [1, 0] });
});

Deno.test("layout: further lines are marked", () => {
  assertEquals(rows("a\nbc", 2, 10), { rows: ["> a", ". bc"], at: [1, 2] });
  assertEquals(rows("a\n", 2, 10), { rows: ["> a", ". "], at: [1, 2] });
  assertEquals(rows("abcd\ne", 4, 6), { rows: ["> abcd", "", ". e"], at: [1, 0] });
});

Deno.test("layout: of many rows those around the cursor are shown", () => {
  const text = Array.from({ length: 20 }, (_, i) => i).join("\n");
  assertEquals(rows(text, 0, 10, 3), { rows: ["> 0", ". 1", ". 2"], at: [0, 2] });
  assertEquals(rows(text, text.length, 10, 3), { rows: [". 17", ". 18", ". 19"], at: [2, 4] });
  assertEquals(rows(text, text.indexOf("9"), 10, 3), { rows: [". 8", ". 9", ". 10"], at: [1, 2] });
});

Deno.test("layout: of a text that is very long what is near the cursor is laid out", () => {
  const text = Array.from({ length: 100_000 }, (_, i) => String(i % 10)).join("");
  let looks = 0;
  const cells = new Proxy(cellsOf(text), {
    get(target, name) {
      looks++;
      return Reflect.get(target, name);
    },
  });
  for (let cursor = 0; cursor <= cells.length; cursor += 997) {
    looks = 0;
    const layout = layOut(cells, cursor, { prompt: "> ", columns: 10, rows: 4 });
    assert(looks < 300, `${looks} for ${cursor}`);
    assertEquals(layout.rows.length, 4);
    const row = layout.rows[layout.row].text;
    const at = cursor === cells.length ? undefined : String(cursor % 10);
    assertEquals(row[layout.column], at, String(cursor));
  }
});

Deno.test("layout: a long prompt has a short form for a narrow screen", () => {
  const prompts = { prompt: "(search this host) 'abc': ", narrowPrompt: "?'abc': " };
  const of = (columns: number) => layOut(cellsOf("x"), 0, { ...prompts, columns, rows: 9 }).rows;
  assertEquals(of(80)[0].text, "(search this host) 'abc': x");
  assertEquals(of(30)[0].text, "?'abc': x");
});

Deno.test("layout: no width and no cursor is too little", () => {
  const text = "ab日\n👨‍👩‍👧 é\t\x1b end";
  for (let columns = 1; columns < 20; columns++) {
    const cells = cellsOf(text);
    for (let cursor = 0; cursor <= cells.length; cursor++) {
      const layout = layOut(cells, cursor, { prompt: "> ", columns, rows: 100 });
      for (const row of layout.rows) assert(row.columns <= columns);
      assert(layout.row < layout.rows.length && layout.column < columns, `${columns} ${cursor}`);
    }
  }
});

/** A screen and the terminal that it writes to. */
class Pair {
  readonly screen: Screen;
  readonly terminal: VirtualScreen;

  constructor(columns: number, rows: number, reflows?: boolean) {
    this.terminal = new VirtualScreen(columns, rows);
    this.screen = new Screen(paletteFor(false), { columns, rows }, reflows);
  }

  draw(text: string, cursor = cellsOf(text).length, held = false): void {
    const { columns, rows } = this.terminal;
    const view = { cells: cellsOf(text), cursor };
    this.terminal.write(this.screen.frame(view, "> ", { columns, rows }, held));
  }
}

Deno.test("screen: what comes appears above the line, which stays", () => {
  const { screen, terminal, draw } = bound(new Pair(20, 10));
  draw("typing");
  screen.print(["< one", "< two"]);
  draw("typing on", 3);
  assertEquals(terminal.lines, ["< one", "< two", "> typing on"]);
  assertEquals(terminal.atCursor, "> typ|ing on");
  assertEquals(terminal.cursorShown, true);
});

Deno.test("screen: a line of many rows comes and goes without a trace", () => {
  const { screen, terminal, draw } = bound(new Pair(10, 10));
  draw("abcdefghijklmnopqrstuvwxyz", 3);
  screen.print(["< a message that is wrapped"]);
  draw("abcdefghijklmnopqrstuvwxyz", 12);
  assertEquals(terminal.lines.slice(-3), ["> abcdefgh", "ijklmnopqr", "stuvwxyz"]);
  assertEquals(terminal.atCursor, "ijkl|mnopqr");
  draw("");
  assertEquals(terminal.lines, ["< a messag", "e that is", "wrapped", ">"]);
});

Deno.test("screen: a row that is full is one row", () => {
  const { screen, terminal, draw } = bound(new Pair(10, 10));
  draw("abcdefgh", 0);
  screen.print(["x"]);
  draw("abcdefgh");
  screen.print(["y"]);
  draw("abcdefgh", 2);
  assertEquals(terminal.lines, ["x", "y", "> abcdefgh"]);
});

Deno.test("screen: it scrolls as any other text does", () => {
  const { screen, terminal, draw } = bound(new Pair(20, 4));
  for (let i = 0; i < 10; i++) {
    screen.print([`< ${i}`]);
    draw("some\ntext");
  }
  const numbers = Array.from({ length: 10 }, (_, i) => `< ${i}`);
  assertEquals(terminal.lines, [...numbers, "> some", ". text"]);
});

Deno.test("screen: a line of more rows than there are takes no more than some", () => {
  const { screen, terminal, draw } = bound(new Pair(20, 8));
  const text = Array.from({ length: 50 }, (_, i) => `line ${i}`).join("\n");
  for (let i = 0; i < 3; i++) {
    screen.print([`< ${i}`]);
    draw(text);
  }
  assertEquals(terminal.lines, [
    "< 0",
    "< 1",
    "< 2",
    ". line 46",
    ". line 47",
    ". line 48",
    ". line 49",
  ]);
});

Deno.test("screen: at the end the line is gone and what came is there", () => {
  const { screen, terminal, draw } = bound(new Pair(20, 10));
  draw("half typed");
  screen.print(["* closed"]);
  terminal.write(screen.end());
  assertEquals(terminal.lines, ["* closed"]);
  assertEquals(terminal.atCursor, "|");
});

Deno.test("screen: Ctrl-L leaves the line alone on the screen", () => {
  const { screen, terminal, draw } = bound(new Pair(20, 3));
  screen.print(["1", "2", "3", "4"]);
  draw("abc");
  terminal.write(screen.clear());
  draw("abc");
  assertEquals(terminal.lines.slice(-1), ["> abc"]);
  assertEquals(terminal.atCursor, "> abc|");
});

Deno.test("screen: where rows are cut when the window becomes narrower, nothing above is lost", () => {
  const { screen, terminal, draw } = bound(new Pair(40, 10, false));
  const line = "a line of more columns than the window is going to have, and some more";
  screen.print(["< one", "< two"]);
  draw(line);
  for (const columns of [38, 30, 22, 37]) {
    terminal.cut(columns);
    draw(line);
    assertEquals(terminal.lines.slice(0, 2), ["< one", "< two"]);
    const drawn = terminal.lines.slice(2).join("").replaceAll(" ", "");
    assertEquals(drawn, `> ${line}`.replaceAll(" ", ""), String(columns));
  }
});

Deno.test("screen: the cursor is right where the terminal counts columns in another way", () => {
  const text = "👨‍👩‍👧 ab ❤️ cd 🇩🇪 ef";
  const places = (addsUp: boolean) => {
    const pair = new Pair(12, 10);
    pair.terminal.addsUp = addsUp;
    pair.screen.print(["< above"]);
    return cellsOf(text).map((_, cursor) => {
      pair.draw(text, cursor);
      assertEquals(pair.terminal.lines[0], "< above");
      assertEquals(pair.terminal.lines.length, 3);
      assert(pair.terminal.wraps, "what comes is wrapped");
      return pair.terminal.cursor;
    });
  };
  assertEquals(places(true), places(false));
  const { terminal, draw } = bound(new Pair(40, 10));
  terminal.addsUp = true;
  draw(text);
  assert(/ab .*cd .*ef\|$/u.test(terminal.atCursor));
});

Deno.test("screen: what is held waits, and the prompt tells how much", () => {
  const { screen, terminal, draw } = bound(new Pair(60, 10));
  screen.print(["< one", "< two"]);
  draw("abc", 3, true);
  assertEquals(terminal.lines, ["(held, 2 lines wait, Ctrl-Q) > abc"]);
  draw("abcd");
  assertEquals(terminal.lines, ["< one", "< two", "> abcd"]);
});

Deno.test("screen: behind another program the line begins in a row of its own", () => {
  for (const left of ["", "no newline", "one\r\n", "0123456789"]) {
    const { screen, terminal, draw } = bound(new Pair(10, 10));
    draw("abc");
    terminal.write(screen.end() + left);
    screen.forget();
    terminal.write(screen.newLine(terminal));
    draw("abc");
    assertEquals(terminal.lines, [left.trim(), "> abc"].filter((line) => line !== ""));
  }
});

Deno.test("terminal: who cuts rows instead of wrapping them is known", () => {
  const of = (variables: Record<string, string>) => reflows((name) => variables[name]);
  assertEquals(of({ TERM: "xterm-256color" }), true);
  assertEquals(of({ TERM: "xterm", XTERM_VERSION: "XTerm(379)" }), false);
  assertEquals(of({ TERM: "linux" }), false);
  assertEquals(of({ TERM: "tmux-256color", XTERM_VERSION: "XTerm(379)", TMUX: "x" }), true);
  assertEquals(of({ TERM: "xterm", XTERM_VERSION: "XTerm(379)", VTE_VERSION: "7000" }), true);
  assertEquals(of({}), true);
});

Deno.test("choices: words in columns, down first, harmless", () => {
  const words = ["one", "two", "three", "four", "five"];
  assertEquals(inColumns(words, 80), ["one    two    three  four   five"]);
  assertEquals(inColumns(words, 20), ["one    three  five", "two    four"]);
  assertEquals(inColumns(words, 3), words);
  assertEquals(inColumns(["日本", "a\x1b[2J"], 30), ["日本      a\\x1b[2J"]);
  const many = inColumns(Array.from({ length: 1000 }, (_, i) => String(i).padStart(4)), 80);
  assertEquals(many.at(-1), "… 800 more");
});

function bound(pair: Pair) {
  return {
    screen: pair.screen,
    terminal: pair.terminal,
    draw: (text: string, cursor?: number, held?: boolean) => pair.draw(text, cursor, held),
  };
}
