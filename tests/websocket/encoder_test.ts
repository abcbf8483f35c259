import { assert, assertEquals, assertNotEquals, assertStrictEquals } from "@std/assert";
import { Batch, BINARY, BYTES, CONTINUED, MORE, TEXT } from "../../lib/core/batch.ts";
import { controlFrame, Encoder, type EncoderOptions } from "../../lib/websocket/encoder.ts";
import { MAX_HEADER, OPCODE } from "../../lib/websocket/frame.ts";
import {
  type Bytes,
  bytesOf,
  concat,
  decode,
  pieces,
  randomNumbers,
  type ReadFrame,
  readFrames,
  textOf,
} from "./frames.ts";

type Entry = readonly [payload: Bytes | string, flags: number];

/** A batch over a buffer with `gap` bytes before each entry, and the floor at the first of them. */
function batchOf(entries: readonly Entry[], gap = 0, before = 0): Batch {
  const payloads = entries.map(([payload]) => bytesOf(payload));
  const size = payloads.reduce((sum, payload) => sum + gap + payload.length, before);
  const batch = new Batch(new Uint8Array((size + 3) & ~3));
  batch.floor = before;
  let at = before;
  payloads.forEach((payload, i) => {
    at += gap;
    batch.bytes.set(payload, at);
    batch.push(at, at += payload.length, entries[i][1]);
  });
  return batch;
}

function encode(
  batch: Batch,
  from: "client" | "server" = "server",
  options: Partial<EncoderOptions> = {},
): ReadFrame[] {
  const encoder = new Encoder({ from, kind: "keep", ...options });
  const frames = readFrames(encoder.encode(batch));
  encoder.release();
  return frames;
}

const text = new TextDecoder();

/** Frames in short: `FIN opcode payload`. */
function short(frames: readonly ReadFrame[]): string[] {
  return frames.map(({ fin, opcode, payload }) =>
    `${fin ? 1 : 0} ${opcode} ${text.decode(payload)}`
  );
}

/** All ways in which a batch can come: with room for headers, without, shared. */
function ways(entries: readonly Entry[]): [name: string, make: () => Batch][] {
  return [
    ["in place", () => batchOf(entries, MAX_HEADER)],
    ["just room enough", () => batchOf(entries, 10)],
    ["no room", () => batchOf(entries)],
    ["misaligned", () => batchOf(entries, 3, 1)],
    ["shared", () => batchOf(entries, MAX_HEADER).share()],
  ];
}

const LENGTHS = [
  ...Array.from({ length: 41 }, (_, i) => i),
  124,
  125,
  126,
  127,
  255,
  256,
  257,
  300,
  65535,
  65536,
];

Deno.test("RFC 6455 5.1: a client masks every frame, a server masks none", () => {
  for (const [name, make] of ways([["one", TEXT], ["", BINARY], ["three".repeat(100), BINARY]])) {
    assert(encode(make(), "client").every((frame) => frame.masked), name);
    assert(encode(make(), "server").every((frame) => !frame.masked), name);
  }
  for (const opcode of [OPCODE.ping, OPCODE.pong, OPCODE.close]) {
    assert(readFrames(controlFrame(opcode, bytesOf("abc"), "client"))[0].masked);
    assert(!readFrames(controlFrame(opcode, bytesOf("abc"), "server"))[0].masked);
  }
});

Deno.test("RFC 6455 5.2: the length stands in as few bytes as it can", () => {
  for (const length of LENGTHS) {
    for (const from of ["client", "server"] as const) {
      const [{ lengthBits }] = encode(batchOf([[new Uint8Array(length), BINARY]], 14), from);
      assertEquals(lengthBits, length < 126 ? 7 : length < 65536 ? 16 : 64);
    }
  }
});

Deno.test("RFC 6455 5.2: the reserved bits are 0", () => {
  for (const from of ["client", "server"] as const) {
    for (const frame of encode(batchOf([["a", TEXT], ["b", BINARY]]), from)) {
      assertEquals(frame.rsv, 0);
    }
  }
});

Deno.test("RFC 6455 5.3: payloads of every length and at every alignment can be unmasked", () => {
  for (const length of LENGTHS) {
    const payload = Uint8Array.from({ length }, (_, i) => i * 3 + 1);
    for (let before = 0; before < 4; before++) {
      for (const shared of [false, true]) {
        const batch = batchOf([[payload, BINARY]], 0, before);
        const [frame] = encode(shared ? batch.share() : batch, "client");
        assertEquals(frame.payload, payload);
      }
    }
  }
});

Deno.test("RFC 6455 5.3: each frame has a masking key of its own", () => {
  const entries = Array.from({ length: 1000 }, () => ["x", TEXT] as const);
  const keys = new Set(encode(batchOf(entries), "client").map(({ key }) => key.join()));
  assert(keys.size > 990, `${keys.size} keys`);
  const control = () => readFrames(controlFrame(OPCODE.ping, bytesOf("x"), "client"))[0].key;
  assertNotEquals(control(), control());
});

Deno.test("RFC 6455 5.3: the keys use all four of their bytes", () => {
  const entries = Array.from({ length: 500 }, () => ["x", TEXT] as const);
  const frames = encode(batchOf(entries), "client");
  for (let at = 0; at < 4; at++) {
    assert(new Set(frames.map(({ key }) => key[at])).size > 100);
  }
});

Deno.test("RFC 6455 5.4: a message in parts is sent as fragments", () => {
  for (
    const [name, make] of ways([
      ["whole", TEXT],
      ["a", BINARY | MORE],
      ["b", BINARY | MORE | CONTINUED],
      ["", BINARY | CONTINUED],
      ["next", TEXT],
    ])
  ) {
    for (const from of ["client", "server"] as const) {
      assertEquals(
        short(encode(make(), from)),
        ["1 1 whole", "0 2 a", "0 0 b", "1 0 ", "1 1 next"],
        name,
      );
    }
  }
});

Deno.test("RFC 6455 5.4: the parts of a message may lie in several batches", () => {
  const encoder = new Encoder({ from: "server", kind: "keep" });
  const one = readFrames(encoder.encode(batchOf([["a", TEXT | MORE]])).slice());
  const two = readFrames(encoder.encode(batchOf([["b", TEXT | CONTINUED], ["c", BINARY]])).slice());
  encoder.release();
  assertEquals(short([...one, ...two]), ["0 1 a", "1 0 b", "1 2 c"]);
});

Deno.test("RFC 6455 5.5: a control frame is not fragmented", () => {
  for (const opcode of [OPCODE.ping, OPCODE.pong, OPCODE.close]) {
    const payload = bytesOf("x".repeat(125));
    for (const from of ["client", "server"] as const) {
      const [frame] = readFrames(controlFrame(opcode, payload, from));
      assertEquals([frame.fin, frame.opcode, frame.rsv, frame.lengthBits], [true, opcode, 0, 7]);
      assertEquals(frame.payload, payload);
    }
  }
});

Deno.test("RFC 6455 5.6: text is sent as text, binary as binary, bytes as text", () => {
  const entries: Entry[] = [["a", TEXT], ["b", BINARY], ["c", BYTES]];
  for (const [name, make] of ways(entries)) {
    assertEquals(short(encode(make())), ["1 1 a", "1 2 b", "1 1 c"], name);
    assertEquals(
      short(encode(make(), "server", { kind: "text" })),
      ["1 1 a", "1 1 b", "1 1 c"],
      name,
    );
    assertEquals(
      short(encode(make(), "client", { kind: "binary" })),
      ["1 2 a", "1 2 b", "1 2 c"],
      name,
    );
  }
});

Deno.test("RFC 6455 5.6: a text frame holds valid UTF-8, whatever bytes it is made of", () => {
  const wrong = concat(bytesOf("κ"), [0xff, 0xe2, 0x82], bytesOf("x"), [0xf0, 0x9f]);
  const entries: Entry[] = [["ok", BYTES], [wrong, BYTES], ["é", BYTES], [wrong, BINARY]];
  for (const from of ["client", "server"] as const) {
    for (const [name, make] of ways(entries)) {
      let repairs = 0;
      const [ok, repaired, fine, binary] = encode(make(), from, { onRepair: () => repairs++ });
      assertEquals(
        short([ok, repaired, fine]),
        ["1 1 ok", "1 1 κ\ufffd\ufffdx\ufffd", "1 1 é"],
        name,
      );
      assertEquals(binary.payload, wrong, name);
      assertEquals(repairs, 1, name);
    }
  }
});

Deno.test("RFC 6455 5.6: binary messages that are sent as text are repaired, too", () => {
  let repairs = 0;
  const batch = batchOf([[bytesOf([0x61, 0xff]), BINARY], ["b", TEXT]]);
  const frames = encode(batch, "server", { kind: "text", onRepair: () => repairs++ });
  assertEquals(short(frames), ["1 1 a\ufffd", "1 1 b"]);
  assertEquals(repairs, 1);
});

Deno.test("encoder: a character that two parts share is no error", () => {
  const [e2, rest] = [bytesOf([0x61, 0xe2, 0x82]), bytesOf([0xac, 0x62])];
  let repairs = 0;
  const encoder = new Encoder({ from: "client", kind: "keep", onRepair: () => repairs++ });
  const sent = [
    batchOf([[e2, BYTES | MORE]]),
    batchOf([[rest, BYTES | CONTINUED]]),
    batchOf([["x", BYTES]]),
  ]
    .flatMap((batch) => readFrames(encoder.encode(batch).slice()));
  assertEquals(repairs, 0);
  assertEquals(sent.map(({ fin, opcode }) => `${fin} ${opcode}`), ["false 1", "true 0", "true 1"]);
  assertEquals(text.decode(concat(...sent.map(({ payload }) => payload))), "a€bx");
});

Deno.test("encoder: a character that the last part leaves open is replaced", () => {
  let repairs = 0;
  const encoder = new Encoder({ from: "server", kind: "keep", onRepair: () => repairs++ });
  const sent = [[0x61, 0xf0, 0x9f], [0x98], []].flatMap((part, i) =>
    readFrames(
      encoder.encode(
        batchOf([[bytesOf(part), BYTES | (i < 2 ? MORE : 0) | (i > 0 ? CONTINUED : 0)]]),
      ).slice(),
    )
  );
  assertEquals(short(sent), ["0 1 a", "0 0 ", "1 0 \ufffd"]);
  assertEquals(repairs, 1);
});

Deno.test("encoder: the repair of many bytes fits the buffer", () => {
  const wrong = new Uint8Array(100_000).fill(0xff);
  for (const from of ["client", "server"] as const) {
    const frames = encode(batchOf([[wrong, BYTES], [wrong.subarray(0, 1), BYTES]]), from);
    assertEquals(frames.map(({ payload }) => payload.length), [300_000, 3]);
  }
});

Deno.test("encoder: a server's frames are written where the payloads lie, if there is room", () => {
  for (const length of [1, 3]) {
    const entries = Array.from({ length }, (_, i) => ["message " + i, TEXT] as const);
    const batch = batchOf(entries, 6);
    const encoder = new Encoder({ from: "server", kind: "keep" });
    const bytes = encoder.encode(batch);
    assertStrictEquals(bytes.buffer, batch.bytes.buffer);
    assertEquals(short(readFrames(bytes)), entries.map(([payload]) => `1 1 ${payload}`));
  }
});

Deno.test("encoder: a server's frames of a long read lie in place, the last payload where it came", () => {
  const read = new Uint8Array(64 + 3 * 65536 + 100).map((_, i) => i * 7 + (i >> 9));
  const payloads = [0, 1, 2].map((i) => read.slice(64 + i * 65536, 64 + (i + 1) * 65536));
  const batch = new Batch(read);
  for (let i = 0; i < 3; i++) batch.push(64 + i * 65536, 64 + (i + 1) * 65536, BINARY);
  const frames = new Encoder({ from: "server", kind: "keep" }).encode(batch);
  assertStrictEquals(frames.buffer, read.buffer);
  assertEquals(frames.byteOffset + frames.length, 64 + 3 * 65536);
  const back = readFrames(frames).map(({ payload }) => payload);
  assert(back.every((payload, i) => payload.every((byte, at) => byte === payloads[i][at])));
  assertEquals(back.map(({ length }) => length), [65536, 65536, 65536]);
});

Deno.test("encoder: nothing before the floor or behind the last message is written to", () => {
  for (const from of ["client", "server"] as const) {
    for (const gap of [0, 2, 10]) {
      const batch = batchOf(
        [["a".repeat(300), BINARY], ["b", TEXT], ["c".repeat(200), BYTES]],
        gap,
        5,
      );
      const end = batch.end(2);
      batch.bytes.fill(0x55, 0, 5);
      batch.bytes.fill(0x55, end);
      encode(batch, from);
      assert(batch.bytes.subarray(0, 5).every((byte) => byte === 0x55));
      assert(batch.bytes.subarray(end).every((byte) => byte === 0x55));
    }
  }
});

Deno.test("encoder: a shared batch stays as it is", () => {
  const entries: Entry[] = [["a".repeat(300), BINARY], ["b", TEXT], [bytesOf([0xff]), BYTES]];
  for (const from of ["client", "server"] as const) {
    const batch = batchOf(entries, MAX_HEADER);
    const before = batch.bytes.slice();
    const first = encode(batch.share(), from);
    assertEquals(batch.bytes, before);
    assertEquals(encode(batch.share(), from).map((f) => f.payload), first.map((f) => f.payload));
  }
});

Deno.test("encoder: an empty batch becomes no bytes", () => {
  for (const from of ["client", "server"] as const) {
    assertEquals(
      new Encoder({ from, kind: "keep" }).encode(new Batch(new Uint8Array(8))).length,
      0,
    );
  }
});

Deno.test("encoder and decoder: any batches arrive as they were, in any pieces", () => {
  const random = randomNumbers(6455);
  for (let round = 0; round < 200; round++) {
    const from = round % 2 === 0 ? "client" : "server";
    const encoder = new Encoder({ from, kind: "keep" });
    const sent: string[] = [];
    const wire: Bytes[] = [];
    for (let batches = random(4) + 1; batches > 0; batches--) {
      const entries = Array.from({ length: random(30) + 1 }, (): Entry => {
        const payload = "zß水🍺\n".repeat(random(random(8) === 0 ? 3000 : 20)).slice(random(5))
          .toWellFormed();
        return [payload, [BYTES, TEXT, BINARY][random(3)]];
      });
      sent.push(
        ...entries.map(([payload, flags]) => `${flags === BINARY ? "binary" : "text"} ${payload}`),
      );
      const [, make] = ways(entries)[random(5)];
      wire.push(encoder.encode(make()).slice());
      encoder.release();
    }
    const bytes = concat(...wire);
    const cuts = Array.from({ length: random(20) }, () => random(bytes.length)).sort((a, b) =>
      a - b
    );
    const outcome = decode(from, pieces(bytes, ...cuts));
    assertEquals(outcome.error, undefined);
    assertEquals(outcome.messages.map((message) => `${message.kind} ${textOf(message)}`), sent);
  }
});
