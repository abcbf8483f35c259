/**
 * Reading a conversation: one step a line. `docs/run.md` describes the language.
 *
 * @module
 */
import { isWireCode } from "../websocket/close.ts";
import { parseJson } from "./json_reader.ts";
import { EXPECTED, MessageReader, MESSAGES } from "./message_reader.ts";
import { didYouMean, Scanner, type Source, sourceError } from "./scanner.ts";
import type { Content, Conversation, Expected, ExpectStep, Side, Step } from "./step.ts";
import { parseTemplate } from "./template.ts";
import { type Files, TextReader } from "./text_reader.ts";

const STEPS = [
  "send",
  "expect",
  "optional",
  "any",
  "ping",
  "close",
  "wait",
  "within",
  "ignore",
  "answer",
  "set",
  "repeat",
  "include",
  "side",
  "end",
] as const;

/** How deep files may include files. */
const MAX_DEPTH = 16;
/** How often a block may be repeated. */
const MAX_TIMES = 1_000_000;

/** Reads a file. Throws a usage error that names the file, the line and the column. */
export function parseConversation(source: Source, files: Files): Conversation {
  return new ConversationParser(new Scanner(source), files).conversation();
}

/** Reads one step, as `--step` has it. */
export function parseStep(source: Source, files: Files): readonly Step[] {
  return new ConversationParser(new Scanner(source), files).conversation().steps;
}

/** Reads what `--expect` has: a pattern as behind `expect`; what looks like none is a text. */
export function parseExpectOption(source: Source, files: Files): ExpectStep {
  const trimmed = source.text.trim();
  const word = /^[a-z]+(?=\s|$)/.exec(trimmed)?.[0];
  const isPattern = /^["/{[]|^<</.test(trimmed) || EXPECTED.some((known) => known === word);
  const scanner = new Scanner(source);
  if (!isPattern) {
    const fail = (message: string) => scanner.fail(message);
    return {
      type: "expect",
      position: scanner.position(),
      source: `expect ${JSON.stringify(source.text)}`,
      expected: {
        type: "message",
        pattern: { type: "text", text: parseTemplate(source.text, fail) },
      },
    };
  }
  return new ConversationParser(scanner, files).expectOption();
}

/** Reads what `--send` has: a text in which only variables mean something. */
export function parseSendOption(source: Source): Step {
  const scanner = new Scanner(source);
  const text = parseTemplate(source.text, (message) => scanner.fail(message));
  return {
    type: "send",
    position: scanner.position(),
    source: `send ${JSON.stringify(source.text)}`,
    content: { type: "text", text },
  };
}

class ConversationParser {
  readonly #scanner: Scanner;
  readonly #files: Files;
  readonly #texts: TextReader;
  readonly #messages: MessageReader;
  readonly #including: readonly string[];
  #side?: Side;

  constructor(scanner: Scanner, files: Files, including: readonly string[] = []) {
    this.#scanner = scanner;
    this.#files = files;
    this.#texts = new TextReader(scanner, files);
    this.#messages = new MessageReader(this.#texts);
    this.#including = [...including, scanner.source.name];
  }

  conversation(): Conversation {
    const steps = this.#steps();
    return { name: this.#scanner.source.name, side: this.#side ?? "client", steps };
  }

  expectOption(): ExpectStep {
    const scanner = this.#scanner;
    scanner.skipSpaces();
    const step = this.#expect(0, scanner.position(), false);
    scanner.skipLines();
    if (!scanner.atEnd()) scanner.fail(`${scanner.quoteNext()} is too much here`);
    return { ...step, source: `expect ${step.source}` };
  }

  /** Steps up to the end, or to `end` in a block. */
  #steps(block?: { word: string; at: number }): Step[] {
    const scanner = this.#scanner;
    const steps: Step[] = [];
    for (;;) {
      scanner.skipLines();
      if (scanner.atEnd()) {
        if (block === undefined) return steps;
        scanner.fail(`'${block.word}' has no end`, "close the block with a line: end", block.at);
      }
      const at = scanner.at;
      if (scanner.takeWord("end")) {
        if (block === undefined) {
          scanner.fail("'end' closes nothing", "it ends repeat and any order", at);
        }
        scanner.endOfLine();
        return steps;
      }
      steps.push(...this.#step(steps.length === 0 && block === undefined));
    }
  }

  #step(first: boolean): Step[] {
    const scanner = this.#scanner;
    const at = scanner.at;
    const position = scanner.position();
    const word = scanner.word();
    scanner.skipSpaces();
    const placed = () => ({ position, source: this.#source(at) });
    const done = (allowed?: string) => {
      scanner.endOfLine(allowed);
      return placed();
    };
    switch (word) {
      case "send": {
        const content = this.#messages.content("send");
        return [{ ...done(), type: "send", content }];
      }
      case "expect":
        return [this.#expect(at, position, false)];
      case "optional":
        if (!scanner.takeWord("expect")) scanner.expected("'expect' after optional");
        scanner.skipSpaces();
        return [this.#expect(at, position, true)];
      case "any": {
        if (!scanner.takeWord("order")) {
          scanner.expected("'order' after any", "any order … end takes messages as they come");
        }
        scanner.endOfLine();
        const steps = this.#steps({ word: "any order", at }).map((step) => this.#orderless(step));
        if (steps.length === 0) scanner.fail("'any order' is empty", undefined, at);
        return [{ position, source: "any order", type: "any order", steps }];
      }
      case "ping": {
        const payload = scanner.peek() === '"' ? this.#texts.quoted() : undefined;
        return [{ ...done("a text in quotes"), type: "ping", payload }];
      }
      case "close": {
        const code = /\d/.test(scanner.peek()) ? this.#closeCode() : undefined;
        scanner.skipSpaces();
        if (scanner.peek() === '"' && code === undefined) {
          scanner.fail("a reason needs a code before it", 'write for example: close 1000 "bye"');
        }
        const reason = scanner.peek() === '"' ? this.#texts.quoted() : undefined;
        return [{ ...done("a code and a reason in quotes"), type: "close", code, reason }];
      }
      case "wait":
      case "within": {
        const seconds = scanner.duration();
        if (word === "wait" && seconds === Infinity) {
          scanner.fail("this would wait forever", "write a length of time, such as 2s", at);
        }
        return [{ ...done(), type: word, seconds }];
      }
      case "ignore": {
        const pattern = this.#messages.pattern(MESSAGES);
        return [{ ...done(), type: "ignore", pattern }];
      }
      case "answer": {
        const pattern = this.#messages.pattern(MESSAGES);
        scanner.skipSpaces();
        if (!scanner.takeWord("with")) {
          scanner.expected("'with' and a message", 'write for example: answer "ping" with "pong"');
        }
        scanner.skipSpaces();
        const content = this.#messages.content("with");
        return [{ ...done(), type: "answer", pattern, content }];
      }
      case "set": {
        const name = scanner.name();
        scanner.skipSpaces();
        if (scanner.peek() !== "=") scanner.expected(`'=' after ${name}`);
        scanner.at++;
        scanner.skipSpaces();
        const value = parseJson(scanner, "send");
        return [{ ...done(), type: "set", name, value }];
      }
      case "repeat": {
        const times = scanner.integer("how many times to repeat, such as 3");
        if (times > MAX_TIMES) scanner.fail(`at most ${MAX_TIMES} times`, undefined, at);
        scanner.skipSpaces();
        let counter: string | undefined;
        if (scanner.takeWord("times")) scanner.skipSpaces();
        if (scanner.takeWord("as")) {
          scanner.skipSpaces();
          counter = scanner.name();
        }
        const here = done("as NAME");
        const steps = this.#steps({ word: "repeat", at });
        return [{ ...here, type: "repeat", times, counter, steps }];
      }
      case "include":
        return this.#include();
      case "side": {
        if (!first || this.#side !== undefined || this.#including.length > 1) {
          scanner.fail("'side' comes first, before all steps", undefined, at);
        }
        const side = scanner.word();
        if (side !== "client" && side !== "server") {
          scanner.at -= side.length;
          return scanner.expected("client or server", "it says whose lines the file has");
        }
        this.#side = side;
        scanner.endOfLine();
        return [];
      }
      default:
        scanner.at = at;
        if (/["{[/]/.test(scanner.peek())) {
          scanner.expected("a step", "write 'send' or 'expect' before it");
        }
        if (word === "") scanner.expected("a step", `allowed: ${STEPS.join(", ")}`);
        return scanner.fail(`there is no step '${word}'`, didYouMean(word, STEPS));
    }
  }

  /** How a step is written, without what follows it, on one line. */
  #source(from: number): string {
    const text = this.#scanner.text.slice(from, this.#scanner.at).trimEnd();
    return text.replace(/\s*\n\s*/g, " ");
  }

  #orderless(step: Step): ExpectStep {
    if (step.type === "expect" && step.expected.type === "message" && !step.optional) return step;
    throw sourceError(
      step.position,
      `'${step.source}' cannot stand in 'any order'`,
      "only expectations of messages can",
    );
  }

  #expect(at: number, position: ExpectStep["position"], optional: boolean): ExpectStep {
    const scanner = this.#scanner;
    const start = scanner.at;
    const expected = this.#messages.expected();
    if (optional && expected.type !== "message") {
      scanner.fail("only a message can be optional", undefined, start);
    }
    let within: number | undefined;
    let example: Content | undefined;
    const sourceEnd = scanner.at;
    const skip = () => {
      scanner.skipSpaces();
      scanner.match(/(?:#[^\n]*)?\r?\n[ \t]*(?=example[ \t])/); // An example may have a line of its own.
    };
    for (skip(); /[a-z]/.test(scanner.peek()); skip()) {
      const here = scanner.at;
      const word = scanner.word();
      scanner.skipSpaces();
      if (word === "within" && within === undefined && expected.type !== "nothing") {
        within = scanner.duration();
      } else if (word === "example" && example === undefined && expected.type === "message") {
        example = this.#messages.content("example");
      } else {
        const allowed = expected.type === "message" ? ["within", "example"] : ["within"];
        scanner.fail(`'${word}' is too much here`, didYouMean(word, allowed), here);
      }
    }
    scanner.endOfLine(expected.type === "message" ? "within TIME, example MESSAGE" : "within TIME");
    const source = scanner.text.slice(at, sourceEnd).trimEnd().replace(/\s*\n\s*/g, " ");
    return {
      type: "expect",
      position,
      source,
      expected: example === undefined ? expected : { ...expected, example } as Expected,
      within,
      ...optional ? { optional } : {},
    };
  }

  #include(): Step[] {
    const scanner = this.#scanner;
    const { path, bytes, start } = this.#texts.file("");
    scanner.endOfLine();
    if (this.#including.includes(path)) {
      scanner.fail(`${path} includes itself`, undefined, start);
    }
    if (this.#including.length > MAX_DEPTH) {
      scanner.fail(`files are included more than ${MAX_DEPTH} deep`, undefined, start);
    }
    const source = { name: path, text: this.#texts.decode(path, bytes, start) };
    const inner = new ConversationParser(new Scanner(source), this.#files, this.#including);
    return [...inner.conversation().steps];
  }

  #closeCode(): number {
    const scanner = this.#scanner;
    const at = scanner.at;
    const code = scanner.integer("a close code");
    if (!isWireCode(code)) {
      scanner.fail(
        `the close code ${code} cannot be sent`,
        "use 1000 to 1003, 1007 to 1014, or 3000 to 4999",
        at,
      );
    }
    return code;
  }
}
