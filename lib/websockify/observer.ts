/**
 * Who looks at a session's traffic.
 *
 * @module
 */
import type { Batch } from "../core/batch.ts";

/** Told of what passes, before it is handed on. Bytes are valid during the call only. */
export interface Observer {
  /** Messages came from the client: what they stand for, as bytes. */
  fromClient?(batch: Batch): void;
  /** Bytes were sent to the target. */
  toTarget?(): void;
  /** Bytes came from the target. */
  fromTarget?(bytes: Uint8Array): void;
  /** They were sent to the client. */
  toClient?(): void;
  /** The session is over. */
  end?(): void;
}
