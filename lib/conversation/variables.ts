/**
 * What a conversation has remembered: values by name, and which of them are secret.
 *
 * @module
 */
import { usageError } from "../core/errors.ts";

/** A JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** What a text with variables in it looks them up in. */
export interface Lookup {
  /** The value of a variable. */
  get(name: string): Json | undefined;
  /** The value of an environment variable. */
  environment(name: string): string | undefined;
  /** A text without the secrets that are in it. */
  redact(text: string): string;
}

/** The variables of one conversation. */
export class Variables implements Lookup {
  readonly #values: Map<string, Json>;
  readonly #secrets: ReadonlyMap<string, string>;
  readonly #environment: (name: string) => string | undefined;
  /** What was caught in the rounds that are under way, the inner ones last. */
  readonly #rounds: Set<string>[] = [];

  /** `secrets` are known by name, too, and are left out of whatever is printed. */
  constructor(
    values: ReadonlyMap<string, Json> = new Map(),
    secrets: ReadonlyMap<string, string> = new Map(),
    environment: (name: string) => string | undefined = () => undefined,
  ) {
    this.#values = new Map([...values, ...secrets]);
    this.#secrets = secrets;
    this.#environment = environment;
  }

  /** The value of a variable. */
  get(name: string): Json | undefined {
    return this.#values.get(name);
  }

  /** Remembers a value. */
  set(name: string, value: Json): void {
    this.#values.set(name, value);
  }

  /** Remembers what was caught; within rounds, until the next one begins. */
  catch(captures: ReadonlyMap<string, Json>): void {
    for (const [name, value] of captures) {
      if (!this.#values.has(name)) { for (const caught of this.#rounds) caught.add(name); }
      this.#values.set(name, value);
    }
  }

  /** The same variables and what was caught, which is not remembered. */
  with(captures: ReadonlyMap<string, Json>): Lookup {
    return {
      get: (name) => captures.has(name) ? captures.get(name) : this.get(name),
      environment: (name) => this.environment(name),
      redact: (text) => this.redact(text),
    };
  }

  /** Rounds begin, within others or not. */
  beginRounds(): void {
    this.#rounds.push(new Set());
  }

  /** The next round begins: what the one before caught is forgotten. */
  nextRound(): void {
    const caught = this.#rounds.at(-1);
    caught?.forEach((name) => this.#values.delete(name));
    caught?.clear();
  }

  /** They are over; what the last one caught stays. */
  endRounds(): void {
    this.#rounds.pop();
  }

  /** The value of an environment variable. */
  environment(name: string): string | undefined {
    return this.#environment(name);
  }

  /** A text in which each secret is replaced by its name: `‹token›`. */
  redact(text: string): string {
    for (const [name, value] of this.#secrets) {
      if (value === "") continue;
      for (const form of new Set([value, JSON.stringify(value).slice(1, -1)])) {
        text = text.replaceAll(form, `‹${name}›`);
      }
    }
    return text;
  }
}

/** A value as it stands in a text: a string as it is, anything else as JSON. */
export function textOf(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The value of a variable. Throws a usage error if it has none. */
export function valueOf(name: string, variables: Lookup): Json {
  const value = variables.get(name);
  if (value === undefined) {
    throw usageError(
      `nothing has given $${name} a value`,
      `set it in the file (set ${name} = …) or with --set ${name}=…`,
    );
  }
  return value;
}

/** The value of an environment variable. Throws a usage error if there is none. */
export function environmentOf(name: string, variables: Lookup): string {
  const value = variables.environment(name);
  if (value === undefined) {
    throw usageError(`the environment variable ${name} is not set`, `run: export ${name}=…`);
  }
  return value;
}
