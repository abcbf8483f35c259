/**
 * Streams with something wrong in them, judged by a second reading of RFC 6455 that is slow and
 * plain: whole bytes in, everything copied.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { type Bytes, bytesOf, closeBytes, concat, decode, frame, KEY } from "./frames.ts";
import { pieces, randomNumbers, textOf } from "./frames.ts";

/** What a reading makes of a stream. */
interface Reading {
  messages: string[];
  controls: string[];
  /** The code of the Close frame that came. */
  closed?: number;
  /** The code that tells the other end what is wrong. */
  wrong?: number;
}

const decoder = new TextDecoder();

/** Whether bytes are the beginning of UTF-8, or all of it. */
function isText(bytes: Bytes, whole: boolean): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: !whole });
    return true;
  } catch {
    return false;
  }
}

/** RFC 6455, sections 5, 7.4 and 8.1, for frames of a client. */
function read(bytes: Bytes, maxFrame: number, maxMessage: number): Reading {
  const reading: Reading = { messages: [], controls: [] };
  const fails = (code: number) => ({ ...reading, wrong: code });
  let kind = 0;
  let message: Bytes = new Uint8Array(0);
  for (let at = 0; at + 2 <= bytes.length;) {
    const [first, second] = bytes.subarray(at);
    const opcode = first & 15;
    const short = second & 127;
    if ((first & 0x70) !== 0 || (second & 0x80) === 0) return fails(1002);
    if ((opcode > 2 && opcode < 8) || opcode > 10) return fails(1002);
    if (opcode >= 8 && (first < 0x80 || short > 125)) return fails(1002);
    if (opcode < 8 && (opcode === 0) !== (kind !== 0)) return fails(1002);
    const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
    if (at + 2 + extended > bytes.length) break;
    const view = new DataView(bytes.buffer, bytes.byteOffset + at + 2);
    const length = extended === 2
      ? view.getUint16(0)
      : extended === 8
      ? Number(view.getBigUint64(0))
      : short;
    if (length >= 2 ** 63 || (extended === 2 && length < 126)) return fails(1002);
    if (extended === 8 && length < 65536) return fails(1002);
    if (opcode < 8 && (length > maxFrame || message.length + length > maxMessage)) {
      return fails(1009);
    }
    const start = at + 2 + extended + 4;
    if (start > bytes.length) break;
    const payload = bytes.slice(start, start + length);
    for (let i = 0; i < payload.length; i++) payload[i] ^= bytes[start - 4 + (i & 3)];
    const isWhole = payload.length === length;
    at = start + length;
    if (opcode >= 8) {
      if (!isWhole) break;
      if (opcode === 9) reading.controls.push(`ping ${decoder.decode(payload)}`);
      if (opcode === 10) reading.controls.push(`pong ${decoder.decode(payload)}`);
      if (opcode > 8) continue;
      if (length === 0) return { ...reading, closed: 1005 };
      const code = payload[0] << 8 | payload[1];
      const known = (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
        (code >= 3000 && code <= 4999);
      if (length === 1 || !known) return fails(1002);
      if (!isText(payload.slice(2), true)) return fails(1007);
      return { ...reading, closed: code };
    }
    if (opcode > 0) kind = opcode;
    message = concat(message, payload);
    const last = isWhole && first >= 0x80;
    if (kind === 1 && !isText(message, last)) return fails(1007);
    if (!last) continue;
    reading.messages.push(`${kind === 1 ? "text" : "binary"} ${decoder.decode(message)}`);
    kind = 0;
    message = new Uint8Array(0);
  }
  return reading;
}

/** A stream that is in order: messages in fragments, control frames between them, perhaps an end. */
function stream(random: (below: number) => number): Bytes {
  const parts: Bytes[] = [];
  const key = Array.from(KEY, (byte) => random(3) === 0 ? 0 : byte);
  const add = (fin: number, opcode: number, payload: Bytes) =>
    parts.push(frame({ fin, opcode, payload, key }));
  const someText = (length: number) =>
    bytesOf(Array.from({ length }, () => ["a", "b", "é", "€", "😀"][random(5)]).join(""));
  const control = () => random(3) === 0 && add(1, 9 + random(2), someText(random(10)));
  for (let count = 1 + random(5); count > 0; count--) {
    control();
    const kind = 1 + random(2);
    const payload = someText(random(4) === 0 ? random(300) : random(12));
    const cuts = Array.from({ length: random(4) }, () => random(payload.length + 1)).sort((a, b) =>
      a - b
    );
    const fragments = pieces(payload, ...cuts);
    fragments.forEach((fragment, i) => {
      add(i === fragments.length - 1 ? 1 : 0, i === 0 ? kind : 0, fragment);
      control();
    });
  }
  if (random(2) === 0) add(1, 8, random(2) === 0 ? bytesOf("") : closeBytes(1000, "é€"));
  return concat(...parts);
}

/** The same with some bytes changed, lost, or too many. */
function corrupt(bytes: Bytes, random: (below: number) => number): Bytes {
  let all = [...bytes];
  for (let times = 1 + random(3); times > 0; times--) {
    const at = random(all.length + 1);
    const how = random(5);
    if (how === 0) all[at] ^= 1 << random(8);
    else if (how === 1) all[at] = random(256);
    else if (how === 2) all.splice(at, 1 + random(3));
    else if (how === 3) all.splice(at, 0, random(256));
    else all = all.slice(0, at);
  }
  return Uint8Array.from(all);
}

Deno.test("decoder: what is wrong in a stream is found, with its code, behind all that was right", () => {
  const random = randomNumbers(6455);
  const seen = new Map<number | undefined, number>();
  for (let run = 0; run < 4000; run++) {
    const bytes = corrupt(stream(random), random);
    const maxFrame = random(4) === 0 ? random(200) : 2 ** 26;
    const maxMessage = random(4) === 0 ? random(400) : 2 ** 26;
    const cuts = random(2) === 0 ? bytes.keys() : [random(bytes.length + 1)];
    const outcome = decode("client", pieces(bytes, ...cuts), { maxFrame, maxMessage });
    const expected = read(bytes, maxFrame, maxMessage);
    seen.set(expected.wrong, 1 + (seen.get(expected.wrong) ?? 0));
    assertEquals(
      {
        messages: outcome.messages.map((message) => `${message.kind} ${textOf(message)}`),
        controls: outcome.order.filter((line) => /^p[io]ng /.test(line)),
        closed: outcome.closed?.code,
        wrong: outcome.error?.code,
      },
      { closed: undefined, wrong: undefined, ...expected },
      `run ${run}: ${bytes.toHex()}`,
    );
  }
  // Each sort of outcome was there often enough for this to mean something.
  for (const code of [undefined, 1002, 1007, 1009]) {
    assertEquals([code, seen.get(code)! > 200], [code, true]);
  }
});
