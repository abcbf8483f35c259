/**
 * permessage-deflate on one connection: both directions, and how much they have saved (RFC 7692).
 * Imported only where it was agreed on.
 *
 * @module
 */
import type { DeflateAgreement } from "./deflate_negotiation.ts";
import type { DeflateTraffic } from "./deflate_traffic.ts";
import { Deflater } from "./deflater.ts";
import { Inflater } from "./inflater.ts";

/** How messages are compressed, beside what was agreed on. */
export interface CompressionOptions {
  /** Which end this is. */
  readonly role: "client" | "server";
  /** zlib's level, 0 to 9. */
  readonly level: number;
  /** Shorter messages are sent as they are, in bytes; if not given, what is worth it decides. */
  readonly threshold?: number;
  /** The longest message that is accepted, inflated, in bytes. */
  readonly maxMessage: number;
  /** Told at the end how much was sent and received. */
  readonly onEnd?: (sent: DeflateTraffic, received: DeflateTraffic) => void;
}

/** Both directions of one connection. */
export class Compression {
  /** What is sent goes through it. */
  readonly deflater: Deflater;
  /** What comes goes through it. */
  readonly inflater: Inflater;
  readonly #onEnd: CompressionOptions["onEnd"];
  #closed = false;

  /** Holds next to nothing until there are messages. */
  constructor(agreement: DeflateAgreement, options: CompressionOptions) {
    const { role, level, threshold, maxMessage } = options;
    const theirs = agreement[role === "client" ? "server" : "client"];
    this.deflater = new Deflater({ ...agreement[role], level, threshold });
    this.inflater = new Inflater({ ...theirs, maxMessage });
    this.#onEnd = options.onEnd;
  }

  /** Frees what both hold. May be called again. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.deflater.close();
    this.inflater.close();
    this.#onEnd?.(this.deflater.traffic, this.inflater.traffic);
  }
}
