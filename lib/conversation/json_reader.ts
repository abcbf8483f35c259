/**
 * Reading JSON with variables, forms and regular expressions in it.
 *
 * @module
 */
import { FORMS, type JsonNode } from "./json_pattern.ts";
import { compileRegex } from "./regex_pattern.ts";
import { didYouMean, type Scanner } from "./scanner.ts";
import { parseTemplate } from "./template.ts";

/** What may stand in it: a message that is sent has values only. */
export type JsonUse = "send" | "expect";

/** Reads a value, over several lines if it goes on. Throws at the place that is wrong. */
export function parseJson(scanner: Scanner, use: JsonUse): JsonNode {
  return new JsonReader(scanner, use).value();
}

class JsonReader {
  readonly #scanner: Scanner;
  readonly #use: JsonUse;
  readonly #start: number;

  constructor(scanner: Scanner, use: JsonUse) {
    this.#scanner = scanner;
    this.#use = use;
    this.#start = scanner.at;
  }

  value(): JsonNode {
    const scanner = this.#scanner;
    const start = scanner.at;
    switch (scanner.peek()) {
      case "{":
        return this.#object();
      case "[":
        return this.#array();
      case '"':
        return this.#string();
      case "$":
        return this.#variable();
      case "/":
        if (this.#use === "expect") return { type: "regex", regex: compileRegex(scanner) };
        return scanner.fail("a regular expression cannot be sent", "send a value");
    }
    const raw = scanner.match(/-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])/);
    if (raw !== undefined) return { type: "value", value: Number(raw), raw };
    const word = scanner.word();
    if (word === "true" || word === "false" || word === "null") {
      return { type: "value", value: JSON.parse(word), raw: word };
    }
    const form = FORMS.find((form) => form === word);
    if (form !== undefined && this.#use === "expect") return { type: "form", form };
    if (form !== undefined) {
      scanner.fail(`'${form}' cannot be sent`, `send a value; a text is written "${form}"`, start);
    }
    if (word === "") scanner.expected("a JSON value");
    const known = ["true", "false", "null", ...this.#use === "expect" ? FORMS : []];
    return scanner.fail(
      `'${word}' is no JSON value; a text is written "${word}"`,
      didYouMean(word, known),
      start,
    );
  }

  #object(): JsonNode {
    const scanner = this.#scanner;
    const entries: [string, JsonNode][] = [];
    const keys = new Set<string>();
    scanner.at++;
    this.#gap();
    while (scanner.peek() !== "}") {
      const at = scanner.at;
      if (scanner.peek() !== '"') {
        const bare = scanner.word();
        scanner.at = at;
        scanner.expected(
          'a key in quotes, or "}"',
          bare === "" ? undefined : `keys are in quotes: "${bare}"`,
        );
      }
      const key = scanner.quoted();
      if (keys.has(key)) scanner.fail(`the key "${key}" is there twice`, undefined, at);
      keys.add(key);
      this.#gap();
      if (scanner.peek() !== ":") scanner.expected(`a colon after the key "${key}"`);
      scanner.at++;
      this.#gap();
      entries.push([key, this.value()]);
      if (!this.#comma("}")) break;
    }
    scanner.at++;
    return { type: "object", entries };
  }

  #array(): JsonNode {
    const scanner = this.#scanner;
    const items: JsonNode[] = [];
    let open = false;
    let openBefore = false;
    scanner.at++;
    this.#gap();
    while (scanner.peek() !== "]") {
      if (this.#use === "expect" && scanner.match(/\.\.\.|…/) !== undefined) {
        this.#gap();
        if (scanner.peek() === "]") {
          open = true;
          break;
        }
        if (openBefore || items.length > 0) {
          scanner.expected('"]" after ...', "... comes first or last");
        }
        openBefore = true;
        if (!this.#comma("]")) break;
        continue;
      }
      items.push(this.value());
      if (!this.#comma("]")) break;
    }
    scanner.at++;
    return { type: "array", items, open, openBefore };
  }

  /** Passes a comma; false at the closing bracket. */
  #comma(closing: string): boolean {
    const scanner = this.#scanner;
    this.#gap();
    if (scanner.peek() === ",") {
      scanner.at++;
      this.#gap();
      if (scanner.peek() === closing) scanner.expected("a value after the comma");
      return true;
    }
    if (scanner.peek() !== closing) scanner.expected(`a comma or "${closing}"`);
    return false;
  }

  #string(): JsonNode {
    const scanner = this.#scanner;
    const start = scanner.at;
    const text = scanner.quoted();
    const whole = /^\$([A-Za-z_]\w*)$/.exec(text);
    if (whole !== null) return { type: "variable", name: whole[1] };
    const plain = text.startsWith("$$") && !text.startsWith("$${") ? text.slice(1) : text;
    return {
      type: "string",
      text: parseTemplate(plain, (message) => scanner.fail(message, undefined, start)),
    };
  }

  #variable(): JsonNode {
    const scanner = this.#scanner;
    scanner.at++;
    if (scanner.peek() !== "{") return { type: "variable", name: scanner.name() };
    scanner.at++;
    const environment = scanner.match(/env:/) !== undefined;
    const name = scanner.name();
    if (scanner.peek() !== "}") scanner.expected('"}" after the name of a variable');
    scanner.at++;
    return environment
      ? { type: "string", text: [{ environment: name }] }
      : { type: "variable", name };
  }

  /** Passes what may stand between parts: spaces and line ends. */
  #gap(): void {
    const scanner = this.#scanner;
    while (/\s/.test(scanner.peek())) scanner.at++;
    if (scanner.atEnd()) {
      scanner.fail("this JSON has no end", "a closing bracket is missing", this.#start);
    }
  }
}
