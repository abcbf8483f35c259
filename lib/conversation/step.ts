/**
 * What a conversation is made of: steps, and what they expect.
 *
 * @module
 */
import type { HexPattern } from "./hex_pattern.ts";
import type { JsonNode } from "./json_pattern.ts";
import type { RegexPattern } from "./regex_pattern.ts";
import type { SchemaCheck } from "./schema.ts";
import type { Position } from "./scanner.ts";
import type { Template } from "./template.ts";

/** What a message has to be. */
export type MessagePattern =
  | { readonly type: "text"; readonly text: Template }
  | { readonly type: "regex"; readonly regex: RegexPattern }
  | { readonly type: "json"; readonly json: JsonNode }
  | { readonly type: "schema"; readonly schema: SchemaCheck }
  | { readonly type: "binary"; readonly bytes: HexPattern }
  | { readonly type: "any"; readonly kind?: "text" | "binary" };

/** What is sent. */
export type Content =
  | { readonly type: "text"; readonly text: Template }
  | { readonly type: "json"; readonly json: JsonNode }
  | { readonly type: "binary"; readonly bytes: Uint8Array };

/** A text that has to be so, or like so. */
export type TextPattern =
  | { readonly type: "text"; readonly text: Template }
  | { readonly type: "regex"; readonly regex: RegexPattern };

/** What is expected: a message, a control frame, nothing, or something of the opening. */
export type Expected =
  | {
    readonly type: "message";
    readonly pattern: MessagePattern;
    /** What the other side sends when it plays this. */
    readonly example?: Content;
  }
  /** Bytes of messages one after another, wherever these begin and end. */
  | { readonly type: "bytes"; readonly bytes: HexPattern }
  | { readonly type: "ping" | "pong"; readonly payload?: Template }
  | { readonly type: "close"; readonly code?: number; readonly reason?: TextPattern }
  | { readonly type: "nothing"; readonly seconds: number }
  | { readonly type: "status"; readonly status: number }
  | { readonly type: "header"; readonly name: string; readonly value?: TextPattern }
  | { readonly type: "subprotocol"; readonly name?: string }
  | { readonly type: "path"; readonly path: TextPattern };

/** What every step has. */
interface Placed {
  /** Where it is written. */
  readonly position: Position;
  /** How it is written, on one line. */
  readonly source: string;
}

/** An expectation. */
export interface ExpectStep extends Placed {
  /** Tells steps apart. */
  readonly type: "expect";
  /** What is expected. */
  readonly expected: Expected;
  /** How long to wait, in seconds; as `within` says if not given. */
  readonly within?: number;
  /** Whether it may fail to come. */
  readonly optional?: boolean;
}

/** One step. */
export type Step =
  | Placed & {
    readonly type: "send";
    readonly content: Content;
    /** What this is an example of; it may catch variables. */
    readonly example?: MessagePattern;
  }
  | Placed & { readonly type: "ping"; readonly payload?: Template }
  | Placed & { readonly type: "close"; readonly code?: number; readonly reason?: Template }
  | ExpectStep
  | Placed & { readonly type: "any order"; readonly steps: readonly ExpectStep[] }
  | Placed & { readonly type: "wait"; readonly seconds: number }
  | Placed & { readonly type: "within"; readonly seconds: number }
  | Placed & { readonly type: "ignore"; readonly pattern: MessagePattern }
  | Placed & {
    readonly type: "answer";
    readonly pattern: MessagePattern;
    readonly content: Content;
  }
  | Placed & {
    readonly type: "repeat";
    readonly times: number;
    readonly counter?: string;
    readonly steps: readonly Step[];
  }
  | Placed & { readonly type: "set"; readonly name: string; readonly value: JsonNode };

/** Whose lines a file has. */
export type Side = "client" | "server";

/** A file that was read. */
export interface Conversation {
  /** What it is called. */
  readonly name: string;
  /** Whose view it is written from. */
  readonly side: Side;
  /** Its steps. */
  readonly steps: readonly Step[];
}

/** All steps, those in blocks too. */
export function* allSteps(steps: readonly Step[]): Generator<Step> {
  for (const step of steps) {
    yield step;
    if ("steps" in step) yield* allSteps(step.steps);
  }
}
