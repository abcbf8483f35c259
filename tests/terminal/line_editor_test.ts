import { assert, assertEquals } from "@std/assert";
import type { Completer } from "../../lib/terminal/completion.ts";
import { History } from "../../lib/terminal/history.ts";
import { KeyDecoder } from "../../lib/terminal/key.ts";
import { type EditorAction, LineEditor } from "../../lib/terminal/line_editor.ts";

const encoder = new TextEncoder();

/** An editor that is typed into as a terminal would send it. */
class Typist {
  readonly editor: LineEditor;
  readonly actions: EditorAction[] = [];
  readonly #decoder = new KeyDecoder();

  constructor(history: History = new History(), complete?: Completer) {
    this.editor = new LineEditor(history, complete);
  }

  type(text: string): this {
    const keys = [...this.#decoder.push(encoder.encode(text)), ...this.#decoder.flush()];
    for (const key of keys) {
      const action = this.editor.press(key);
      if (action !== undefined) this.actions.push(action);
    }
    return this;
  }

  /** The line with `|` where the cursor is. */
  get line(): string {
    const { cells, cursor } = this.editor.view();
    const shown = cells.map((cell) => cell.folded ? cell.shown : cell.text);
    return `${shown.slice(0, cursor).join("")}|${shown.slice(cursor).join("")}`;
  }

  get submitted(): string[] {
    return this.actions.filter((it) => it.type === "submit").map((it) => it.text);
  }

  get prompt(): string | undefined {
    return this.editor.view().prompt;
  }
}

const LEFT = "\x1b[D";
const RIGHT = "\x1b[C";
const UP = "\x1b[A";
const DOWN = "\x1b[B";
const CTRL = (letter: string) => String.fromCharCode(letter.toUpperCase().charCodeAt(0) & 31);
const ALT = (letter: string) => `\x1b${letter}`;

function typed(...parts: string[]): string {
  return new Typist().type(parts.join("")).line;
}

Deno.test("editor: the cursor goes by characters as people see them", () => {
  assertEquals(typed("ab", LEFT, "X"), "aX|b");
  assertEquals(typed("e\u0301x", LEFT, LEFT, "a"), "a|e\u0301x");
  assertEquals(typed("👨‍👩‍👧!", LEFT, "\x7f"), "|!");
  assertEquals(typed("日本", LEFT, RIGHT, LEFT, "語"), "日語|本");
});

Deno.test("editor: an accent that comes by itself joins the letter before it", () => {
  const typist = new Typist().type("e").type("\u0301");
  assertEquals(typist.editor.view().cells.length, 1);
  assertEquals(typist.type("\x7f").line, "|");
  assertEquals(new Typist().type("👨").type("\u200d").type("👩").editor.view().cells.length, 1);
});

Deno.test("editor: home, end and words", () => {
  assertEquals(typed("one two", CTRL("a"), "X"), "X|one two");
  assertEquals(typed("one two", "\x1b[H", "\x1b[F", "X"), "one twoX|");
  assertEquals(typed("one, two", ALT("b"), "X"), "one, X|two");
  assertEquals(typed("one, two", ALT("b"), "\x1b[1;5D", "X"), "X|one, two");
  assertEquals(typed("one, two", CTRL("a"), ALT("f"), "X"), "oneX|, two");
  assertEquals(typed("one, two", CTRL("a"), "\x1b[1;5C", "\x1b[1;5C", "X"), "one, twoX|");
  assertEquals(typed("größe über", ALT("b"), ALT("b"), "X"), "X|größe über");
});

Deno.test("editor: what is killed can be yanked, and kills in a row are one", () => {
  assertEquals(typed("one two", CTRL("w"), CTRL("w"), "X", CTRL("y")), "Xone two|");
  assertEquals(typed("one two", CTRL("a"), CTRL("k"), "X", CTRL("y")), "Xone two|");
  assertEquals(typed("one two", ALT("b"), CTRL("u"), CTRL("e"), " ", CTRL("y")), "two one |");
  assertEquals(typed("one two", CTRL("a"), ALT("d"), ALT("d"), CTRL("y")), "one two|");
  assertEquals(typed("a-b c-d", CTRL("w")), "a-b |");
  assertEquals(typed("a-b c-d", ALT("\x7f")), "a-b c-|");
});

Deno.test("editor: Alt-Y brings back what was killed before", () => {
  const line = ["one", CTRL("u"), "two", CTRL("u"), CTRL("y")];
  assertEquals(typed(...line), "two|");
  assertEquals(typed(...line, ALT("y")), "one|");
  assertEquals(typed(...line, ALT("y"), ALT("y")), "two|");
});

Deno.test("editor: letters are swapped, words change their case", () => {
  assertEquals(typed("ab", CTRL("t")), "ba|");
  assertEquals(typed("abc", LEFT, CTRL("t")), "acb|");
  assertEquals(typed("one two", CTRL("a"), ALT("u"), ALT("c")), "ONE Two|");
});

Deno.test("editor: undo takes back a run of letters, a kill, and Ctrl-C", () => {
  assertEquals(typed("one", CTRL("w"), "\x1f"), "one|");
  assertEquals(typed("one", CTRL("w"), "\x1f", "\x1f"), "|");
  assertEquals(typed("one", CTRL("c"), "\x1f"), "one|");
  assertEquals(typed("\x1f"), "|");
});

Deno.test("editor: Enter submits, Alt-Enter begins a new line", () => {
  const typist = new Typist().type(`one${ALT("\r")}two\rthree\n`);
  assertEquals(typist.submitted, ["one\ntwo", "three"]);
  assertEquals(typist.line, "|");
});

Deno.test("editor: up and down go through the lines of what is typed first", () => {
  const history = new History();
  history.add("before");
  const typist = new Typist(history).type(`abc${ALT("\r")}de`);
  assertEquals(typist.type(UP).line, "ab|c\nde");
  assertEquals(typist.type(DOWN).line, "abc\nde|");
  assertEquals(typist.type(UP + UP).line, "before|");
  assertEquals(typist.type(DOWN).line, "abc\nde|");
});

Deno.test("editor: the history keeps what was typed, and what was changed on the way", () => {
  const typist = new Typist().type("one\rtwo\rthr");
  assertEquals(typist.type(UP).line, "two|");
  assertEquals(typist.type("X" + UP).line, "one|");
  assertEquals(typist.type(UP).line, "one|");
  assertEquals(typist.type(DOWN).line, "twoX|");
  assertEquals(typist.type(DOWN).line, "thr|");
  assertEquals(typist.actions.at(-1)!.type, "bell");
  assertEquals(typist.type("\r" + UP).line, "thr|");
});

Deno.test("editor: a line that is not sent before the end is in the history", () => {
  const history = new History("h");
  const typist = new Typist(history).type("one\rhalf a li");
  typist.editor.leave();
  assertEquals(history.lines(), ["one", "half a li"]);
  typist.type(`${CTRL("u")}${UP}${UP}`).editor.leave();
  assertEquals(history.lines(), ["one", "half a li"], "what is there already is not added");
});

Deno.test("editor: Ctrl-R searches, again goes further back, Ctrl-S forward", () => {
  const typist = new Typist().type("apple pie\rcherry\rapple tree\rx");
  typist.type(CTRL("r") + "apple");
  assertEquals(typist.line, "|apple tree");
  assertEquals(typist.prompt, "(search this host, Ctrl-T: all) 'apple': ");
  assertEquals(typist.type(CTRL("r")).line, "|apple pie");
  assertEquals(typist.type(CTRL("r")).line, "|apple pie");
  assertEquals(typist.prompt, "(nothing found in this host, Ctrl-T: all) 'apple': ");
  assertEquals(typist.type(CTRL("s")).line, "|apple tree");
  assertEquals(typist.type("\r").submitted.at(-1), "apple tree");
  assertEquals(typist.prompt, undefined);
});

Deno.test("editor: a search can be left with the line as it was, or as it was found", () => {
  const history = new History();
  history.add("one two");
  assertEquals(new Typist(history).type("abc" + CTRL("r") + "two" + CTRL("g")).line, "abc|");
  assertEquals(new Typist(history).type("abc" + CTRL("r") + "two" + CTRL("c")).line, "abc|");
  assertEquals(new Typist(history).type(CTRL("r") + "two\x1b").line, "one |two");
  assertEquals(new Typist(history).type(CTRL("r") + "two" + CTRL("e") + "X").line, "one twoX|");
  assertEquals(new Typist(history).type(CTRL("r") + "twx\x7f").line, "one |two");
});

Deno.test("editor: a search is of this host, Ctrl-T makes it of all", () => {
  const history = new History("b", [
    { host: "a", text: "key of a" },
    { host: "b", text: "key of b" },
  ]);
  const typist = new Typist(history).type(CTRL("r") + "key");
  assertEquals(typist.line, "|key of b");
  assertEquals(typist.type(CTRL("r")).line, "|key of b");
  assertEquals(typist.type(CTRL("t")).line, "|key of b");
  assertEquals(typist.type(CTRL("r")).line, "|key of a");
  assertEquals(typist.prompt, "(search all hosts, Ctrl-T: this host) 'key': ");
});

Deno.test("editor: a paste is put in whole, and a big one is folded", () => {
  const paste = (text: string) => `\x1b[200~${text}\x1b[201~`;
  assertEquals(typed("a", paste("1\r2\r"), "b"), "a1\n2b|");
  const big = "0123456789\n".repeat(5000);
  const typist = new Typist().type("<" + paste(big.replaceAll("\n", "\r")) + ">");
  assertEquals(typist.line, "<[5000 lines, 55.0 kB]>|");
  assertEquals(typist.type(LEFT + LEFT + RIGHT + "!\r").submitted, [`<${big.slice(0, -1)}!>`]);
  assertEquals(new Typist().type(paste(big) + "\x7f").line, "|");
  assertEquals(
    new Typist().type("x" + paste(big) + LEFT + CTRL("k") + CTRL("y") + "\r").submitted,
    [
      "x" + big.slice(0, -1),
    ],
  );
});

Deno.test("editor: Tab completes as far as can be, then lists what there is", () => {
  const complete: Completer = (before) => ({
    from: 0,
    candidates: ["/close", "/clients", "/help "].filter((name) => name.startsWith(before)),
  });
  const typist = new Typist(new History(), complete);
  assertEquals(typist.type("/h\t").line, "/help |");
  typist.type(CTRL("u") + "/c\t");
  assertEquals(typist.line, "/cl|");
  assertEquals(typist.type("\t").actions.at(-1), {
    type: "choices",
    choices: ["/close", "/clients"],
  });
  assertEquals(typist.type("o\t").line, "/close|");
  assertEquals(typist.type("x\t").actions.at(-1), { type: "bell" });
});

Deno.test("editor: Ctrl-C clears the line, and ends on an empty one; so does Ctrl-D", () => {
  const typist = new Typist().type("abc" + CTRL("c"));
  assertEquals([typist.line, typist.actions], ["|", []]);
  assertEquals(typist.type(CTRL("c")).actions, [{ type: "interrupt" }]);
  assertEquals(new Typist().type(CTRL("d")).actions, [{ type: "end" }]);
  assertEquals(new Typist().type("ab" + CTRL("a") + CTRL("d")).line, "|b");
  assertEquals(new Typist().type(CTRL("z") + CTRL("l")).actions.map(({ type }) => type), [
    "suspend",
    "redraw",
  ]);
});

Deno.test("editor: Shift with a cursor key is that key", () => {
  assertEquals(typed("one two", "\x1b[1;2D", "X"), "one twX|o");
  assertEquals(typed("one two", "\x1b[1;6D", "X"), "one X|two");
  assertEquals(typed("one two", "\x1b[1;2H", "X"), "X|one two");
});

Deno.test("editor: Ctrl-V puts a control character in", () => {
  assertEquals(typed("a", CTRL("v"), "\t", "b", CTRL("v"), "\r", "c"), "a\tb\nc|");
});

Deno.test("editor: Alt-. brings the last word of the line before, again: of the one before that", () => {
  const typist = new Typist().type("one two\r3\r/save  a.txt \r  \rx ");
  assertEquals(typist.type(ALT(".")).line, "x a.txt|");
  assertEquals(typist.type(ALT(".")).line, "x 3|");
  assertEquals(typist.type(ALT("_")).line, "x two|");
  assertEquals(typist.type(ALT(".")).line, "x two|");
  assertEquals(typist.actions.at(-1), { type: "bell" });
  assertEquals(typist.type(" " + ALT(".")).line, "x two a.txt|", "another word begins anew");
  assertEquals(typist.type(ALT("y")).actions.at(-1), { type: "bell" });
  assertEquals(typist.type("\x1f").line, "x two |");
});

Deno.test("editor: Ctrl-O sends a line of the history and brings the one behind it", () => {
  const typist = new Typist().type("one\rtwo\rthree\r");
  assertEquals(typist.type(UP + UP + UP + CTRL("o")).line, "two|");
  assertEquals(typist.type(CTRL("o") + CTRL("o")).line, "one|");
  assertEquals(typist.submitted.slice(3), ["one", "two", "three"]);
  assertEquals(new Typist().type("new" + CTRL("o")).submitted, ["new"]);
});

Deno.test("editor: Ctrl-X Ctrl-E has the line edited, and what comes back can be undone", () => {
  const typist = new Typist().type("one" + CTRL("x") + CTRL("e"));
  assertEquals(typist.actions, [{ type: "edit", text: "one" }]);
  typist.editor.replace("two\nlines");
  assertEquals(typist.line, "two\nlines|");
  assertEquals(typist.type("!").line, "two\nlines!|");
  assertEquals(typist.type("\x1f\x1f").line, "one|");
  assertEquals(typist.type(CTRL("x") + CTRL("u")).line, "|");
  assertEquals(typist.type(CTRL("x") + "a" + CTRL("x") + CTRL("a")).line, "a|");
  assertEquals(typist.actions.at(-1), { type: "bell" });
});

Deno.test("editor: Ctrl-S holds what comes, Ctrl-Q goes on", () => {
  assertEquals(new Typist().type(CTRL("s") + CTRL("q")).actions, [{ type: "hold" }, {
    type: "go-on",
  }]);
});

Deno.test("editor: undoing gives each line as it was, however it was changed since", () => {
  const typist = new Typist().type("abc" + CTRL("r") + CTRL("g") + "d" + CTRL("w") + "xy");
  assertEquals(typist.type(LEFT + "1").line, "x1|y");
  const seen: string[] = [];
  for (let i = 0; i < 3; i++) seen.push(typist.type("\x1f").line);
  assertEquals(seen, ["xy|".replace("y|", "|y"), "|", "abcd|"]);
});

Deno.test("editor: what is typed at the end of a long line does not have the line copied", () => {
  const typist = new Typist();
  const piece = "x".repeat(4096);
  typist.type(piece);
  const { cells } = typist.editor.view();
  for (let i = 1; i < 500; i++) typist.type(piece);
  assert(typist.editor.view().cells === cells, "the same array all the time");
  assertEquals(typist.editor.text.length, 500 * 4096);
});

Deno.test("editor: no sequence of keys breaks it", () => {
  const alphabet = [
    ..."ab /\t\r\x7f日\u0301👍",
    ...Array.from({ length: 26 }, (_, i) => String.fromCharCode(i + 1)),
    ...["b", "f", "d", "y", "u", "c", "\r", "\x7f", "<", ">"].map(ALT),
    UP,
    DOWN,
    LEFT,
    RIGHT,
    "\x1b[3~",
    "\x1b[200~x\ry\x1b[201~",
    "\x1f",
    "\x1b.",
    "\x1b[1;2C",
    "\x18\x15",
  ];
  let seed = 7;
  const random = (below: number) => (seed = (seed * 1103515245 + 12345) % 2 ** 31) % below;
  const typist = new Typist();
  for (let i = 0; i < 20_000; i++) {
    const key = alphabet[random(alphabet.length)];
    const before = typist.line;
    typist.type(key);
    const { cells, cursor } = typist.editor.view();
    const good = cursor >= 0 && cursor <= cells.length;
    assertEquals(good, true, `${JSON.stringify(key)} in ${before} makes ${typist.line}`);
  }
});
