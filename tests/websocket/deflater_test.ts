import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { Batch, BINARY, BYTES, CONTINUED, MORE, TEXT } from "../../lib/core/batch.ts";
import {
  Deflater,
  type DeflaterOptions,
  heldContexts,
  MOST_CONTEXTS,
} from "../../lib/websocket/deflater.ts";
import { Encoder, type EncoderOptions } from "../../lib/websocket/encoder.ts";
import { Inflater } from "../../lib/websocket/inflater.ts";
import { RawDeflate } from "../../lib/websocket/raw_deflate.ts";
import { batchOf, type Message } from "../peers.ts";
import { inflate, messagesIn } from "./deflated.ts";
import {
  type Bytes,
  concat,
  decode,
  pieces,
  randomNumbers,
  type ReadFrame,
  readFrames,
  textOf,
} from "./frames.ts";

type Settings = Partial<DeflaterOptions> & Partial<Pick<EncoderOptions, "from" | "kind">>;

/** An encoder that compresses, and frees what it holds when it is disposed of. */
class Sender implements Disposable {
  readonly deflater: Deflater;
  readonly encoder: Encoder;

  constructor({ from = "server", kind = "keep", ...options }: Settings = {}) {
    this.deflater = new Deflater({
      level: 6,
      windowBits: 15,
      contextTakeover: true,
      threshold: 1,
      ...options,
    });
    this.encoder = new Encoder({ from, kind, deflater: this.deflater });
  }

  /** The frames of a batch, taken before the buffer is anybody's again. */
  encode(batch: Batch): ReadFrame[] {
    const frames = readFrames(this.encoder.encode(batch).slice());
    this.encoder.release();
    return frames;
  }

  send(...messages: Message[]): ReadFrame[] {
    return this.encode(batchOf(...messages));
  }

  [Symbol.dispose](): void {
    this.deflater.close();
  }
}

/** Frames in short: `RSV1 opcode`, and what of it is plain. */
function short(frames: readonly ReadFrame[]): string[] {
  return frames.map(({ fin, rsv, opcode }) => `${fin ? "" : "more "}${rsv} ${opcode}`);
}

Deno.test("RFC 7692 7.2.3.1: Hello becomes the bytes of the example", () => {
  using sender = new Sender();
  const [frame] = sender.send(["Hello", TEXT]);
  assertEquals([frame.rsv, frame.opcode, frame.fin], [4, 1, true]);
  assertEquals([...frame.payload], [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]);
});

Deno.test("RFC 7692 7.2.3.2: with context takeover the second Hello refers to the first", () => {
  using sender = new Sender();
  sender.send(["Hello", TEXT]);
  assertEquals([...sender.send(["Hello", TEXT])[0].payload], [0xf2, 0x00, 0x11, 0x00, 0x00]);
});

Deno.test("RFC 7692 7.1.1.1: without context takeover it does not", () => {
  using sender = new Sender({ contextTakeover: false });
  const text = "Hello, Hello, Hello, Hello";
  const frames = [...sender.send([text, TEXT]), ...sender.send([text, TEXT])];
  assertEquals(frames[0].payload, frames[1].payload);
  assertEquals(messagesIn(frames, false), [text, text]);
});

for (const from of ["server", "client"] as const) {
  for (const contextTakeover of [true, false]) {
    const kept = contextTakeover ? "with" : "without";
    Deno.test(`deflater: a ${from}'s messages of all kinds arrive, ${kept} context takeover`, () => {
      using sender = new Sender({ from, contextTakeover, threshold: 20 });
      const next = randomNumbers(from.length + Number(contextTakeover));
      const frames: ReadFrame[] = [];
      const expected: string[] = [];
      for (let i = 0; i < 40; i++) {
        const messages = Array.from({ length: next(4) }, (): Message => {
          const text = `${next(9)} κόσμε `.repeat(next(i % 9 === 0 ? 20_000 : 30));
          expected.push(text);
          return [text, [BYTES, TEXT, BINARY][next(3)]];
        });
        frames.push(...sender.send(...messages));
      }
      assertEquals(frames.every((frame) => frame.masked === (from === "client")), true);
      assertEquals(messagesIn(frames, contextTakeover).join("|") === expected.join("|"), true);
      assert(frames.some(({ rsv }) => rsv === 4) && frames.some(({ rsv }) => rsv === 0));
    });
  }
}

Deno.test("RFC 7692 6.1: only the first fragment of a message has RSV1", () => {
  using sender = new Sender();
  const frames = sender.send(
    ["one ", TEXT | MORE],
    ["two ", TEXT | MORE | CONTINUED],
    ["three", TEXT | CONTINUED],
    ["four", BINARY],
  );
  assertEquals(short(frames), ["more 4 1", "more 0 0", "0 0", "4 2"]);
  assertEquals(messagesIn(frames, true), ["one two three", "four"]);
});

Deno.test("deflater: parts of a message may come in several batches, empty ones too", () => {
  for (const contextTakeover of [true, false]) {
    using sender = new Sender({ contextTakeover });
    const frames = [
      ...sender.send(["", TEXT | MORE]),
      ...sender.send(["", TEXT | MORE]),
      ...sender.send(["abc".repeat(50), TEXT | MORE | CONTINUED]),
      ...sender.send(["", TEXT | CONTINUED], ["next".repeat(9), TEXT]),
    ].slice(1);
    assertEquals(messagesIn(frames, contextTakeover), ["abc".repeat(50), "next".repeat(9)]);
  }
});

Deno.test("deflater: parts of a message that begins small are compressed all the same", () => {
  using sender = new Sender({ threshold: 1000 });
  const frames = sender.send(["a", TEXT | MORE], ["b".repeat(5000), TEXT | CONTINUED]);
  assertEquals(short(frames), ["more 4 1", "0 0"]);
  assert(frames[1].payload.length < 100);
  assertEquals(messagesIn(frames, true), ["a" + "b".repeat(5000)]);
});

Deno.test("deflater: what is below the threshold is sent as it is", () => {
  using sender = new Sender({ threshold: 10 });
  const frames = sender.send(["123456789", TEXT], ["1234567890", TEXT], ["", TEXT]);
  assertEquals(short(frames), ["0 1", "4 1", "0 1"]);
  assertEquals(messagesIn(frames, true), ["123456789", "1234567890", ""]);
});

Deno.test("deflater: an empty message is sent as it is, whatever the threshold", () => {
  using sender = new Sender({ threshold: 0 });
  assertEquals(short(sender.send(["", BINARY])), ["0 2"]);
});

Deno.test("deflater: without a context, what does not become shorter is sent as it is", () => {
  const noise = crypto.getRandomValues(new Uint8Array(5000));
  using alone = new Sender({ contextTakeover: false });
  const [frame] = alone.encode(Batch.of(noise.slice(), BINARY));
  assertEquals([frame.rsv, frame.payload.length], [0, noise.length]);
  assertEquals(alone.deflater.traffic.compressed, 0);
  // With one, the other end has to see it to keep the same context.
  using kept = new Sender();
  const frames = [...kept.encode(Batch.of(noise.slice(), BINARY)), ...kept.send(["abc", TEXT])];
  assertEquals(short(frames), ["4 2", "4 1"]);
  assertEquals(inflate(frames[0].payload), noise);
});

Deno.test("deflater: messages that zlib makes longer still fit", () => {
  for (const length of [1, 2, 100, 16_383, 16_384, 65_535, 65_536, 300_000]) {
    for (const from of ["server", "client"] as const) {
      for (const level of [1, 6, 9]) {
        using sender = new Sender({ from, level });
        const noise = new Uint8Array(length);
        for (let at = 0; at < length; at += 65_536) {
          crypto.getRandomValues(noise.subarray(at, at + 65_536));
        }
        const [frame] = sender.encode(Batch.of(noise.slice(), BINARY));
        const came = inflate(frame.payload);
        assert(came.length === length && came.every((byte, i) => byte === noise[i]));
      }
    }
  }
});

Deno.test("deflater: bytes that are not UTF-8 are replaced before", () => {
  using sender = new Sender();
  const frames = sender.encode(Batch.of(Uint8Array.of(0x61, 0xff, 0x62)));
  assertEquals(messagesIn(frames, true), ["a\ufffdb"]);
});

/** Whether no distance in a payload of blocks with fixed codes is over `limit`. */
function fits(payload: Bytes, limit: number): boolean {
  let bit = 0;
  const take = (count: number) => {
    let value = 0;
    for (let i = 0; i < count; i++, bit++) value |= (payload[bit >> 3] >> (bit & 7) & 1) << i;
    return value;
  };
  const code = (count: number, start = 0) => {
    let value = start;
    for (let i = 0; i < count; i++) value = value << 1 | take(1);
    return value;
  };
  for (;;) {
    take(1);
    const type = take(2);
    if (type === 0) return true; // The flush at the end.
    if (type !== 1) throw new Error("another block than one with fixed codes");
    for (;;) {
      let symbol = code(7);
      if (symbol <= 0b0010111) symbol += 256;
      else {
        symbol = code(1, symbol);
        if (symbol >= 0b00110000 && symbol <= 0b10111111) continue;
        if (symbol >= 0b11000000 && symbol <= 0b11000111) symbol += 280 - 0b11000000;
        else {
          code(1);
          continue;
        }
      }
      if (symbol === 256) break;
      if (symbol >= 265 && symbol < 285) take((symbol - 261) >> 2);
      const distanceCode = code(5);
      const extra = distanceCode < 4 ? 0 : (distanceCode >> 1) - 1;
      const base = distanceCode < 4 ? distanceCode : (2 + (distanceCode & 1)) << extra;
      if (base + take(extra) + 1 > limit) return false;
    }
  }
}

Deno.test("RFC 7692 7.1.2: no message refers back further than was agreed on", () => {
  const noise = crypto.getRandomValues(new Uint8Array(60_000)).map((byte) => byte & 0x3f);
  for (let windowBits = 9; windowBits <= 15; windowBits++) {
    using sender = new Sender({ windowBits, level: 9 });
    const frames: ReadFrame[] = [];
    const sizes = [5000, 2 ** windowBits - 300, 2 ** windowBits, 200, 2 ** windowBits + 1];
    for (const size of sizes) {
      frames.push(...sender.encode(Batch.of(noise.slice(0, size), BINARY)));
      frames.push(...sender.encode(Batch.of(noise.slice(0, 100), BINARY)));
    }
    const run = concat(...frames.flatMap(({ payload }) => [payload, [0, 0, 0xff, 0xff]]));
    assertEquals(inflate(run, windowBits), inflate(run));
  }
});

Deno.test("RFC 7692 7.1.2: with 8 bits no distance is over 256", () => {
  using sender = new Sender({ windowBits: 8, level: 9 });
  let near = 0;
  for (let distance = 3; distance < 400; distance += 1) {
    // A few bytes that come again after others that do not: zlib takes fixed codes for so little.
    const text = "xyzxyz" +
      Array.from({ length: distance - 6 }, (_, i) => String.fromCharCode(33 + (i * i) % 90)).join(
        "",
      ) +
      "xyzxyz";
    sender.deflater.sentForMany(Object.assign(sender.deflater.trafficForMany(), { compressed: 1 }));
    const [frame] = sender.send([text, TEXT]);
    if ((frame.payload[0] >> 1 & 3) !== 1) continue;
    near++;
    assertEquals(fits(frame.payload, 256), true, `distance ${distance}`);
  }
  assert(near > 20, String(near));
});

Deno.test("deflater and inflater: any batches arrive as they were, in any pieces", () => {
  const next = randomNumbers(99);
  for (let round = 0; round < 40; round++) {
    const contextTakeover = next(2) === 1;
    const from = next(2) === 1 ? "client" : "server";
    const windowBits = 9 + next(7);
    using sender = new Sender({
      from,
      contextTakeover,
      windowBits,
      level: 1 + next(9),
      threshold: 9,
    });
    const inflater = new Inflater({ windowBits, contextTakeover, maxMessage: 2 ** 26 });
    const runs: Bytes[] = [];
    const expected: string[] = [];
    let open = false;
    for (let i = next(8); i >= 0; i--) {
      const entries = Array.from({ length: 1 + next(5) }, (_, at): Message => {
        const text = `${next(7)}-`.repeat(next(next(9) === 0 ? 100_000 : 60));
        const more = next(4) === 0 && (i > 0 || at > 0);
        const flags = TEXT | (open ? CONTINUED : 0) | (more ? MORE : 0);
        if (open) expected[expected.length - 1] += text;
        else expected.push(text);
        open = more;
        return [text, flags];
      });
      if (i === 0) {
        entries.push(["end", TEXT | (open ? CONTINUED : 0)]);
        if (open) expected[expected.length - 1] += "end";
        else expected.push("end");
      }
      const batch = batchOf(...entries);
      runs.push(sender.encoder.encode(next(2) === 0 ? batch.share() : batch).slice());
      sender.encoder.release();
    }
    const bytes = concat(...runs);
    const cuts = Array.from({ length: next(20) }, () => next(bytes.length + 1)).sort((a, b) =>
      a - b
    );
    const outcome = decode(from, pieces(bytes, ...cuts), { inflater });
    inflater.close();
    assertEquals(outcome.error, undefined);
    assertEquals(outcome.messages.map(textOf).join("|") === expected.join("|"), true);
    assertEquals(outcome.betweenMessages, true);
    const { messages, bytes: length, wireBytes, compressed } = inflater.traffic;
    const sent = sender.deflater.traffic;
    assertEquals(
      [messages, length, wireBytes, compressed],
      [sent.messages, sent.bytes, sent.wireBytes, sent.compressed],
    );
  }
});

// --- One compressed form for many ---

Deno.test("deflater: a message for many is compressed once for all who have agreed on the same", () => {
  const text = "for everyone ".repeat(100);
  const batch = batchOf([text, TEXT]);
  using one = new Sender();
  using other = new Sender();
  using narrow = new Sender({ windowBits: 9 });
  const frames = [one, other, narrow].map(({ encoder }) => encoder.encode(batch.share()));
  assertStrictEquals(frames[0], frames[1]);
  assert(frames[2] !== frames[0]);
  for (const bytes of frames) {
    const read = readFrames(bytes);
    assertEquals(short(read), ["4 1"]);
    assertEquals(messagesIn(read, true), [text]);
  }
  assertEquals(one.deflater.traffic, other.deflater.traffic);
  assertEquals(one.deflater.traffic.messages, 1);
  assertEquals(one.deflater.traffic.bytes, text.length);
});

Deno.test("deflater: what is for many and what is for one may come in turns, with a context", () => {
  using one = new Sender();
  using other = new Sender();
  const texts: string[] = [];
  const frames: ReadFrame[] = [];
  for (let i = 0; i < 10; i++) {
    const shared = `shared ${i} `.repeat(30);
    const batch = batchOf([shared, TEXT]);
    other.encode(batch.share());
    frames.push(...one.encode(batch.share()), ...one.send([`private ${i} `.repeat(20), TEXT]));
    frames.push(...one.send([`private ${i} `.repeat(20), TEXT]));
    texts.push(shared, `private ${i} `.repeat(20), `private ${i} `.repeat(20));
  }
  assertEquals(messagesIn(frames, true), texts);
  // The second one refers to the first.
  assert(frames[2].payload.length < frames[1].payload.length);
});

Deno.test("deflater: short messages for many are not compressed, and leave the context alone", () => {
  using sender = new Sender({ threshold: 32 });
  const text = "one for me, and one for me again".repeat(3);
  const frames = sender.send([text, TEXT]);
  frames.push(...sender.encode(batchOf(["short", TEXT]).share()), ...sender.send([text, TEXT]));
  assertEquals(messagesIn(frames, true), [text, "short", text]);
  assert(frames[2].payload.length < 10);
});

// --- What is held ---

Deno.test("deflater: nothing is held before the first message, nor after the end", () => {
  assertEquals(heldContexts(), 0);
  {
    using kept = new Sender();
    using alone = new Sender({ contextTakeover: false });
    kept.send(["short", TEXT]);
    assertEquals(heldContexts(), 1);
    alone.send(["x".repeat(100), TEXT]);
    assertEquals(heldContexts(), 2);
  }
  assertEquals(heldContexts(), 0);
});

Deno.test("deflater: connections without context takeover share one", () => {
  const senders = Array.from({ length: 20 }, () => new Sender({ contextTakeover: false }));
  for (const sender of senders) sender.send(["x".repeat(100), TEXT]);
  assertEquals(heldContexts(), 1);
  for (const sender of senders) sender[Symbol.dispose]();
  assertEquals(heldContexts(), 0);
});

Deno.test("deflater: who sent nothing for longest loses its context, and is understood", () => {
  const senders = Array.from({ length: MOST_CONTEXTS + 3 }, () => new Sender());
  const text = "what was said before ".repeat(5);
  const frames = senders.map((sender) => sender.send([text, TEXT]));
  assertEquals(heldContexts(), MOST_CONTEXTS);
  const last = senders.length - 1;
  frames[last].push(...senders[last].send([text, TEXT]));
  frames[0].push(...senders[0].send([text, TEXT]));
  assertEquals(heldContexts(), MOST_CONTEXTS);
  assert(frames[last][1].payload.length < frames[last][0].payload.length);
  assertEquals(frames[0][1].payload.length, frames[0][0].payload.length);
  for (const i of [0, last]) assertEquals(messagesIn(frames[i], true), [text, text]);
  for (const sender of senders) sender[Symbol.dispose]();
  assertEquals(heldContexts(), 0);
});

Deno.test("deflater: a context that is lost is taken over, not made anew, where it is of the kind", () => {
  const { compress } = RawDeflate;
  let made = 0;
  RawDeflate.compress = (level, windowBits) => {
    made++;
    return compress(level, windowBits);
  };
  try {
    const senders = Array.from({ length: MOST_CONTEXTS + 10 }, () => new Sender());
    const frames = senders.map((sender) => sender.send(["x".repeat(50), TEXT]));
    senders.forEach((sender, i) => frames[i].push(...sender.send(["y".repeat(50), TEXT])));
    assertEquals(made, MOST_CONTEXTS);
    const texts = ["x".repeat(50), "y".repeat(50)];
    for (const sent of frames) assertEquals(messagesIn(sent, true), texts);
    using other = new Sender({ windowBits: 9 });
    other.send(["x".repeat(50), TEXT]);
    assertEquals([made, heldContexts()], [MOST_CONTEXTS + 1, MOST_CONTEXTS]);
    for (const sender of senders) sender[Symbol.dispose]();
  } finally {
    RawDeflate.compress = compress;
  }
});
