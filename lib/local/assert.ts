/**
 * A peer that checks what is written to it.
 *
 * @module
 */
import type { Batch } from "../core/batch.ts";
import { WirecatError } from "../core/errors.ts";
import type { Peer } from "../core/peer.ts";
import { closedError, ended } from "./halves.ts";

/** How many bytes of each side a message shows. */
const SHOWN = 32;

/**
 * Everything written has to be `text`, however it is cut into messages. The
 * first write that differs fails, or the end of input that comes too early.
 */
export function assertPeer(name: string, text: string): Peer {
  const expected = new TextEncoder().encode(text);
  let writing: WritableStreamDefaultController;
  let at = 0;
  return {
    info: { name },
    readable: ended(),
    writable: new WritableStream<Batch>({
      start(controller) {
        writing = controller;
      },
      write(batch) {
        const got = batch.join();
        const difference = firstDifference(expected.subarray(at), got);
        if (difference < got.length) {
          throw mismatch(name, expected, at + difference, got.subarray(difference));
        }
        at += got.length;
      },
      close() {
        if (at < expected.length) throw mismatch(name, expected, at);
      },
    }, { highWaterMark: 1 }),
    close() {
      writing.error(closedError(name));
    },
  };
}

/** How many bytes at the beginning agree. */
function firstDifference(expected: Uint8Array, got: Uint8Array): number {
  const length = Math.min(expected.length, got.length);
  let i = 0;
  while (i < length && expected[i] === got[i]) i++;
  return i;
}

function mismatch(
  name: string,
  expected: Uint8Array,
  at: number,
  got?: Uint8Array,
): WirecatError {
  const wanted = at < expected.length ? show(expected.subarray(at)) : "the end";
  const came = got === undefined ? "the end" : show(got);
  return new WirecatError(
    "assertion",
    `${name} the input differs at byte ${at}: expected ${wanted}, got ${came}`,
  );
}

/** The first bytes in quotes; what is no printable ASCII as an escape. */
function show(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes.subarray(0, SHOWN)) text += ESCAPES[byte] ?? printable(byte);
  return `"${text}"${bytes.length > SHOWN ? "…" : ""}`;
}

const ESCAPES: Record<number, string> = { 9: "\\t", 10: "\\n", 13: "\\r", 34: '\\"', 92: "\\\\" };

function printable(byte: number): string {
  if (byte >= 32 && byte < 127) return String.fromCharCode(byte);
  return `\\x${byte.toString(16).padStart(2, "0")}`;
}
