/**
 * Lines of JSON as commands: what `--json` takes from standard input.
 *
 * @module
 */
import { usageError } from "../core/errors.ts";
import { CLOSE, isWireCode } from "../websocket/close.ts";
import type { Command } from "./event.ts";
import { JSON_VERSION } from "./json_event.ts";

/** A command, and whom it is for. */
export interface AddressedCommand {
  /** What to do. */
  readonly command: Command;
  /** For which client; absent: for all. */
  readonly id?: number;
}

type Fields = Readonly<Record<string, unknown>>;

/** What a line may have beside what belongs to its type: what events say of themselves. */
const OF_EVENTS = ["v", "type", "time", "id", "direction", "size"];

/** RFC 6455, section 5.5. */
const MAX_CONTROL = 125;

const encoder = new TextEncoder();

/**
 * The command of a line; nothing for a blank line, and for a recorded event that is none. `kind` is
 * what text is sent as that does not say. Throws a usage error that says what is wrong.
 */
export function parseCommand(
  line: string,
  kind: "text" | "binary" = "text",
): AddressedCommand | undefined {
  if (line.trim() === "") return undefined;
  const value = parse(line);
  if (typeof value === "string") return { command: message({ data: value }, kind) };
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw usageError("a command is a JSON object", EXAMPLE);
  }
  const fields = value as Fields;
  const recorded = fields.v !== undefined;
  if (recorded && fields.v !== JSON_VERSION) {
    throw usageError(`version ${JSON.stringify(fields.v)} is not known`, `this is "v":1`);
  }
  const type = fields.type ?? "message";
  const id = idOf(fields);
  switch (type) {
    case "message":
      known(fields, ["kind", "data", "text", "binary", "hex", "json"]);
      return { command: message(fields, kind), id };
    case "ping":
      known(fields, ["kind", "data", "hex", "rtt_ms"]);
      return { command: ping(fields), id };
    case "close":
      known(fields, ["code", "reason", "name", "by", "clean"]);
      return { command: close(fields, recorded), id };
    case "open":
    case "pong":
    case "error":
      if (recorded) return undefined;
  }
  throw usageError(
    `"type":${JSON.stringify(type)} is nothing that can be sent`,
    "it is message, ping or close",
  );
}

const EXAMPLE = `such as {"type":"message","data":"hello"}`;

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    const reason = (cause as Error).message.replace(/,? ?(\.\.\.)?".*$/s, "");
    throw usageError(`not JSON: ${reason}`, EXAMPLE);
  }
}

function known(fields: Fields, keys: readonly string[]): void {
  const wrong = Object.keys(fields).find((key) => !keys.includes(key) && !OF_EVENTS.includes(key));
  if (wrong === undefined) return;
  throw usageError(`there is no key "${wrong}" here`, `there are: ${["id", ...keys].join(", ")}`);
}

function idOf({ id }: Fields): number | undefined {
  if (id === undefined || (Number.isInteger(id) && Number(id) > 0)) return id as number | undefined;
  throw usageError(`"id" is the number of a client`, `such as "id":1`);
}

/** The keys that bring what is to be sent. */
const CONTENT = ["data", "text", "binary", "hex", "json"] as const;

function message(fields: Fields, kind: "text" | "binary"): Command {
  const given = CONTENT.filter((key) => fields[key] !== undefined);
  if (given.length !== 1) {
    throw usageError(
      given.length === 0 ? "there is nothing to send" : `${given.join(" and ")} are too much`,
      `give one of ${CONTENT.join(", ")}`,
    );
  }
  const [key] = given;
  const said = kindOf(fields);
  if (key === "json") {
    return { type: "message", kind: said ?? kind, bytes: encode(JSON.stringify(fields.json)) };
  }
  const bytes = content(fields, key, said);
  const binary = key === "hex" || key === "binary";
  if (binary && said === "text") throw usageError(`"${key}" is for binary messages`, undefined);
  return { type: "message", kind: said ?? (binary ? "binary" : kind), bytes };
}

function ping(fields: Fields): Command {
  const { data, hex } = fields;
  if (data !== undefined && hex !== undefined) {
    throw usageError("data and hex are too much", "give one of them");
  }
  if (data === undefined && hex === undefined) return { type: "ping" };
  const bytes = content(fields, data === undefined ? "hex" : "data", kindOf(fields));
  if (bytes.length > MAX_CONTROL) {
    throw usageError(`a Ping carries at most ${MAX_CONTROL} bytes, not ${bytes.length}`);
  }
  return { type: "ping", bytes };
}

function close({ code, reason }: Fields, recorded: boolean): Command {
  // An end without a code, and one without a Close frame, are recorded with such codes.
  if (code === CLOSE.none || (recorded && !isWireCode(Number(code)))) return { type: "close" };
  if (reason !== undefined && typeof reason !== "string") throw usageError(`"reason" is a text`);
  if (code === undefined) {
    if (reason) throw usageError("a reason needs a code", `such as "code":1000`);
    return { type: "close" };
  }
  if (typeof code !== "number" || !isWireCode(code)) {
    throw usageError(
      `${JSON.stringify(code)} cannot be sent as a close code`,
      "use 1000 to 1003, 1007 to 1014, or 3000 to 4999",
    );
  }
  if (reason !== undefined && encode(reason).length > MAX_CONTROL - 2) {
    throw usageError(`a close reason has at most ${MAX_CONTROL - 2} bytes`);
  }
  return { type: "close", code, reason };
}

function kindOf({ kind }: Fields): "text" | "binary" | undefined {
  if (kind === undefined || kind === "text" || kind === "binary") return kind;
  throw usageError(`"kind" is "text" or "binary", not ${JSON.stringify(kind)}`);
}

function content(fields: Fields, key: string, kind: "text" | "binary" | undefined): Uint8Array {
  const value = fields[key];
  if (typeof value !== "string") {
    throw usageError(`"${key}" is a text`, `to send JSON, write it as the value of "json"`);
  }
  if (key === "hex") return decoded(value.replace(/\s+/g, ""), "hex", Uint8Array.fromHex);
  if (key === "binary" || (key === "data" && kind === "binary")) {
    return decoded(value, "base64", fromBase64);
  }
  return encode(value);
}

function fromBase64(text: string): Uint8Array {
  const alphabet = /[-_]/.test(text) ? "base64url" : "base64";
  return Uint8Array.fromBase64(text, { alphabet });
}

function decoded(text: string, what: string, decode: (text: string) => Uint8Array): Uint8Array {
  try {
    return decode(text);
  } catch {
    const part = text.length > 20 ? text.slice(0, 20) + "…" : text;
    throw usageError(`'${part}' is not ${what}`);
  }
}

function encode(text: string): Uint8Array {
  return encoder.encode(text);
}
