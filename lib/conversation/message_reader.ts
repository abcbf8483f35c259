/**
 * Reading what is sent and what is expected.
 *
 * @module
 */
import { parseJson } from "./json_reader.ts";
import { compileRegex } from "./regex_pattern.ts";
import { didYouMean, type Scanner } from "./scanner.ts";
import type { Content, Expected, MessagePattern, TextPattern } from "./step.ts";
import type { TextReader } from "./text_reader.ts";

/** What may stand behind `expect`. */
export const EXPECTED = [
  "text",
  "json",
  "schema",
  "binary",
  "bytes",
  "any",
  "ping",
  "pong",
  "close",
  "nothing",
  "status",
  "header",
  "subprotocol",
  "path",
] as const;

/** What a message may be. */
export const MESSAGES = ["text", "json", "schema", "binary", "any"] as const;
const CONTENTS = ["text", "json", "binary"] as const;

/** Reads them where a scanner is. */
export class MessageReader {
  readonly #scanner: Scanner;
  readonly #texts: TextReader;

  /** Texts and files in them are read by `texts`. */
  constructor(texts: TextReader) {
    this.#scanner = texts.scanner;
    this.#texts = texts;
  }

  /** What follows `expect`. */
  expected(): Expected {
    const scanner = this.#scanner;
    const at = scanner.at;
    const word = scanner.word();
    scanner.skipSpaces();
    switch (word) {
      case "ping":
      case "pong":
        return { type: word, payload: scanner.peek() === '"' ? this.#texts.quoted() : undefined };
      case "bytes":
        return this.#expectedBytes();
      case "close":
        return this.#expectedClose();
      case "nothing":
        if (!scanner.takeWord("within") && !scanner.takeWord("for")) {
          scanner.expected(
            "'for' and a length of time",
            "write for example: expect nothing for 500ms",
          );
        }
        scanner.skipSpaces();
        return { type: "nothing", seconds: this.#finite() };
      case "status": {
        const status = scanner.integer("an HTTP status such as 101");
        if (status < 100 || status > 599) scanner.fail(`${status} is no HTTP status`);
        return { type: "status", status };
      }
      case "header": {
        const name = scanner.match(/[!#$%&'*+\-.^_`|~\w]+/) ??
          scanner.expected("the name of a header field");
        scanner.skipSpaces();
        const value = /["/]/.test(scanner.peek()) ? this.textPattern() : undefined;
        return { type: "header", name: name.replace(/:$/, ""), value };
      }
      case "subprotocol": {
        const name = scanner.match(/[!#$%&'*+\-.^_`|~\w]+/) ??
          scanner.expected("the name of a subprotocol, or none");
        return { type: "subprotocol", name: name === "none" ? undefined : name };
      }
      case "path":
        return { type: "path", path: this.textPattern() };
    }
    scanner.at = at;
    return { type: "message", pattern: this.pattern(EXPECTED) };
  }

  #expectedBytes(): Expected {
    const scanner = this.#scanner;
    const start = scanner.at;
    const bytes = this.#texts.binary("expect");
    if (bytes.open || bytes.bytes.length === 0) {
      scanner.fail(
        bytes.open ? "'...' has no end here" : "it does not say which bytes",
        "write as many as are to come; ?? stands for any one",
        start,
      );
    }
    return { type: "bytes", bytes };
  }

  #expectedClose(): Expected {
    const scanner = this.#scanner;
    const code = /\d/.test(scanner.peek()) ? scanner.integer("a close code") : undefined;
    if (code !== undefined && (code < 1000 || code > 4999)) {
      scanner.fail(`${code} is no close code`, "close codes are 1000 to 4999");
    }
    scanner.skipSpaces();
    const reason = /["/]/.test(scanner.peek()) ? this.textPattern() : undefined;
    return { type: "close", code, reason };
  }

  #finite(): number {
    const at = this.#scanner.at;
    const seconds = this.#scanner.duration();
    if (seconds === Infinity) this.#scanner.fail("this would wait forever", undefined, at);
    return seconds;
  }

  /** A text that has to be so, or like so. */
  textPattern(): TextPattern {
    const scanner = this.#scanner;
    if (scanner.peek() === "/") return { type: "regex", regex: compileRegex(scanner) };
    if (scanner.peek() !== '"') scanner.expected("a text in quotes or a /regular expression/");
    return { type: "text", text: this.#texts.quoted() };
  }

  /** What a message has to be; `allowed` are the words for the hint. */
  pattern(allowed: readonly string[]): MessagePattern {
    const scanner = this.#scanner;
    const at = scanner.at;
    switch (scanner.peek()) {
      case "{":
      case "[":
        return { type: "json", json: parseJson(scanner, "expect") };
      case "/":
        return { type: "regex", regex: compileRegex(scanner) };
      case '"':
        return { type: "text", text: this.#texts.quoted() };
    }
    if (scanner.text.startsWith("<<", at)) return { type: "text", text: this.#texts.block() };
    const word = scanner.word();
    scanner.skipSpaces();
    switch (word) {
      case "text":
        return { type: "text", text: this.#texts.text() };
      case "json":
        return { type: "json", json: parseJson(scanner, "expect") };
      case "schema":
        return { type: "schema", schema: this.#texts.schema() };
      case "binary":
        return { type: "binary", bytes: this.#texts.binary("expect") };
      case "any": {
        const kind = (["text", "binary"] as const).find((kind) => scanner.takeWord(kind));
        return { type: "any", kind };
      }
    }
    scanner.at = at;
    const forms = '"text", /regex/, {…}';
    if (word === "") {
      scanner.expected("what is expected", `allowed: ${forms}, ${allowed.join(", ")}`);
    }
    return scanner.fail(
      `'${word}' is nothing that can be expected; a text is written in quotes`,
      `${didYouMean(word, allowed)}, ${forms}`,
    );
  }

  /** What follows `send`, `example` or `with`. */
  content(word: "send" | "example" | "with"): Content {
    const scanner = this.#scanner;
    const at = scanner.at;
    switch (scanner.peek()) {
      case "{":
      case "[":
        return { type: "json", json: parseJson(scanner, "send") };
      case '"':
        return { type: "text", text: this.#texts.quoted() };
      case "@":
        return { type: "text", text: [this.#texts.textFile()] };
    }
    if (scanner.text.startsWith("<<", at)) return { type: "text", text: this.#texts.block() };
    const kind = scanner.word();
    scanner.skipSpaces();
    switch (kind) {
      case "text":
        return { type: "text", text: this.#texts.text() };
      case "json":
        return { type: "json", json: parseJson(scanner, "send") };
      case "binary":
        return { type: "binary", bytes: Uint8Array.from(this.#texts.binary("send").bytes) };
    }
    scanner.at = at;
    const forms = `"text", {json}, <<END, @FILE, ${CONTENTS.join(", ")}`;
    if (kind === "ping" || kind === "close") {
      scanner.fail(
        `'${word} ${kind}' is not a step`,
        `a ${kind} is a step of its own: ${kind}; the text is sent with: ${word} "${kind}"`,
      );
    }
    if (kind === "") scanner.expected("what to send", `allowed: ${forms}`);
    return scanner.fail(
      `'${kind}' is nothing that can be sent; a text is written in quotes, or after 'text'`,
      `${didYouMean(kind, CONTENTS)}, "text", {json}, <<END, @FILE`,
    );
  }
}
