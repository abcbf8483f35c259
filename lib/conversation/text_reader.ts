/**
 * Reading what steps carry: texts, blocks of lines, bytes, files.
 *
 * @module
 */
import { reasonOf } from "../core/errors.ts";
import { parseHex } from "./hex_pattern.ts";
import type { Scanner } from "./scanner.ts";
import { SchemaCheck } from "./schema.ts";
import { parseTemplate, type Template } from "./template.ts";

/** Where files come from that a conversation names. Both throw what opening a file throws. */
export interface Files {
  /** The path of what `from` calls `path`. */
  resolve(from: string, path: string): string;
  /** What a file has in it. */
  read(path: string): Uint8Array<ArrayBuffer>;
}

/** Reads them where a scanner is. */
export class TextReader {
  /** What is read. */
  readonly scanner: Scanner;
  readonly #files: Files;

  /** `files` are those that are named. */
  constructor(scanner: Scanner, files: Files) {
    this.scanner = scanner;
    this.#files = files;
  }

  /** A text in quotes. */
  quoted(): Template {
    const scanner = this.scanner;
    const start = scanner.at;
    return parseTemplate(
      scanner.quoted(),
      (message) => scanner.fail(message, undefined, start),
    );
  }

  /** What follows `text`: quotes, a block, or the rest of the line as it is. */
  text(): Template {
    const scanner = this.scanner;
    if (scanner.peek() === '"') return this.quoted();
    if (scanner.text.startsWith("<<", scanner.at)) return this.block();
    if (scanner.atLineEnd()) scanner.expected("a text", 'an empty text is written ""');
    const start = scanner.at;
    return parseTemplate(
      scanner.restOfLine().trimEnd(),
      (message) => scanner.fail(message, undefined, start),
    );
  }

  /** `<<END`, lines, and `END` alone on its line; its indentation is taken off the lines. */
  block(): Template {
    const scanner = this.scanner;
    const start = scanner.at;
    scanner.at += 2;
    const marker = scanner.match(/[A-Za-z_]\w*/) ??
      scanner.expected("a word after <<, such as END");
    scanner.endOfLine();
    const lines: string[] = [];
    for (;;) {
      if (scanner.atEnd()) {
        scanner.fail(`<<${marker} has no end`, `end it with a line: ${marker}`, start);
      }
      scanner.match(/\r?\n/);
      const line = scanner.restOfLine();
      if (line.trim() === marker) {
        const indent = line.slice(0, line.indexOf(marker));
        const text = lines.map((line) =>
          line.startsWith(indent) ? line.slice(indent.length) : line.trimStart()
        );
        return parseTemplate(
          text.join("\n"),
          (message) => scanner.fail(message, undefined, start),
        );
      }
      lines.push(line);
    }
  }

  /** Bytes as digits, the content of a file, or those of a text. */
  binary(use: "send" | "expect"): { bytes: readonly number[]; open: boolean } {
    const scanner = this.scanner;
    if (scanner.peek() === "@") return { bytes: [...this.file().bytes], open: false };
    if (scanner.peek() === '"') {
      return { bytes: [...new TextEncoder().encode(scanner.quoted())], open: false };
    }
    return parseHex(scanner, use);
  }

  /** A file that is named after `@`, or as it is. */
  file(sign = "@"): { path: string; bytes: Uint8Array<ArrayBuffer>; start: number } {
    const scanner = this.scanner;
    const start = scanner.at;
    if (sign !== "") scanner.at++;
    const path = scanner.peek() === '"' ? scanner.quoted() : scanner.match(/[^\s#]+/);
    if (path === undefined || path === "") return scanner.expected("the name of a file");
    const { source } = scanner;
    try {
      const found = this.#files.resolve(source.inline ? "" : source.name, path);
      return { path: found, bytes: this.#files.read(found), start };
    } catch (error) {
      return scanner.fail(
        `cannot read ${path}: ${reasonOf(error)}`,
        source.inline ? undefined : "files are looked for where this file is",
        start,
      );
    }
  }

  /** What a file has in it, which has to be UTF-8. */
  textFile(): string {
    const { path, bytes, start } = this.file();
    return this.decode(path, bytes, start);
  }

  /** The text of a file. */
  decode(path: string, bytes: Uint8Array, start: number): string {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      return this.scanner.fail(
        `${path} is not UTF-8, so that it is no text`,
        "write: binary @FILE",
        start,
      );
    }
  }

  /** A JSON Schema from a file. */
  schema(): SchemaCheck {
    const scanner = this.scanner;
    const { path, bytes, start } = this.file("");
    const text = this.decode(path, bytes, start);
    try {
      return new SchemaCheck(path, JSON.parse(text));
    } catch (error) {
      return scanner.fail(`${path} is not JSON: ${reasonOf(error)}`, undefined, start);
    }
  }
}
