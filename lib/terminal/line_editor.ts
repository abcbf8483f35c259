/**
 * A line editor with the keys of readline and Emacs, without I/O: keys go in, what is to be shown
 * and what is to be done comes out.
 *
 * @module
 */
import { commonBeginning, type Completer } from "./completion.ts";
import { History, HistorySearch, HistoryWalk } from "./history.ts";
import { cellsOf, foldedCellsOf, type InputCell, textOf } from "./input_cells.ts";
import type { Key } from "./key.ts";
import { KILLS, lineEnd, lineStart, type Motion, MOTIONS, wordRight } from "./motion.ts";

/** What a key asks for beyond editing. */
export type EditorAction =
  /** The line is to be sent. */
  | { readonly type: "submit"; readonly text: string; readonly cells: readonly InputCell[] }
  /** Ctrl-C on an empty line. */
  | { readonly type: "interrupt" }
  /** Ctrl-D on an empty line. */
  | { readonly type: "end" }
  /** Ctrl-Z. */
  | { readonly type: "suspend" }
  /** Ctrl-L: the screen is to be drawn anew. */
  | { readonly type: "redraw" }
  /** Ctrl-S: nothing is to appear until Ctrl-Q. */
  | { readonly type: "hold" | "go-on" }
  /** Ctrl-X Ctrl-E: the line is to be changed in an editor, and given to {@linkcode LineEditor.replace}. */
  | { readonly type: "edit"; readonly text: string }
  /** Completions that the user has to choose from. */
  | { readonly type: "choices"; readonly choices: readonly string[] }
  /** There is something to be told. */
  | { readonly type: "note"; readonly text: string }
  /** The key could do nothing. */
  | { readonly type: "bell" };

/** What is to be shown. */
export interface EditorView {
  /** What stands before the line in the place of the prompt: a search. */
  readonly prompt?: string;
  /** The same for a narrow screen. */
  readonly narrowPrompt?: string;
  /** The line. */
  readonly cells: readonly InputCell[];
  /** Before which of them the cursor is. */
  readonly cursor: number;
}

/** What can be undone. */
interface Snapshot {
  readonly cells: readonly InputCell[];
  readonly cursor: number;
}

/** How many changes can be undone, and how many killed texts come back. */
const MOST_UNDO = 200;
const MOST_KILLED = 16;
/** How many characters may be kept for undoing in all. */
const MOST_KEPT = 1_000_000;
/** A call takes no more arguments than some. */
const MOST_IN_PLACE = 10_000;

/** A line that is being typed. */
export class LineEditor {
  readonly #history: History;
  readonly #complete?: Completer;
  #cells: InputCell[] = [];
  /** Whether a snapshot has the same array of cells, which is not to change then. */
  #shared = false;
  #cursor = 0;
  #walk?: HistoryWalk;
  #search?: { readonly state: HistorySearch; readonly before: Snapshot };
  readonly #undo: Snapshot[] = [];
  readonly #killed: InputCell[][] = [];
  /** Which killed text (Ctrl-Y) or last word of a line (Alt-.) stands there, and from where on. */
  #yanked?: { index: number; from: number };
  #lastKey = "";
  /** Whether Ctrl-X was pressed, which needs another key. */
  #prefixed = false;

  /** An empty line. */
  constructor(history: History = new History(), complete?: Completer) {
    this.#history = history;
    this.#complete = complete;
  }

  /** What is typed so far. */
  get text(): string {
    return textOf(this.#cells);
  }

  /** What is to be shown. */
  view(): EditorView {
    const search = this.#search?.state;
    if (search === undefined) return { cells: this.#cells, cursor: this.#cursor };
    const where = search.everywhere ? "all hosts" : "this host";
    const said = search.failed ? "nothing found in" : "search";
    const query = cellsOf(search.query).map(({ shown }) => shown).join("");
    return {
      prompt: `(${said} ${where}, Ctrl-T: ${search.everywhere ? "this host" : "all"}) '${query}': `,
      narrowPrompt: `${search.failed ? "!" : "?"}'${query}': `,
      cells: this.#cells,
      cursor: this.#cursor,
    };
  }

  /** Does what a key means. */
  press(key: Key): EditorAction | undefined {
    const search = this.#search;
    if (search !== undefined) {
      const action = this.#searchKey(key, search.state);
      if (action !== "accept") return action;
    }
    const name = key.type === "key" ? key.name : key.type;
    if (!EXCHANGES[name]?.includes(this.#lastKey)) this.#yanked = undefined;
    const action = this.#press(key);
    this.#lastKey = name;
    return action;
  }

  /** Puts another text in the place of the line, as can be undone. */
  replace(text: string): void {
    this.#change(foldedCellsOf(text), Infinity);
    this.#lastKey = "";
  }

  /** Keeps a line in the history that will not be sent any more, because all is over. */
  leave(): void {
    if (!this.#history.lines().includes(this.text)) this.#history.add(this.text);
  }

  #press(key: Key): EditorAction | undefined {
    if (this.#prefixed) {
      this.#prefixed = false;
      if (key.type === "key") return this.#behindPrefix(key.name);
    }
    if (key.type === "key") return this.#named(withoutShift(key.name));
    if (key.type === "too-long") {
      return { type: "note", text: `what was pasted is too long: ${key.bytes} bytes` };
    }
    if (key.type === "paste") {
      // What is pasted ends with the newline of its last line more often than not.
      this.#insert(foldedCellsOf(key.text.replace(/\n$/, "")), "paste");
    } else {
      this.#insertText(key.text);
    }
  }

  /** Typed text joins with what is before it: an accent comes behind its letter. */
  #insertText(text: string): void {
    const before = this.#cells[this.#cursor - 1];
    if (before === undefined || before.folded || before.text === "\n" || text < "\x80") {
      return this.#insert(cellsOf(text), "text");
    }
    const joined = cellsOf(before.text + text);
    if (joined[0].text === before.text) return this.#insert(joined.slice(1), "text");
    this.#remember("text");
    this.#splice(this.#cursor - 1, this.#cursor, joined);
  }

  #insert(cells: readonly InputCell[], sort: string): void {
    this.#remember(sort);
    this.#splice(this.#cursor, this.#cursor, cells);
  }

  /** Replaces cells; the cursor comes behind the new ones. */
  #splice(from: number, to: number, cells: readonly InputCell[]): void {
    if (this.#shared || cells.length > MOST_IN_PLACE) {
      this.#cells = this.#cells.slice(0, from).concat(cells, this.#cells.slice(to));
      this.#shared = false;
    } else {
      this.#cells.splice(from, to - from, ...cells);
    }
    this.#cursor = from + cells.length;
  }

  #change(cells: InputCell[], cursor: number): void {
    this.#remember("change");
    this.#cells = cells;
    this.#cursor = Math.min(cursor, cells.length);
  }

  /** Notes what is there before a change; letters that are typed in a row are one change. */
  #remember(sort: string): void {
    if (sort === "text" && this.#lastKey === "text" && this.#undo.length > 0) return;
    this.#undo.push(this.#snapshot());
    const most = Math.min(MOST_UNDO, 1 + MOST_KEPT / (this.#cells.length + 1));
    while (this.#undo.length > most) this.#undo.shift();
  }

  #snapshot(): Snapshot {
    this.#shared = true;
    return { cells: this.#cells, cursor: this.#cursor };
  }

  #clear(): void {
    this.#change([], 0);
    this.#walk = undefined;
  }

  #named(name: string): EditorAction | undefined {
    const motion = MOTIONS[name];
    if (motion !== undefined) return this.#move(motion);
    const kill = KILLS[name];
    if (kill !== undefined) return this.#kill(kill, name);
    switch (name) {
      case "enter":
        return this.#submit();
      case "ctrl-o":
        return this.#submitAndGoOn();
      case "alt-enter":
      case "shift-enter":
      case "ctrl-enter":
        this.#insert(cellsOf("\n"), "newline");
        return;
      case "backspace":
        return this.#erase(this.#cursor - 1);
      case "delete":
        return this.#erase(this.#cursor);
      case "ctrl-d":
        if (this.#cells.length === 0) return { type: "end" };
        return this.#erase(this.#cursor);
      case "ctrl-c":
        if (this.#cells.length === 0) return { type: "interrupt" };
        this.#clear();
        return;
      case "up":
        return this.#vertical(-1);
      case "down":
        return this.#vertical(1);
      case "ctrl-p":
      case "pageup":
        return this.#walkTo(-1);
      case "ctrl-n":
      case "pagedown":
        return this.#walkTo(1);
      case "ctrl-r":
        this.#search = {
          state: new HistorySearch(this.#history),
          before: this.#snapshot(),
        };
        return;
      case "ctrl-y":
        return this.#yank(0);
      case "alt-y":
        if (this.#yanked === undefined) return { type: "bell" };
        return this.#yank(this.#yanked.index + 1);
      case "alt-.":
      case "alt-_":
        return this.#yankWord();
      case "ctrl-t":
        return this.#transpose();
      case "alt-u":
        return this.#changeWord((word) => word.toUpperCase());
      case "alt-l":
        return this.#changeWord((word) => word.toLowerCase());
      case "alt-c":
        return this.#changeWord((word) =>
          word.replace(/\p{L}+/u, (it) => it[0].toUpperCase() + it.slice(1).toLowerCase())
        );
      case "ctrl-_":
        return this.#undoLast();
      case "tab":
        return this.#completeWord();
      case "ctrl-x":
        this.#prefixed = true;
        return;
      case "ctrl-l":
        return { type: "redraw" };
      case "ctrl-s":
        return { type: "hold" };
      case "ctrl-q":
        return { type: "go-on" };
      case "ctrl-z":
        return { type: "suspend" };
      case "ctrl-g":
      case "escape":
        return;
      default:
        return { type: "bell" };
    }
  }

  #behindPrefix(name: string): EditorAction | undefined {
    switch (name) {
      case "ctrl-e":
        return { type: "edit", text: this.text };
      case "ctrl-u":
        return this.#undoLast();
      case "ctrl-g":
        return;
      default:
        return { type: "bell" };
    }
  }

  #submit(): EditorAction {
    const cells = this.#cells;
    const text = textOf(cells);
    this.#history.add(text);
    this.#cells = [];
    this.#cursor = 0;
    this.#walk = undefined;
    this.#undo.length = 0;
    return { type: "submit", text, cells };
  }

  /** Sends a line of the history; the one that was sent behind it comes next. */
  #submitAndGoOn(): EditorAction {
    const next = this.#walk?.next;
    const action = this.#submit();
    if (next === undefined) return action;
    this.#walk = new HistoryWalk(this.#history.lines(), "", next);
    this.#cells = foldedCellsOf(this.#walk.line);
    this.#cursor = this.#cells.length;
    return action;
  }

  #move(motion: Motion): EditorAction | undefined {
    const to = motion(this.#cells, this.#cursor);
    if (to === this.#cursor) return;
    this.#cursor = to;
  }

  #erase(at: number): EditorAction | undefined {
    if (at < 0 || at >= this.#cells.length) return { type: "bell" };
    this.#remember("erase");
    this.#splice(at, at + 1, []);
  }

  /** Cuts out what is between the cursor and where the motion leads. */
  #kill(motion: Motion, name: string): EditorAction | undefined {
    const to = motion(this.#cells, this.#cursor);
    if (to === this.#cursor) return;
    const [from, end] = to < this.#cursor ? [to, this.#cursor] : [this.#cursor, to];
    const cut = this.#cells.slice(from, end);
    if (KILLS[this.#lastKey] !== undefined && this.#killed.length > 0) {
      this.#killed[0] = to < this.#cursor
        ? [...cut, ...this.#killed[0]]
        : [...this.#killed[0], ...cut];
    } else {
      this.#killed.unshift(cut);
      if (this.#killed.length > MOST_KILLED) this.#killed.pop();
    }
    this.#remember(name);
    this.#splice(from, end, []);
  }

  /** Brings back what was killed; again: what was killed before that. */
  #yank(index: number): EditorAction | undefined {
    if (this.#killed.length === 0) return { type: "bell" };
    const which = index % this.#killed.length;
    const from = index > 0 && this.#yanked !== undefined ? this.#yanked.from : this.#cursor;
    this.#remember("yank");
    this.#splice(from, this.#cursor, this.#killed[which]);
    this.#yanked = { index: which, from };
  }

  /** The last word of the line before; again: of the one before that. */
  #yankWord(): EditorAction | undefined {
    const lines = this.#history.lines();
    for (let index = (this.#yanked?.index ?? -1) + 1; index < lines.length; index++) {
      const word = /\S+(?=\s*$)/.exec(lines[lines.length - 1 - index])?.[0];
      if (word === undefined) continue;
      const from = this.#yanked?.from ?? this.#cursor;
      this.#remember("yank");
      this.#splice(from, this.#cursor, foldedCellsOf(word));
      this.#yanked = { index, from };
      return;
    }
    return { type: "bell" };
  }

  /** Swaps the two characters around the cursor, or the last two at the end. */
  #transpose(): EditorAction | undefined {
    const at = Math.min(this.#cursor, this.#cells.length - 1);
    if (at < 1) return { type: "bell" };
    this.#remember("transpose");
    this.#splice(at - 1, at + 1, [this.#cells[at], this.#cells[at - 1]]);
  }

  #changeWord(change: (word: string) => string): EditorAction | undefined {
    const end = wordRight(this.#cells, this.#cursor);
    if (end === this.#cursor) return { type: "bell" };
    const word = this.#cells.slice(this.#cursor, end);
    if (word.some(({ folded }) => folded)) return { type: "bell" };
    this.#remember("word");
    this.#splice(this.#cursor, end, cellsOf(change(textOf(word))));
  }

  #undoLast(): EditorAction | undefined {
    const last = this.#undo.pop();
    if (last === undefined) return { type: "bell" };
    this.#cells = [...last.cells];
    this.#cursor = last.cursor;
  }

  /** Up and down go through the lines of what is typed, and beyond them through the history. */
  #vertical(step: -1 | 1): EditorAction | undefined {
    const from = lineStart(this.#cells, this.#cursor);
    const column = this.#cursor - from;
    if (step < 0 && from > 0) {
      const above = lineStart(this.#cells, from - 1);
      this.#cursor = Math.min(above + column, from - 1);
      return;
    }
    const end = lineEnd(this.#cells, this.#cursor);
    if (step > 0 && end < this.#cells.length) {
      this.#cursor = Math.min(end + 1 + column, lineEnd(this.#cells, end + 1));
      return;
    }
    return this.#walkTo(step);
  }

  #walkTo(step: -1 | 1): EditorAction | undefined {
    this.#walk ??= new HistoryWalk(this.#history.lines(), this.text);
    const line = this.#walk.move(step, this.text);
    if (line === undefined) return { type: "bell" };
    this.#change(foldedCellsOf(line), Infinity);
  }

  #completeWord(): EditorAction | undefined {
    const before = textOf(this.#cells.slice(0, this.#cursor));
    const completion = this.#complete?.(before);
    if (completion === undefined || completion.candidates.length === 0) return { type: "bell" };
    const { from, candidates, unlisted = 0 } = completion;
    const typed = before.slice(from);
    const common = commonBeginning(candidates);
    if (common.length > typed.length || (candidates.length === 1 && common !== typed)) {
      const kept = cellsOf(before.slice(0, from));
      this.#remember("complete");
      this.#splice(0, this.#cursor, [...kept, ...cellsOf(common)]);
      return;
    }
    if (candidates.length > 1) {
      return { type: "choices", choices: candidates.map((word) => word.slice(unlisted)) };
    }
    return { type: "bell" };
  }

  /** A key while a search is on. "accept": what is found is the line now, the key still counts. */
  #searchKey(key: Key, search: HistorySearch): EditorAction | undefined | "accept" {
    if (key.type === "text") {
      search.search(search.query + key.text);
      return this.#showFound(search);
    }
    const name = key.type === "key" ? key.name : "paste";
    switch (name) {
      case "ctrl-r":
        search.step(-1);
        return this.#showFound(search);
      case "ctrl-s":
        search.step(1);
        return this.#showFound(search);
      case "ctrl-t":
        search.toggle();
        return this.#showFound(search);
      case "backspace":
        search.search(cellsOf(search.query).slice(0, -1).map(({ text }) => text).join(""));
        return this.#showFound(search);
      case "ctrl-g":
      case "ctrl-c":
        this.#cells = [...this.#search!.before.cells];
        this.#cursor = this.#search!.before.cursor;
        this.#search = undefined;
        return;
      case "escape":
        this.#search = undefined;
        return;
      default:
        this.#search = undefined;
        return "accept";
    }
  }

  #showFound(search: HistorySearch): EditorAction | undefined {
    if (search.query !== "" && search.failed) return { type: "bell" };
    const found = search.query === "" ? undefined : search.found;
    if (found === undefined) return;
    this.#cells = foldedCellsOf(found);
    this.#cursor = Math.min(cellsOf(found.slice(0, search.offset)).length, this.#cells.length);
  }
}

/** Keys that exchange what those behind them have put in just before. */
const EXCHANGES: Record<string, readonly string[]> = {
  "alt-y": ["ctrl-y", "alt-y"],
  "alt-.": ["alt-.", "alt-_"],
  "alt-_": ["alt-.", "alt-_"],
};

/** Nothing is selected here, so that Shift with a cursor key is that key. */
function withoutShift(name: string): string {
  return /shift-(enter|tab)$/.test(name) ? name : name.replace("shift-", "");
}
