/**
 * The logic of `json-pretty:`.
 *
 * @module
 */
import type { Batch } from "../core/batch.ts";
import { indentJson, isJsonContainer, maybeContainer } from "../terminal/json_text.ts";
import { paletteFor } from "../terminal/palette.ts";
import { BatchBuilder } from "./batch_builder.ts";

const LF = 10;
const CR = 13;

/** Longer messages are left as they are, in bytes. */
const LARGEST = 4 * 1024 * 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const plain = paletteFor(false);

/** Indents the messages of batches that are JSON objects or arrays. */
export class JsonIndenter {
  readonly #out: BatchBuilder = new BatchBuilder();

  /** The batch itself if there is nothing to indent in it; otherwise valid until the next call. */
  batch(batch: Batch): Batch {
    const indented = new Map<number, Uint8Array>();
    for (let i = 0; i < batch.length; i++) {
      const message = batch.whole(i) ? indentedJson(batch.message(i)) : undefined;
      if (message !== undefined) indented.set(i, message);
    }
    if (indented.size === 0) return batch;
    const out = this.#out;
    out.clear(batch.byteLength);
    for (let i = 0; i < batch.length; i++) {
      out.add(indented.get(i) ?? batch.message(i), batch.flags(i));
    }
    return out.batch;
  }
}

/** A message in many lines, with the end of the line that it had; nothing if it is no such JSON. */
function indentedJson(message: Uint8Array): Uint8Array | undefined {
  if (message.length > LARGEST || !maybeContainer(message)) return undefined;
  let end = message.length;
  while (end > 0 && (message[end - 1] === LF || message[end - 1] === CR)) end--;
  let text: string;
  try {
    text = decoder.decode(message.subarray(0, end));
  } catch {
    return undefined;
  }
  if (!isJsonContainer(text)) return undefined;
  const limits = { characters: Infinity, lines: Infinity };
  const { lines } = indentJson(text, plain, limits, (token) => token);
  const ending = decoder.decode(message.subarray(end));
  return encoder.encode(lines.join("\n") + ending);
}
