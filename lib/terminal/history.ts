/**
 * The lines that were sent, with where they were sent to; going back and searching in them.
 *
 * @module
 */

/** One line of the history. */
export interface HistoryEntry {
  /** Where it was sent: the host and port. */
  readonly host: string;
  /** What was typed. */
  readonly text: string;
}

/** How many lines are remembered, and the longest, in characters. */
const MOST_ENTRIES = 5000;
const LONGEST_ENTRY = 64 * 1024;

/** Lines, the oldest first. */
export class History {
  /** The host whose lines come first. */
  readonly host: string;
  readonly #keep?: (entry: HistoryEntry) => void;
  #entries: HistoryEntry[];

  /** `keep` is told of each line that is added, to write it down. */
  constructor(
    host: string = "",
    entries: readonly HistoryEntry[] = [],
    keep?: (entry: HistoryEntry) => void,
  ) {
    this.host = host;
    this.#entries = entries.slice(-MOST_ENTRIES);
    this.#keep = keep;
  }

  /** Remembers a line, unless it is empty, begins with a space, or was the last one, too. */
  add(text: string): void {
    if (text.trim() === "" || text.startsWith(" ") || text.length > LONGEST_ENTRY) return;
    const last = this.#entries.findLast(({ host }) => host === this.host);
    if (last?.text === text) return;
    const entry = { host: this.host, text };
    this.#entries.push(entry);
    if (this.#entries.length > MOST_ENTRIES) this.#entries.shift();
    this.#keep?.(entry);
  }

  /** The lines of this host, or of all; the oldest first. */
  lines(everywhere = false): string[] {
    const lines: string[] = [];
    for (const { host, text } of this.#entries) {
      if ((everywhere || host === this.host) && lines.at(-1) !== text) lines.push(text);
    }
    return lines;
  }
}

/** Going up and down through lines. What was typed before is the line below the newest. */
export class HistoryWalk {
  readonly #lines: string[];
  /** What was changed on the way, which is kept until the walk ends. */
  readonly #changed = new Map<number, string>();
  #at: number;

  /** `typed` is what to come back to; the walk starts there, or at line number `at`. */
  constructor(lines: readonly string[], typed: string, at: number = lines.length) {
    this.#lines = [...lines, typed];
    this.#at = at;
  }

  /** The line it is at. */
  get line(): string {
    return this.#lines[this.#at];
  }

  /** The number of the next newer line of the history, if there is one. */
  get next(): number | undefined {
    return this.#at + 1 < this.#lines.length - 1 ? this.#at + 1 : undefined;
  }

  /** The line `step` away, -1 for the one before; nothing at either end. `now` is kept. */
  move(step: number, now: string): string | undefined {
    const to = this.#at + step;
    if (to < 0 || to >= this.#lines.length) return undefined;
    this.#changed.set(this.#at, now);
    this.#at = to;
    return this.#changed.get(to) ?? this.#lines[to];
  }
}

/** An incremental search backward through lines. */
export class HistorySearch {
  readonly #history: History;
  /** What is searched for. */
  query = "";
  /** Whether the lines of all hosts are searched. */
  everywhere = false;
  /** Whether there is no such line, or none further on. */
  failed = false;
  #lines: string[];
  #at: number;

  /** Starts with this host's lines, or with all where there are none of it. */
  constructor(history: History) {
    this.#history = history;
    this.#lines = history.lines();
    if (this.#lines.length === 0) {
      this.#lines = history.lines(true);
      this.everywhere = true;
    }
    this.#at = this.#lines.length;
  }

  /** The line that is found at present. */
  get found(): string | undefined {
    return this.#lines[this.#at];
  }

  /** Where in it the query begins. */
  get offset(): number {
    return Math.max(0, this.found?.indexOf(this.query) ?? 0);
  }

  /** Searches for something else, from the present line on, or from the newest for a shorter one. */
  search(query: string): void {
    const longer = query.startsWith(this.query);
    this.query = query;
    this.#find(longer ? Math.min(this.#at, this.#lines.length - 1) : this.#lines.length - 1, -1);
  }

  /** The next older line with the query (-1), or the next newer one (1). */
  step(direction: -1 | 1): void {
    this.#find(this.#at + direction, direction);
  }

  /** Changes between this host's lines and all of them. */
  toggle(): void {
    this.everywhere = !this.everywhere;
    this.#lines = this.#history.lines(this.everywhere);
    this.#at = this.#lines.length;
    this.search(this.query);
  }

  #find(from: number, direction: -1 | 1): void {
    if (this.query === "") {
      this.failed = false;
      return;
    }
    const now = this.found;
    for (let at = from; at >= 0 && at < this.#lines.length; at += direction) {
      const line = this.#lines[at];
      if (!line.includes(this.query) || (at !== this.#at && line === now)) continue;
      this.#at = at;
      this.failed = false;
      return;
    }
    this.failed = true;
  }
}
