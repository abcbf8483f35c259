/**
 * Messages that have to be valid under a JSON Schema.
 *
 * @module
 */
import type { Json } from "./variables.ts";

/** A keyword that others only sum up: the place where it really fails is told as well. */
const SUMMARIES: readonly string[] = [
  "properties",
  "items",
  "prefixItems",
  "additionalProperties",
  "allOf",
  "$ref",
  "if",
  "then",
  "else",
  "patternProperties",
  "dependentSchemas",
];

/** One error of the validator. */
interface SchemaError {
  readonly keyword: string;
  readonly instanceLocation: string;
  readonly error: string;
}

/** A schema. It has to be prepared before it is used. */
export class SchemaCheck {
  /** The file it came from, as written. */
  readonly file: string;
  readonly #schema: Record<string, Json> | boolean;
  #validate?: (value: unknown) => { valid: boolean; errors: SchemaError[] };

  /** `schema` is the document. */
  constructor(file: string, schema: Record<string, Json> | boolean) {
    this.file = file;
    this.#schema = schema;
  }

  /** Loads the validator. Throws a plain error for a schema that it cannot use. */
  async prepare(): Promise<void> {
    if (this.#validate !== undefined) return;
    const { Validator } = await import("@cfworker/json-schema");
    const validator = new Validator(this.#schema, draftOf(this.#schema), false);
    const validate = (value: unknown) => validator.validate(value);
    validate({}); // References that lead nowhere, and expressions that are none, are told here.
    this.#validate = validate;
  }

  /** What is wrong with a value, a line each with its place. */
  problems(value: Json): string[] {
    if (this.#validate === undefined) throw new Error("the schema is not prepared");
    const { valid, errors } = this.#validate(value);
    if (valid) return [];
    const telling = errors.filter(({ keyword }) => !SUMMARIES.includes(keyword));
    return (telling.length > 0 ? telling : errors).map(({ instanceLocation, error }) =>
      `at ${pathOf(instanceLocation) || "the whole"}: ${error.replace(/\.$/, "")}`
    );
  }
}

function draftOf(schema: Record<string, Json> | boolean): "2020-12" | "2019-09" | "7" | "4" {
  const said = typeof schema === "object" ? String(schema.$schema ?? "") : "";
  if (said.includes("draft-04")) return "4";
  if (/draft-0[67]/.test(said)) return "7";
  return said.includes("2019-09") ? "2019-09" : "2020-12";
}

/** `.user.tags[0]` for the JSON pointer `#/user/tags/0`. */
function pathOf(pointer: string): string {
  const keys = pointer.replace(/^#\/?/, "").split("/").filter((key) => key !== "");
  return keys.map((escaped) => {
    const key = decodeURIComponent(escaped).replaceAll("~1", "/").replaceAll("~0", "~");
    if (/^\d+$/.test(key)) return `[${key}]`;
    return /^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
  }).join("");
}
