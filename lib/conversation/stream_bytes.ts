/**
 * Bytes as they come, wherever messages begin and end: what `expect bytes` waits for.
 *
 * @module
 */
import { firstDifference, type HexPattern } from "./hex_pattern.ts";
import type { Arrival } from "./inbox.ts";

/** Where messages come from, and go back to. */
export interface MessageSource {
  /** The next message, or the end; nothing when the time is up. */
  next(): Promise<Arrival | undefined>;
  /** Takes back what is left of a message, to be the next one. */
  putBack(arrival: Arrival): void;
}

/** What came for a pattern. */
export interface StreamBytes {
  /** The bytes, as many as the pattern has at most. */
  readonly came: Uint8Array<ArrayBuffer>;
  /** Whether they are what was expected. */
  readonly fits: boolean;
  /** What came in the place of the bytes that are missing; nothing where the time was up. */
  readonly instead?: Arrival;
}

/** Takes bytes until they are all there, or one of them is not as it should be. */
export async function takeBytes(
  { bytes }: HexPattern,
  source: MessageSource,
): Promise<StreamBytes> {
  const came = new Uint8Array(bytes.length);
  let length = 0;
  while (length < bytes.length) {
    const arrival = await source.next();
    if (arrival?.type !== "message") {
      return { came: came.slice(0, length), fits: false, instead: arrival };
    }
    const taken = Math.min(arrival.bytes.length, bytes.length - length);
    came.set(arrival.bytes.subarray(0, taken), length);
    length += taken;
    if (taken < arrival.bytes.length) {
      source.putBack({ ...arrival, kind: "binary", bytes: arrival.bytes.slice(taken) });
    }
    const so = { bytes: bytes.slice(0, length), open: false };
    if (firstDifference(so, came.subarray(0, length)) !== undefined) {
      return { came: came.slice(0, length), fits: false };
    }
  }
  return { came, fits: true };
}
