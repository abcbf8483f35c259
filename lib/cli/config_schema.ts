/**
 * A JSON Schema of the file of defaults and profiles, made from the option table.
 *
 * @module
 */
import type { Option } from "../core/option.ts";
import { isSettable } from "./config_file.ts";

// deno-lint-ignore no-explicit-any -- a table of options of all types
type AnyOption = Option<any>;

/** A part of a JSON Schema. */
export type Schema = { readonly [keyword: string]: unknown };

/** The schema (draft 2020-12). */
export function configSchema(table: readonly AnyOption[]): Schema {
  const settable = table.filter(isSettable);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "wirecat's defaults and profiles",
    type: "object",
    additionalProperties: false,
    properties: {
      $schema: { type: "string" },
      defaults: { $ref: "#/$defs/options", description: "Options of every run." },
      profiles: {
        description: "What @NAME on the command line stands for.",
        type: "object",
        propertyNames: { pattern: "^[A-Za-z0-9_.-]+$" },
        additionalProperties: { $ref: "#/$defs/profile" },
      },
    },
    $defs: {
      profile: {
        type: "object",
        additionalProperties: false,
        properties: {
          description: { type: "string" },
          extends: { type: "string", description: "The profile that this one adds to." },
          url: { type: "string", description: "The address." },
          addresses: {
            description: "The addresses, where it takes two.",
            type: "array",
            items: { type: "string" },
            minItems: 1,
            maxItems: 2,
          },
          options: { $ref: "#/$defs/options" },
          headers: {
            description: "Header fields of the request.",
            type: "object",
            additionalProperties: {
              anyOf: [TEXT, { type: "array", items: TEXT }],
            },
          },
        },
        not: { required: ["url", "addresses"] },
      },
      options: {
        type: "object",
        additionalProperties: false,
        properties: Object.fromEntries(settable.map((row) => [row.long, optionSchema(row)])),
      },
    },
  };
}

const TEXT: Schema = { type: ["string", "number"] };

function optionSchema(row: AnyOption): Schema {
  const about: Record<string, unknown> = { description: row.help };
  if (row.defaultText !== undefined) about.default = row.defaultText;
  if (row.value === undefined) {
    return row.many
      ? { ...about, anyOf: [{ type: "boolean" }, { type: "integer", minimum: 0 }] }
      : { ...about, type: "boolean" };
  }
  const one = valueSchema(row);
  const forms = [one, { const: row.valueOptional ? undefined : false }];
  if (row.valueOptional) forms[1] = { type: "boolean" };
  if (row.many) forms.push({ type: "array", items: one });
  return { ...about, anyOf: forms };
}

/** One value: a word of a few, a number with or without a unit, or any text. */
function valueSchema(row: AnyOption): Schema {
  const words = row.value!.split("|");
  const isChoice = words.length > 1 && words.every((word: string) => accepts(row, word)) &&
    !accepts(row, words.join("|"));
  if (isChoice) return { enum: words };
  return TEXT;
}

function accepts(row: AnyOption, word: string): boolean {
  try {
    row.parse([word]);
    return true;
  } catch {
    return false;
  }
}
