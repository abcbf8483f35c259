/**
 * Messages sealed with ChaCha20-Poly1305 (RFC 8439) as websocat does it: ciphertext,
 * tag, nonce.
 *
 * @module
 */
import { createCipheriv, createDecipheriv, getRandomValues } from "node:crypto";
import { type Batch, BINARY, BYTES } from "../core/batch.ts";
import { WirecatError } from "../core/errors.ts";
import { BatchBuilder } from "./batch_builder.ts";

const ALGORITHM = "chacha20-poly1305";
const TAG = 16;
const NONCE = 12;

/** How many bytes a sealed message is longer than the message. */
export const OVERHEAD: number = TAG + NONCE;

/** Seals and opens messages with one key of 32 bytes. Its batches are valid until the next one. */
export class Sealer {
  readonly #key: Uint8Array;
  readonly #out: BatchBuilder = new BatchBuilder();

  /** `key` has 32 bytes. */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** Seals the messages of a batch, which must be whole, each with a nonce of its own. */
  seal(batch: Batch): Batch {
    const out = this.#out;
    out.clear(batch.byteLength + OVERHEAD * batch.length);
    for (let i = 0; i < batch.length; i++) {
      const length = batch.end(i) - batch.start(i);
      const bytes = out.room(length + OVERHEAD);
      const at = out.at;
      const nonce = bytes.subarray(at + length + TAG, at + length + OVERHEAD);
      getRandomValues(nonce);
      const cipher = createCipheriv(ALGORITHM, this.#key, nonce, { authTagLength: TAG });
      bytes.set(cipher.update(batch.message(i)), at);
      cipher.final();
      bytes.set(cipher.getAuthTag(), at + length);
      out.push(length + OVERHEAD, BINARY);
    }
    return out.batch;
  }

  /**
   * Opens sealed messages, which must be whole.
   *
   * @throws {WirecatError} If one was not sealed with this key, or was changed.
   */
  open(batch: Batch): Batch {
    const out = this.#out;
    out.clear(batch.byteLength);
    for (let i = 0; i < batch.length; i++) {
      const sealed = batch.message(i);
      const length = sealed.length - OVERHEAD;
      if (length < 0) {
        throw new WirecatError(
          "protocol",
          `crypto: a message of ${sealed.length} bytes is too short to be a sealed one`,
          { hint: "does the other end send through crypto:, too, one message at a time?" },
        );
      }
      const nonce = sealed.subarray(length + TAG);
      const cipher = createDecipheriv(ALGORITHM, this.#key, nonce, { authTagLength: TAG });
      cipher.setAuthTag(sealed.subarray(length, length + TAG));
      const opened = cipher.update(sealed.subarray(0, length));
      try {
        cipher.final();
      } catch (cause) {
        throw new WirecatError(
          "protocol",
          `crypto: a message of ${sealed.length} bytes cannot be opened`,
          {
            hint: "it was sealed with another key, or changed or cut on its way",
            cause,
          },
        );
      }
      out.add(opened, BYTES);
    }
    return out.batch;
  }
}
