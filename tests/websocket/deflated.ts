/**
 * Messages compressed and inflated with zlib's one-call functions, apart from the code under test.
 *
 * @module
 */
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import { type Bytes, bytesOf, concat, frame, type ReadFrame } from "./frames.ts";

/** The payload that `data` becomes, perhaps in the context of what was sent `before`. */
export function compress(data: Bytes | string, before?: Bytes | string): Bytes {
  const deflated = deflateRawSync(bytesOf(data), {
    finishFlush: constants.Z_SYNC_FLUSH,
    dictionary: before === undefined ? undefined : bytesOf(before),
  });
  return Uint8Array.from(deflated.subarray(0, -4));
}

const TAIL = [0, 0, 0xff, 0xff];

/** What a payload becomes. */
export function inflate(payload: Bytes, windowBits = 15): Bytes {
  const finishFlush = constants.Z_SYNC_FLUSH;
  return Uint8Array.from(inflateRawSync(concat(payload, TAIL), { finishFlush, windowBits }));
}

/** A frame with RSV1 set. */
export function compressed(opcode: number, payload: Bytes, fin = 1): Bytes {
  return frame({ fin, rsv: 4, opcode, payload });
}

/** The messages that frames are made of, inflated, each in the context of those before if `kept`. */
export function messagesIn(frames: readonly ReadFrame[], kept: boolean): string[] {
  const messages: string[] = [];
  // With a context, all payloads together are one run of blocks.
  let before: Bytes = new Uint8Array(0);
  let known = 0;
  let parts: Bytes[] = [];
  let deflated = false;
  for (const { fin, rsv, opcode, payload } of frames) {
    if (opcode !== 0) deflated = rsv === 4;
    parts.push(payload);
    if (!fin) continue;
    let message = concat(...parts);
    parts = [];
    if (deflated && kept) {
      const whole = inflate(concat(before, message));
      before = concat(before, message, TAIL);
      message = whole.subarray(known);
      known = whole.length;
    } else if (deflated) {
      message = inflate(message);
    }
    messages.push(new TextDecoder().decode(message));
  }
  return messages;
}
