/**
 * Whole numbers that JavaScript's would round, such as 64-bit ids: in JSON they stay as written.
 *
 * @module
 */
import type { Json } from "./variables.ts";

/** What TypeScript does not know of `JSON` yet. */
const JSON_TEXT = JSON as unknown as {
  parse(
    text: string,
    reviver: (key: string, value: Json, context: { source?: string }) => unknown,
  ): Json;
  rawJSON(text: string): unknown;
  isRawJSON(value: unknown): value is { readonly rawJSON: string };
};

/** The value of a JSON text, in which numbers that are too long go by {@linkcode digitsOf}. */
export function parseJsonText(text: string): Json {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  return JSON_TEXT.parse(text, (_, value, { source = "" }) => {
    const exact = typeof value !== "number" || Number.isSafeInteger(value) ||
      !/^-?\d+$/.test(source);
    return exact ? value : JSON_TEXT.rawJSON(source);
  });
}

/** The digits of a number that is too long; nothing for any other value. */
export function digitsOf(value: Json | undefined): string | undefined {
  return JSON_TEXT.isRawJSON(value) ? value.rawJSON : undefined;
}
