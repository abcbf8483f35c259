/**
 * What options make of WebSocket messages: prefixes for their kind, base64, compression.
 *
 * @module
 */
import { type Batch, BINARY, BYTES, type Kind, TEXT } from "../core/batch.ts";
import { BatchBuilder } from "./batch_builder.ts";

const LF = 10;
const CR = 13;

/** What both directions are told. */
export interface Transform {
  /** What text messages have in front on the side that is not a WebSocket. */
  readonly textPrefix?: string;
  /** The same for binary messages. */
  readonly binaryPrefix?: string;
  /** Whether binary messages are base64 on that side. */
  readonly base64?: boolean;
  /** Whether text messages are. */
  readonly base64Text?: boolean;
}

/** What {@linkcode Incoming} is told. */
export interface IncomingTransform extends Transform {
  /** Uncompresses a binary message. */
  readonly uncompress?: (bytes: Uint8Array) => Uint8Array;
}

/** What {@linkcode Outgoing} is told. */
export interface OutgoingTransform extends Transform {
  /** What kind messages without a prefix are sent as; `keep`: bytes become text. */
  readonly kind: "keep" | "text" | "binary";
  /** Compresses a binary message. */
  readonly compress?: (bytes: Uint8Array) => Uint8Array;
  /** Told once when something that should be base64 is not. */
  readonly warn?: (message: string) => void;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function prefixBytes(text: string | undefined): Uint8Array | undefined {
  return text === undefined ? undefined : encoder.encode(text);
}

/** Transforms whole messages that came from a WebSocket. */
export class Incoming {
  readonly #transform: IncomingTransform;
  readonly #textPrefix?: Uint8Array;
  readonly #binaryPrefix?: Uint8Array;
  readonly #out: BatchBuilder = new BatchBuilder();

  /** Holds nothing until something comes. */
  constructor(transform: IncomingTransform) {
    this.#transform = transform;
    this.#textPrefix = prefixBytes(transform.textPrefix);
    this.#binaryPrefix = prefixBytes(transform.binaryPrefix);
  }

  /** The messages transformed; valid until the next call. */
  batch(batch: Batch): Batch {
    const { base64, base64Text, uncompress } = this.#transform;
    const out = this.#out;
    out.clear(batch.byteLength);
    for (let i = 0; i < batch.length; i++) {
      const kind = batch.kind(i);
      const binary = kind === BINARY;
      let message: Uint8Array = batch.message(i);
      if (binary && uncompress !== undefined) message = uncompress(message);
      const prefix = binary ? this.#binaryPrefix : this.#textPrefix;
      const prefixLength = prefix?.length ?? 0;
      const encode = binary ? base64 : base64Text;
      const length = encode ? Math.ceil(message.length / 3) * 4 + 1 : message.length;
      const bytes = out.room(prefixLength + length);
      if (prefix !== undefined) bytes.set(prefix, out.at);
      const at = out.at + prefixLength;
      if (encode) {
        encoder.encodeInto(message.toBase64(), bytes.subarray(at));
        bytes[at + length - 1] = LF;
      } else {
        bytes.set(message, at);
      }
      out.push(prefixLength + length, encode ? TEXT : kind);
    }
    return out.batch;
  }
}

/** Transforms whole messages that go to a WebSocket, and decides on their kind. */
export class Outgoing {
  readonly #transform: OutgoingTransform;
  readonly #textPrefix?: Uint8Array;
  readonly #binaryPrefix?: Uint8Array;
  readonly #out: BatchBuilder = new BatchBuilder();
  #warned = false;

  /** Holds nothing until something comes. */
  constructor(transform: OutgoingTransform) {
    this.#transform = transform;
    this.#textPrefix = prefixBytes(transform.textPrefix);
    this.#binaryPrefix = prefixBytes(transform.binaryPrefix);
  }

  /**
   * The messages transformed; valid until the next call. What is to be text has the kind `TEXT`
   * where it is known to be UTF-8, else `BYTES`.
   */
  batch(batch: Batch): Batch {
    const { base64, base64Text, compress } = this.#transform;
    const out = this.#out;
    out.clear(batch.byteLength);
    for (let i = 0; i < batch.length; i++) {
      let message: Uint8Array = batch.message(i);
      let kind = batch.kind(i);
      if (startsWith(message, this.#textPrefix)) {
        message = message.subarray(this.#textPrefix!.length);
        kind = asText(kind);
      } else if (startsWith(message, this.#binaryPrefix)) {
        message = message.subarray(this.#binaryPrefix!.length);
        kind = BINARY;
      } else if (this.#transform.kind !== "keep") {
        kind = this.#transform.kind === "binary" ? BINARY : asText(kind);
      }
      if (kind === BINARY ? base64 : base64Text) {
        const decoded = this.#decode(message);
        if (kind === TEXT && decoded.sound) kind = BYTES;
        message = decoded.bytes;
      }
      if (kind === BINARY && compress !== undefined) message = compress(message);
      out.add(message, kind);
    }
    return out.batch;
  }

  /** What a line of base64 stands for, or the line itself without its end. */
  #decode(message: Uint8Array): { bytes: Uint8Array; sound: boolean } {
    let end = message.length;
    while (end > 0 && (message[end - 1] === LF || message[end - 1] === CR)) end--;
    const line = message.subarray(0, end);
    try {
      return { bytes: Uint8Array.fromBase64(decoder.decode(line)), sound: true };
    } catch {
      if (!this.#warned) {
        this.#warned = true;
        this.#transform.warn?.("a message that should be base64 is not: it is sent as it is");
      }
      return { bytes: line, sound: false };
    }
  }
}

/** The kind of a message that is to be text: it may have to be checked for UTF-8. */
function asText(kind: Kind): Kind {
  return kind === TEXT ? TEXT : BYTES;
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array | undefined): boolean {
  if (prefix === undefined || bytes.length < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) {
    if (bytes[i] !== prefix[i]) return false;
  }
  return true;
}
