import { assert, assertEquals, assertMatch } from "@std/assert";
import { constants, deflateRawSync } from "node:zlib";
import { Batch, CONTINUED, MORE } from "../../lib/core/batch.ts";
import { Decoder, type DecoderOptions, HOLD } from "../../lib/websocket/decoder.ts";
import { Inflater, type InflaterOptions } from "../../lib/websocket/inflater.ts";
import { compress, compressed } from "./deflated.ts";
import {
  type Bytes,
  bytesOf,
  concat,
  decode,
  frame,
  KEY,
  type Outcome,
  pieces,
  randomNumbers,
  textOf,
  unmasked,
} from "./frames.ts";

/** Decodes what a server sends that compresses. */
function receive(
  chunks: readonly Bytes[],
  options: Partial<InflaterOptions> = {},
  decoding: Partial<DecoderOptions> & { from?: "client" | "server" } = {},
): Outcome & { inflater: Inflater } {
  const inflater = new Inflater({
    windowBits: 15,
    contextTakeover: true,
    maxMessage: options.maxMessage ?? decoding.maxMessage ?? 2 ** 26,
    ...options,
  });
  const { from = "server", ...rest } = decoding;
  try {
    return {
      ...decode(from, chunks, { maxMessage: options.maxMessage, ...rest, inflater }),
      inflater,
    };
  } finally {
    inflater.close();
  }
}

function texts({ messages, error }: Outcome): string[] {
  assertEquals(error, undefined);
  return messages.map(textOf);
}

const HELLO = Uint8Array.of(0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00);

// --- The examples of RFC 7692, section 7.2.3 ---

Deno.test("RFC 7692 7.2.3.1: a compressed message", () => {
  const bytes = Uint8Array.of(0xc1, 0x07, ...HELLO);
  assertEquals(texts(receive([bytes])), ["Hello"]);
  assertEquals(texts(receive([...bytes].map((byte) => Uint8Array.of(byte)))), ["Hello"]);
});

Deno.test("RFC 7692 7.2.3.1: the same in two fragments", () => {
  const bytes = Uint8Array.of(
    ...[0x41, 0x03, 0xf2, 0x48, 0xcd],
    ...[0x80, 0x04, 0xc9, 0xc9, 0x07, 0x00],
  );
  assertEquals(texts(receive([bytes])), ["Hello"]);
});

Deno.test("RFC 7692 7.2.3.2: the second message refers to the first", () => {
  const second = Uint8Array.of(0xf2, 0x00, 0x11, 0x00, 0x00);
  const bytes = concat(compressed(1, HELLO), compressed(1, second));
  assertEquals(texts(receive([bytes])), ["Hello", "Hello"]);
  // Without a context there is nothing to refer to.
  assertEquals(receive([bytes], { contextTakeover: false }).error?.code, 1007);
});

Deno.test("RFC 7692 7.2.3.3: a block without compression", () => {
  const payload = Uint8Array.of(0, 5, 0, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0);
  assertEquals(texts(receive([compressed(1, payload)])), ["Hello"]);
});

Deno.test("RFC 7692 7.2.3.4: a block that says it is the final one", () => {
  const payload = Uint8Array.of(0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00);
  const bytes = concat(compressed(1, payload), compressed(1, HELLO), compressed(1, payload));
  assertEquals(texts(receive([bytes])), ["Hello", "Hello", "Hello"]);
  assertEquals(texts(receive([bytes], { contextTakeover: false })), ["Hello", "Hello", "Hello"]);
  assertEquals(
    texts(receive([...bytes].map((byte) => Uint8Array.of(byte)))),
    ["Hello", "Hello", "Hello"],
  );
});

Deno.test("RFC 7692 7.2.3.5: two blocks in a message", () => {
  const payload = Uint8Array.of(
    ...[0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff],
    ...[0xca, 0xc9, 0xc9, 0x07, 0x00],
  );
  assertEquals(texts(receive([compressed(1, payload)])), ["Hello"]);
});

Deno.test("RFC 7692 7.2.3.6: an empty message", () => {
  const empty = compressed(1, Uint8Array.of(0));
  assertEquals(texts(receive([concat(empty, compressed(1, HELLO), empty)])), ["", "Hello", ""]);
});

// --- What else is right ---

Deno.test("inflater: a final block in the middle of a message", () => {
  const whole = Uint8Array.from(deflateRawSync(bytesOf("one ")));
  const bytes = compressed(1, concat(whole, whole, compress("two")));
  assertEquals(texts(receive([bytes])), ["one one two"]);
});

Deno.test("inflater: a message that ends with its final block", () => {
  const whole = Uint8Array.from(deflateRawSync(bytesOf("one")));
  const bytes = concat(compressed(1, whole), compressed(1, HELLO));
  assertEquals(texts(receive([bytes])), ["one", "Hello"]);
  assertEquals(texts(receive([...bytes].map((byte) => Uint8Array.of(byte)))), ["one", "Hello"]);
});

Deno.test("inflater: an empty payload is an empty message", () => {
  const empty = new Uint8Array(0);
  assertEquals(texts(receive([concat(compressed(1, empty), compressed(1, HELLO))])), ["", "Hello"]);
});

Deno.test("RFC 7692 6: messages that are not compressed come in between", () => {
  const bytes = concat(
    unmasked(1, "plain"),
    compressed(1, HELLO),
    unmasked(2, "bytes"),
    unmasked(1, ""),
    unmasked(1, "in ", 0),
    unmasked(0, "parts"),
    compressed(1, Uint8Array.of(0xf2, 0x00, 0x11, 0x00, 0x00)),
  );
  const outcome = receive([bytes]);
  assertEquals(texts(outcome), ["plain", "Hello", "bytes", "", "in parts", "Hello"]);
  assertEquals(outcome.messages[2].kind, "binary");
  assertEquals(outcome.betweenMessages, true);
});

Deno.test("RFC 7692 6.1: fragments of a compressed message, with control frames between", () => {
  const bytes = concat(
    compressed(1, HELLO.subarray(0, 2), 0),
    unmasked(9, "now"),
    unmasked(0, new Uint8Array(0), 0),
    unmasked(0, HELLO.subarray(2, 5), 0),
    unmasked(10, "then"),
    unmasked(0, HELLO.subarray(5)),
  );
  for (const chunks of [[bytes], [...bytes].map((byte) => Uint8Array.of(byte))]) {
    assertEquals(receive(chunks).order, ["ping now", "pong then", "text Hello"]);
  }
});

Deno.test("inflater: what clients send is unmasked before", () => {
  const bytes = frame({ rsv: 4, opcode: 1, payload: HELLO, key: KEY });
  assertEquals(texts(receive([bytes], {}, { from: "client" })), ["Hello"]);
});

Deno.test("RFC 7692 7.2.2: the context reaches over messages of every size", () => {
  const next = randomNumbers(7);
  const frames: Bytes[] = [];
  const expected: string[] = [];
  let before = "";
  for (let i = 0; i < 60; i++) {
    const length = next(i % 10 === 0 ? 50_000 : 300);
    let text = "";
    while (text.length < length) text += `${next(50)} ä `;
    frames.push(compressed(1, compress(text, before === "" ? undefined : before)));
    expected.push(text);
    before += text;
  }
  const bytes = concat(...frames);
  const at = bytes.length >> 1;
  for (const chunks of [[bytes], pieces(bytes, 1, at, at + 3)]) {
    assertEquals(texts(receive(chunks)).join("|") === expected.join("|"), true);
  }
});

Deno.test("RFC 7692 7.1.2.1: smaller windows are enough for who has agreed on them", () => {
  const text = "abcdefgh".repeat(4000);
  for (const windowBits of [8, 9, 10, 15]) {
    const payload = Uint8Array.from(
      deflateRawSync(text, { windowBits, finishFlush: constants.Z_SYNC_FLUSH }),
    );
    const bytes = compressed(1, payload.subarray(0, -4));
    assertEquals(texts(receive([bytes], { windowBits }))[0] === text, true);
  }
});

// --- What is wrong ---

for (
  const [name, bytes] of [
    ["a Ping", frame({ rsv: 4, opcode: 9 })],
    ["a Pong", frame({ rsv: 4, opcode: 10 })],
    ["a Close frame", frame({ rsv: 4, opcode: 8 })],
    [
      "a continuation",
      concat(compressed(1, HELLO, 0), frame({ rsv: 4, opcode: 0, payload: HELLO })),
    ],
    [
      "a continuation of a plain message",
      concat(unmasked(1, "a", 0), frame({ rsv: 4, opcode: 0 })),
    ],
    ["a frame with RSV2 too", frame({ rsv: 6, opcode: 1, payload: HELLO })],
    ["a frame with RSV3 too", frame({ rsv: 5, opcode: 1, payload: HELLO })],
    ["a reserved opcode", frame({ rsv: 4, opcode: 3 })],
  ] as [string, Bytes][]
) {
  Deno.test(`RFC 7692 6: RSV1 on ${name} fails with 1002`, () => {
    assertEquals(receive([bytes]).error?.code, 1002);
  });
}

Deno.test("RFC 6455 5.2: RSV2 or RSV3 alone fail with 1002", () => {
  for (const rsv of [1, 2, 3]) {
    assertEquals(receive([frame({ rsv, opcode: 1 })]).error?.code, 1002);
  }
});

Deno.test("RFC 7692 6: RSV1 where nothing was agreed on fails with 1002", () => {
  assertEquals(decode("server", [compressed(1, HELLO)]).error?.code, 1002);
});

Deno.test("inflater: what cannot be inflated fails with 1007, and what came before is good", () => {
  const outcome = receive([concat(compressed(1, HELLO), compressed(1, Uint8Array.of(0xff, 0xff)))]);
  assertEquals(outcome.messages.map(textOf), ["Hello"]);
  assertEquals(outcome.error?.code, 1007);
  assertMatch(outcome.error!.message, /^a compressed message that cannot be inflated: invalid/);
});

Deno.test("inflater: a distance beyond the window fails with 1007", () => {
  const text = Array.from({ length: 2000 }, (_, i) => String(i)).join(",");
  const bytes = compressed(1, compress(text + text));
  assertEquals(receive([bytes], { windowBits: 9 }).error?.code, 1007);
  assertEquals(receive([bytes]).error, undefined);
});

Deno.test("RFC 6455 8.1: UTF-8 is checked after inflating", () => {
  for (const bytes of [[0xff], [0x61, 0xc3], [0xed, 0xa0, 0x80], [0x80]]) {
    const message = compressed(1, compress(Uint8Array.from(bytes)));
    assertEquals(receive([message]).error?.code, 1007, String(bytes));
    assertEquals(receive([compressed(2, compress(Uint8Array.from(bytes)))]).error, undefined);
  }
  // The same of messages that are not compressed.
  assertEquals(receive([unmasked(1, Uint8Array.of(0xff))]).error?.code, 1007);
});

Deno.test("RFC 6455 8.1: a character may be cut by fragments and blocks", () => {
  const text = "κόσμε 🍺".repeat(50);
  const payload = compress(text);
  for (let cut = 0; cut < payload.length; cut += 7) {
    const bytes = concat(
      compressed(1, payload.subarray(0, cut), 0),
      unmasked(0, payload.subarray(cut)),
    );
    assertEquals(texts(receive([bytes])), [text]);
  }
});

// --- Limits ---

Deno.test("inflater: a message may be as long as --max-ws-message-length once inflated", () => {
  const data = new Uint8Array(100_000);
  crypto.getRandomValues(data.subarray(0, 65_536));
  const bytes = compressed(2, compress(data));
  assertEquals(receive([bytes], { maxMessage: data.length }).messages.length, 1);
  const { error } = receive([bytes], { maxMessage: data.length - 1 });
  assertEquals(error?.code, 1009);
  assertMatch(error!.message, /more than --max-ws-message-length \(99999\)$/);
});

Deno.test("inflater: fragments and plain messages are under the same limit", () => {
  const plain = concat(unmasked(1, "12345", 0), unmasked(0, "67890"));
  assertEquals(receive([plain], { maxMessage: 10 }).error, undefined);
  assertEquals(receive([plain], { maxMessage: 9 }).error?.code, 1009);
  const payload = compress("1234567890");
  const cut = concat(compressed(1, payload.subarray(0, 3), 0), unmasked(0, payload.subarray(3)));
  assertEquals(receive([cut], { maxMessage: 10 }).error, undefined);
  assertEquals(receive([cut], { maxMessage: 9 }).error?.code, 1009);
});

Deno.test("inflater: a frame is limited by its length on the wire", () => {
  const bytes = compressed(1, compress("x".repeat(5000)));
  assertEquals(receive([bytes], {}, { maxFrame: 100 }).error, undefined);
  assertEquals(receive([unmasked(1, "x".repeat(101))], {}, { maxFrame: 100 }).error?.code, 1009);
});

/** 1 GiB of zeros as one message of about 1 MB, or the part of it that inflates to `size`. */
function bomb(size: number): Bytes {
  const block = deflateRawSync(new Uint8Array(1 << 20), {
    level: 9,
    finishFlush: constants.Z_FULL_FLUSH,
  });
  return compressed(2, concat(...Array.from({ length: size >> 20 }, () => Uint8Array.from(block))));
}

Deno.test("inflater: 1 GiB of zeros in 1 MB is refused with 1009 before memory is taken", () => {
  const bytes = bomb(1 << 30);
  assert(bytes.length < 1_200_000, String(bytes.length));
  const limit = 64 * 1024 * 1024;
  const inflater = new Inflater({ windowBits: 15, contextTakeover: true, maxMessage: limit });
  const decoder = new Decoder({ from: "server", maxFrame: limit, maxMessage: limit, inflater });
  const batch = new Batch(new Uint8Array(0));
  const control = { ping() {}, pong() {} };
  let largest = 0;
  let came = 0;
  for (let at = 0; at < bytes.length && decoder.error === undefined;) {
    const room = decoder.room();
    const length = Math.min(room.length, bytes.length - at);
    room.set(bytes.subarray(at, at += length));
    decoder.fill(length);
    do {
      decoder.decode(batch, control);
      came += batch.byteLength;
      largest = Math.max(largest, batch.bytes.length);
    } while (batch.length > 0);
  }
  inflater.close();
  assertEquals(decoder.error?.code, 1009);
  assert(largest <= 2 * 1024 * 1024, `a buffer of ${largest} bytes`);
  assert(came <= limit, `${came} bytes went on`);
});

Deno.test("inflater: messages over 1 MiB go on in parts, shorter ones whole", () => {
  for (const length of [HOLD, HOLD + 1, 5 * HOLD]) {
    const data = crypto.getRandomValues(new Uint8Array(65_536));
    const message = new Uint8Array(length);
    for (let at = 0; at < length; at += data.length) {
      message.set(data.subarray(0, Math.min(data.length, length - at)), at);
    }
    const outcome = receive([compressed(2, compress(message))]);
    assertEquals(outcome.messages.length, 1);
    assertEquals(outcome.messages[0].payload.length, length);
    assert(outcome.messages[0].payload.every((byte, i) => byte === message[i]));
    assertEquals(outcome.entries > 1, length > HOLD);
  }
});

Deno.test("inflater: many messages that inflate to much come in many batches", () => {
  const payload = compress("y".repeat(200_000));
  const inflater = new Inflater({ windowBits: 15, contextTakeover: false, maxMessage: 1 << 20 });
  const decoder = new Decoder({ from: "server", maxFrame: 1e9, maxMessage: 1 << 20, inflater });
  decoder.prefill(concat(...Array.from({ length: 50 }, () => compressed(1, payload))));
  const batch = new Batch(new Uint8Array(0));
  let messages = 0;
  let batches = 0;
  for (;;) {
    decoder.decode(batch, { ping() {}, pong() {} });
    if (batch.length === 0) break;
    batches++;
    for (let i = 0; i < batch.length; i++) {
      assertEquals(batch.flags(i) & (MORE | CONTINUED), 0);
      assertEquals(batch.message(i).length, 200_000);
      messages++;
    }
    assert(batch.byteLength <= 1 << 19, String(batch.byteLength));
  }
  assertEquals(messages, 50);
  assert(batches > 10, String(batches));
  assertEquals(batch.bytes.length, 0, "nothing is held when there is nothing");
  inflater.close();
});

Deno.test("inflater: counts what came and what it was on the wire", () => {
  const { inflater } = receive([
    concat(compressed(1, HELLO), unmasked(1, "plain"), unmasked(1, "a", 0), unmasked(0, "b")),
  ]);
  const { messages, compressed: deflated, bytes, wireBytes } = inflater.traffic;
  assertEquals([messages, deflated, bytes, wireBytes], [3, 1, 12, 14]);
  assertEquals(String(inflater.traffic), "3 messages (1 compressed), 12 bytes as 14, 116.7 %");
});
