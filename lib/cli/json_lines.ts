/**
 * Where the values of a JSON text stand, for errors that name a line.
 *
 * @module
 */

/** The line, from 1 on, of each key and element of a JSON text, by its JSON pointer (RFC 6901). */
export function linesOf(json: string): ReadonlyMap<string, number> {
  return new Locator(json).lines;
}

/** One step of a JSON pointer. */
export function pointerStep(key: string): string {
  return "/" + key.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** Walks over a text that `JSON.parse` has accepted, so that nothing has to be checked. */
class Locator {
  readonly lines = new Map<string, number>();
  readonly #tokens: RegExpStringIterator<RegExpExecArray>;
  readonly #text: string;
  #line = 1;
  #counted = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g);
    this.#value(this.#next(), "");
  }

  #next(): string {
    const { value } = this.#tokens.next();
    if (value === undefined) return "";
    for (; this.#counted < value.index; this.#counted++) {
      if (this.#text[this.#counted] === "\n") this.#line++;
    }
    return value[0];
  }

  #value(token: string, pointer: string): void {
    if (!this.lines.has(pointer)) this.lines.set(pointer, this.#line);
    if (token === "{") this.#object(pointer);
    else if (token === "[") this.#array(pointer);
  }

  #object(pointer: string): void {
    for (let token = this.#next(); token !== "}" && token !== ""; token = this.#next()) {
      if (token === ",") continue;
      const inside = pointer + pointerStep(JSON.parse(token));
      this.lines.set(inside, this.#line);
      this.#next(); // The colon.
      this.#value(this.#next(), inside);
    }
  }

  #array(pointer: string): void {
    let index = 0;
    for (let token = this.#next(); token !== "]" && token !== ""; token = this.#next()) {
      if (token === ",") index++;
      else this.#value(token, `${pointer}/${index}`);
    }
  }
}
