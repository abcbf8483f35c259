import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { HOLD } from "../../lib/websocket/decoder.ts";
import {
  type Bytes,
  bytesOf,
  closeBytes,
  concat,
  decode,
  frame,
  KEY,
  masked,
  type Outcome,
  pieces,
  randomNumbers,
  textOf,
  unmasked,
} from "./frames.ts";

const CONTINUATION = 0, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10;

/** Decodes bytes whole, byte by byte, and cut at every place; they must all come to the same. */
function everyWay(
  from: "client" | "server",
  bytes: Bytes,
  options: Parameters<typeof decode>[2] = {},
): Outcome {
  const whole = decode(from, [bytes], options);
  const { order, closed, error, betweenMessages } = whole;
  const expected = { order, closed, error, betweenMessages };
  const ways = [[...bytes].map((byte) => Uint8Array.of(byte))];
  for (let cut = 1; cut < bytes.length; cut++) ways.push(pieces(bytes, cut));
  for (const way of ways) {
    const { order, closed, error, betweenMessages } = decode(from, way, options);
    assertEquals({ order, closed, error, betweenMessages }, expected);
  }
  return whole;
}

function assertFails(outcome: Outcome, code: number, message?: string): void {
  assertEquals(outcome.error?.code, code);
  if (message !== undefined) assertEquals(outcome.error?.message, message);
}

function assertFine(outcome: Outcome): void {
  assertEquals(outcome.error, undefined);
}

// --- 5.1 ---

Deno.test("RFC 6455 5.1: a server fails the connection on an unmasked frame with 1002", () => {
  for (const opcode of [TEXT, BINARY, PING, PONG, CLOSE]) {
    assertFails(everyWay("client", unmasked(opcode)), 1002, "an unmasked frame from a client");
  }
});

Deno.test("RFC 6455 5.1: a client fails the connection on a masked frame with 1002", () => {
  for (const opcode of [TEXT, BINARY, PING, PONG, CLOSE]) {
    assertFails(everyWay("server", masked(opcode)), 1002, "a masked frame from a server");
  }
});

Deno.test("RFC 6455 5.1: what came before a wrong frame is delivered", () => {
  const outcome = everyWay(
    "client",
    concat(masked(TEXT, "one"), masked(PING, "p"), unmasked(TEXT)),
  );
  assertEquals(outcome.order, ["ping p", "text one"]);
  assertFails(outcome, 1002);
});

Deno.test("RFC 6455 5.1: a wrong frame is seen at its second byte", () => {
  assertEquals(decode("client", [unmasked(TEXT, "x".repeat(100))], {}).error?.code, 1002);
  const bytes = [...unmasked(TEXT, "hello")].map((byte) => Uint8Array.of(byte));
  assertEquals(decode("client", bytes).failedAt, 2);
});

// --- 5.2 ---

Deno.test("RFC 6455 5.2: each reserved bit without an extension fails with 1002", () => {
  for (const rsv of [1, 2, 3, 4, 5, 6, 7]) {
    for (const opcode of [TEXT, BINARY, PING, PONG, CLOSE]) {
      const outcome = everyWay("server", frame({ opcode, rsv, payload: "ab" }));
      assertFails(outcome, 1002, "a frame with reserved bits set");
    }
  }
});

Deno.test("RFC 6455 5.2: each reserved opcode fails with 1002", () => {
  for (const opcode of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) {
    for (const from of ["client", "server"] as const) {
      const bytes = from === "client" ? masked(opcode, "x") : unmasked(opcode, "x");
      assertFails(everyWay(from, bytes), 1002, `a frame with the reserved opcode ${opcode}`);
    }
  }
});

Deno.test("RFC 6455 5.2: a length in more bytes than it needs fails with 1002", () => {
  for (const [length, lengthBits] of [[0, 16], [125, 16], [0, 64], [125, 64], [126, 64]]) {
    const bytes = frame({ opcode: BINARY, payload: new Uint8Array(length), lengthBits });
    assertFails(everyWay("server", bytes), 1002, "a frame length in more bytes than it needs");
  }
  const bytes = frame({ opcode: BINARY, length: 65535, lengthBits: 64 });
  assertFails(everyWay("server", bytes), 1002);
});

Deno.test("RFC 6455 5.2: a 64-bit length with its highest bit set fails with 1002", () => {
  const bytes = concat([0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 1]);
  assertFails(everyWay("server", bytes), 1002, "a frame length with its highest bit set");
});

Deno.test("RFC 6455 5.2: the largest 63-bit length is too big, not wrong", () => {
  for (const rest of [255, 0]) {
    const bytes = concat([0x82, 127, 0x7f, ...new Array(7).fill(rest)]);
    assertFails(everyWay("server", bytes), 1009);
  }
});

Deno.test("RFC 6455 5.2: the length's bytes are in network order", () => {
  const payload = new Uint8Array(0x0102).fill(7);
  const bytes = concat([0x82, 126, 0x01, 0x02], payload);
  assertEquals(decode("server", [bytes]).messages, [{ kind: "binary", payload }]);
});

Deno.test("RFC 6455 5.2: payloads of every length in 7, 16 and 64 bits arrive whole", () => {
  for (const length of [0, 1, 124, 125, 126, 127, 65535, 65536, 65537]) {
    const payload = Uint8Array.from({ length }, (_, i) => i * 7);
    for (const from of ["client", "server"] as const) {
      const bytes = frame({ opcode: BINARY, payload, key: from === "client" ? KEY : undefined });
      for (const way of [[bytes], pieces(bytes, 1), pieces(bytes, 3), pieces(bytes, 11)]) {
        const { messages, entries } = decode(from, way);
        assertEquals(messages, [{ kind: "binary", payload }]);
        assertEquals(entries, 1);
      }
    }
  }
});

Deno.test("RFC 6455 5.2: an empty text and an empty binary message are messages", () => {
  const outcome = everyWay("server", concat(unmasked(TEXT), unmasked(BINARY)));
  assertEquals(outcome.order, ["text ", "binary "]);
});

// --- 5.3 ---

Deno.test("RFC 6455 5.3: payloads of 0 to 40 bytes are unmasked at every alignment", () => {
  for (let before = 0; before < 4; before++) {
    for (let length = 0; length <= 40; length++) {
      const payload = Uint8Array.from({ length }, (_, i) => 255 - i * 5);
      const bytes = concat(masked(BINARY, new Uint8Array(before)), masked(BINARY, payload));
      assertEquals(decode("client", [bytes]).messages[1].payload, payload);
    }
  }
});

Deno.test("RFC 6455 5.3: a payload is unmasked alike wherever it is cut", () => {
  for (let length = 1; length <= 40; length++) {
    const payload = "a".repeat(length - 1) + "z";
    const outcome = everyWay("client", concat(masked(TEXT, "x"), masked(TEXT, payload)));
    assertEquals(outcome.order, ["text x", `text ${payload}`]);
  }
});

Deno.test("RFC 6455 5.3: each fragment has its own key, which begins anew", () => {
  const bytes = concat(
    frame({ fin: 0, opcode: TEXT, payload: "abcde", key: [1, 2, 3, 4] }),
    frame({ fin: 0, opcode: CONTINUATION, payload: "f", key: [0xff, 0, 0xff, 0] }),
    frame({ opcode: CONTINUATION, payload: "ghi", key: [9, 8, 7, 6] }),
  );
  assertEquals(everyWay("client", bytes).order, ["text abcdefghi"]);
});

Deno.test("RFC 6455 5.3: a key of zeros is a key, and the text is checked all the same", () => {
  const key = [0, 0, 0, 0];
  assertEquals(everyWay("client", frame({ opcode: TEXT, payload: "é!", key })).order, ["text é!"]);
  assertFails(
    everyWay("client", frame({ opcode: TEXT, payload: bytesOf([0xc3, 0x21]), key })),
    1007,
  );
});

// --- 5.4 ---

Deno.test("RFC 6455 5.4: the fragments of a message become one message", () => {
  const bytes = concat(
    masked(TEXT, "a", 0),
    masked(CONTINUATION, "", 0),
    masked(CONTINUATION, "bc", 0),
    masked(CONTINUATION, "d"),
    masked(BINARY, "e", 0),
    masked(CONTINUATION, ""),
  );
  assertEquals(everyWay("client", bytes).order, ["text abcd", "binary e"]);
});

Deno.test("RFC 6455 5.4: a message of empty fragments is an empty message", () => {
  const bytes = concat(
    unmasked(TEXT, "", 0),
    unmasked(CONTINUATION, "", 0),
    unmasked(CONTINUATION),
  );
  assertEquals(everyWay("server", bytes).order, ["text "]);
});

Deno.test("RFC 6455 5.4: control frames may stand between fragments and come first", () => {
  const bytes = concat(
    masked(TEXT, "ab", 0),
    masked(PING, "1"),
    masked(CONTINUATION, "cd", 0),
    masked(PONG, "2"),
    masked(PING, ""),
    masked(CONTINUATION, "ef"),
    masked(TEXT, "gh"),
  );
  assertEquals(everyWay("client", bytes).order, [
    "ping 1",
    "pong 2",
    "ping ",
    "text abcdef",
    "text gh",
  ]);
});

Deno.test("RFC 6455 5.4: a new message within an unfinished one fails with 1002", () => {
  for (const opcode of [TEXT, BINARY]) {
    for (const fin of [0, 1]) {
      const bytes = concat(masked(TEXT, "a", 0), masked(opcode, "b", fin));
      assertFails(everyWay("client", bytes), 1002, "a new message within an unfinished one");
    }
  }
});

Deno.test("RFC 6455 5.4: a continuation without a message fails with 1002", () => {
  for (const fin of [0, 1]) {
    const bytes = concat(masked(TEXT, "a"), masked(CONTINUATION, "b", fin));
    const outcome = everyWay("client", bytes);
    assertEquals(outcome.order, ["text a"]);
    assertFails(outcome, 1002, "a continuation frame without a message");
  }
});

Deno.test("RFC 6455 5.4: nor may a message go on after its last fragment", () => {
  const bytes = concat(masked(TEXT, "a", 0), masked(CONTINUATION, "b"), masked(CONTINUATION, "c"));
  assertFails(everyWay("client", bytes), 1002);
});

// --- 5.5 ---

Deno.test("RFC 6455 5.5: a control frame of 125 bytes is taken, one of 126 fails with 1002", () => {
  for (const opcode of [PING, PONG]) {
    assertFine(everyWay("server", unmasked(opcode, "x".repeat(125))));
    const outcome = everyWay("server", unmasked(opcode, "x".repeat(126)));
    assertFails(outcome, 1002, "a control frame over 125 bytes");
  }
  assertFine(everyWay("server", unmasked(CLOSE, closeBytes(1000, "x".repeat(123)))));
  assertFails(everyWay("server", unmasked(CLOSE, closeBytes(1000, "x".repeat(124)))), 1002);
});

Deno.test("RFC 6455 5.5: a fragmented control frame fails with 1002", () => {
  for (const opcode of [PING, PONG, CLOSE]) {
    assertFails(everyWay("client", masked(opcode, "", 0)), 1002, "a fragmented control frame");
  }
});

Deno.test("RFC 6455 5.5: a control frame does not count for the limits of messages", () => {
  const bytes = concat(
    masked(PING, "x".repeat(50)),
    masked(TEXT, "ab", 0),
    masked(PING, "y".repeat(50)),
  );
  assertFine(everyWay("client", bytes, { maxFrame: 10, maxMessage: 10 }));
});

Deno.test("RFC 6455 5.5.1: nothing after a Close frame is looked at", () => {
  const bytes = concat(masked(TEXT, "a"), masked(CLOSE, closeBytes(1001)), masked(TEXT, "b"), [
    255,
    255,
  ]);
  const outcome = decode("client", [bytes]);
  assertEquals(outcome.order, ["text a"]);
  assertEquals(outcome.closed, { code: 1001, reason: "" });
  assertFine(outcome);
});

Deno.test("RFC 6455 5.5.1: a Close frame may stand between fragments", () => {
  const outcome = everyWay(
    "client",
    concat(masked(TEXT, "a", 0), masked(CLOSE, closeBytes(1000, "é"))),
  );
  assertEquals(outcome.closed, { code: 1000, reason: "é" });
  assertEquals(outcome.order, []);
});

Deno.test("RFC 6455 5.5.1: a Close frame without a code is 1005", () => {
  assertEquals(everyWay("server", unmasked(CLOSE)).closed, { code: 1005, reason: "" });
});

Deno.test("RFC 6455 5.5.1: half a code in a Close frame fails with 1002", () => {
  const outcome = everyWay("server", unmasked(CLOSE, "x"));
  assertFails(outcome, 1002, "a Close frame with half a code");
  assertEquals(outcome.closed, undefined);
});

Deno.test("RFC 6455 5.5.1: a close reason that is not UTF-8 fails with 1007", () => {
  const outcome = everyWay("server", unmasked(CLOSE, concat(closeBytes(1000), [0xce, 0xba, 0xe1])));
  assertFails(outcome, 1007, "a close reason that is not UTF-8");
});

Deno.test("RFC 6455 5.5.2: a Ping comes with its payload, also an empty one", () => {
  const bytes = concat(masked(PING, "hello"), masked(PING));
  assertEquals(everyWay("client", bytes).order, ["ping hello", "ping "]);
});

Deno.test("RFC 6455 5.5.3: a Pong that nobody asked for is no error", () => {
  assertEquals(everyWay("client", masked(PONG, "x")).order, ["pong x"]);
});

// --- 5.6 and 8.1 ---

/** Autobahn 6.5 to 6.23, and the edges of every row of RFC 3629's table. */
const VALID: readonly (readonly number[])[] = [
  [],
  [0x00],
  [0x7f],
  [0xc2, 0x80],
  [0xdf, 0xbf],
  [0xe0, 0xa0, 0x80],
  [0xe0, 0xbf, 0xbf],
  [0xe1, 0x80, 0x80],
  [0xec, 0xbf, 0xbf],
  [0xed, 0x80, 0x80],
  [0xed, 0x9f, 0xbf],
  [0xee, 0x80, 0x80],
  [0xef, 0xbb, 0xbf],
  [0xef, 0xbf, 0xbd],
  [0xef, 0xbf, 0xbe],
  [0xef, 0xbf, 0xbf],
  [0xf0, 0x90, 0x80, 0x80],
  [0xf0, 0xbf, 0xbf, 0xbf],
  [0xf1, 0x80, 0x80, 0x80],
  [0xf3, 0xbf, 0xbf, 0xbf],
  [0xf4, 0x80, 0x80, 0x80],
  [0xf4, 0x8f, 0xbf, 0xbf],
  [0xce, 0xba, 0xe1, 0xbd, 0xb9, 0xcf, 0x83, 0xce, 0xbc, 0xce, 0xb5],
];

/** Wrong sequences, and at which byte (from 1) each is known to be wrong. */
const INVALID: readonly (readonly [bytes: readonly number[], wrongAt: number])[] = [
  [[0x80], 1],
  [[0xbf], 1],
  [[0xc0, 0x80], 1],
  [[0xc1, 0xbf], 1],
  [[0xf5, 0x80, 0x80, 0x80], 1],
  [[0xf8, 0x88, 0x80, 0x80, 0x80], 1],
  [[0xfc, 0x84, 0x80, 0x80, 0x80, 0x80], 1],
  [[0xfe], 1],
  [[0xff], 1],
  [[0xc2, 0x7f], 2],
  [[0xc2, 0xc0], 2],
  [[0xdf, 0x20], 2],
  [[0xe0, 0x80, 0x80], 2],
  [[0xe0, 0x9f, 0xbf], 2],
  [[0xe1, 0x7f], 2],
  [[0xe1, 0xc0], 2],
  [[0xed, 0xa0, 0x80], 2],
  [[0xed, 0xbf, 0xbf], 2],
  [[0xed, 0xa0, 0x80, 0xed, 0xb0, 0x80], 2],
  [[0xef, 0xbf, 0x20], 3],
  [[0xf0, 0x80, 0x80, 0x80], 2],
  [[0xf0, 0x8f, 0xbf, 0xbf], 2],
  [[0xf0, 0x90, 0x20], 3],
  [[0xf0, 0x90, 0x80, 0x20], 4],
  [[0xf4, 0x90, 0x80, 0x80], 2],
  [[0xf4, 0xbf], 2],
];

/** Sequences that may still become valid, but end too soon. */
const CUT_OFF: readonly (readonly number[])[] = [
  [0xc2],
  [0xe0],
  [0xe0, 0xa0],
  [0xed, 0x9f],
  [0xf0],
  [0xf0, 0x90],
  [0xf0, 0x90, 0x80],
  [0xf4, 0x8f, 0xbf],
];

Deno.test("RFC 6455 5.6: every valid UTF-8 sequence is taken, wherever frames and reads cut it", () => {
  for (const sequence of VALID) {
    const text = concat(bytesOf("κ-"), sequence, bytesOf("-x"));
    for (const from of ["client", "server"] as const) {
      const key = from === "client" ? KEY : undefined;
      const outcome = everyWay(from, frame({ opcode: TEXT, payload: text, key }));
      assertEquals(outcome.messages, [{ kind: "text", payload: text }]);
      for (let cut = 0; cut <= text.length; cut++) {
        const bytes = concat(
          frame({ fin: 0, opcode: TEXT, payload: text.subarray(0, cut), key }),
          frame({ opcode: CONTINUATION, payload: text.subarray(cut), key }),
        );
        assertEquals(decode(from, [bytes]).messages, [{ kind: "text", payload: text }]);
      }
    }
  }
});

Deno.test("RFC 6455 8.1: every sequence that is not UTF-8 fails with 1007", () => {
  for (const [sequence] of INVALID) {
    for (const before of ["", "κ-", "12345678"]) {
      const payload = concat(bytesOf(before), sequence, bytesOf("edited"));
      const message = "a text message that is not UTF-8";
      assertFails(everyWay("client", masked(TEXT, payload)), 1007, message);
      assertFails(everyWay("server", unmasked(TEXT, payload)), 1007, message);
    }
  }
});

Deno.test("RFC 6455 8.1: text fails at its first wrong byte, before the frame is whole", () => {
  for (const [sequence, wrongAt] of INVALID) {
    const payload = concat(bytesOf("κόσμε"), sequence, bytesOf("edited"));
    for (const [from, head] of [["client", 6], ["server", 2]] as const) {
      const bytes = from === "client" ? masked(TEXT, payload) : unmasked(TEXT, payload);
      const { failedAt } = decode(from, [...bytes].map((byte) => Uint8Array.of(byte)));
      assertEquals(failedAt, head + bytesOf("κόσμε").length + wrongAt);
    }
  }
});

Deno.test("RFC 6455 8.1: text fails at its first wrong byte, before the message is whole", () => {
  const bytes = concat(masked(TEXT, "κό", 0), masked(CONTINUATION, bytesOf([0xce]), 0));
  assertFine(decode("client", [bytes]));
  const wrong = concat(bytes, masked(CONTINUATION, bytesOf([0x20, 0x20]), 0).subarray(0, 7));
  assertFails(decode("client", [wrong]), 1007);
});

Deno.test("RFC 6455 8.1: a character that the message's end cuts off fails with 1007", () => {
  for (const sequence of CUT_OFF) {
    assertFails(everyWay("client", masked(TEXT, bytesOf(sequence))), 1007);
    assertFails(everyWay("server", unmasked(TEXT, concat(bytesOf("abcd"), sequence))), 1007);
    const parts = concat(masked(TEXT, bytesOf(sequence), 0), masked(CONTINUATION));
    assertFails(everyWay("client", parts), 1007);
    assertFine(decode("client", [masked(TEXT, bytesOf(sequence), 0)]));
  }
});

Deno.test("RFC 6455 5.6: the state of one text does not reach into the next", () => {
  const bytes = concat(masked(TEXT, "é", 0), masked(CONTINUATION, "é"), masked(TEXT, "é"));
  assertEquals(everyWay("client", bytes).order, ["text éé", "text é"]);
});

Deno.test("RFC 6455 5.6: a binary message may hold any bytes", () => {
  const payload = Uint8Array.from({ length: 256 }, (_, i) => i);
  for (const from of ["client", "server"] as const) {
    const bytes = from === "client" ? masked(BINARY, payload) : unmasked(BINARY, payload);
    assertEquals(everyWay(from, bytes).messages, [{ kind: "binary", payload }]);
  }
});

Deno.test("RFC 6455 5.7: the examples of the RFC", () => {
  const hello = [0x48, 0x65, 0x6c, 0x6c, 0x6f];
  const data = Uint8Array.from({ length: 65536 }, (_, i) => i);
  assertEquals(everyWay("server", bytesOf([0x81, 0x05, ...hello])).order, ["text Hello"]);
  const maskedHello = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
  assertEquals(everyWay("client", bytesOf(maskedHello)).order, ["text Hello"]);
  const fragments = [0x01, 0x03, 0x48, 0x65, 0x6c, 0x80, 0x02, 0x6c, 0x6f];
  assertEquals(everyWay("server", bytesOf(fragments)).order, ["text Hello"]);
  assertEquals(everyWay("server", bytesOf([0x89, 0x05, ...hello])).order, ["ping Hello"]);
  const pong = [0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
  assertEquals(everyWay("client", bytesOf(pong)).order, ["pong Hello"]);
  const short = concat([0x82, 0x7e, 0x01, 0x00], data.subarray(0, 256));
  assertEquals(everyWay("server", short).messages[0].payload, data.subarray(0, 256));
  const long = concat([0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0], data);
  assertEquals(decode("server", [long]).messages[0].payload, data);
});

// --- 10.4 ---

Deno.test("RFC 6455 10.4: a frame over the limit fails with 1009 at its length", () => {
  const bytes = frame({ opcode: BINARY, length: 1001, key: KEY });
  const outcome = everyWay("client", bytes, { maxFrame: 1000 });
  assertFails(outcome, 1009, "a frame of 1001 bytes, over --max-ws-frame-length (1000)");
  assertEquals(
    decode("client", [...bytes].map((b) => Uint8Array.of(b)), { maxFrame: 1000 }).failedAt,
    4,
  );
  assertFine(decode("client", [masked(BINARY, new Uint8Array(1000))], { maxFrame: 1000 }));
});

Deno.test("RFC 6455 10.4: fragments over the limit together fail with 1009", () => {
  const bytes = concat(masked(TEXT, "123456", 0), masked(PING), masked(CONTINUATION, "78901", 0));
  const outcome = everyWay("client", bytes, { maxMessage: 10 });
  assertFails(outcome, 1009, "a message of at least 11 bytes, over --max-ws-message-length (10)");
  const three = ["1234", "5678", "901"].map((part, i) =>
    masked(i === 0 ? TEXT : CONTINUATION, part, 0)
  );
  assertFails(everyWay("client", concat(...three), { maxMessage: 10 }), 1009);
  const twice = concat(
    masked(TEXT, "1234567890"),
    masked(TEXT, "12345", 0),
    masked(CONTINUATION, "67890"),
  );
  assertFine(everyWay("client", twice, { maxMessage: 10 }));
});

Deno.test("decoder: an announced length alone takes no memory", () => {
  const bytes = frame({ opcode: BINARY, length: 60_000_000, key: KEY });
  const { largestRoom, betweenMessages } = decode("client", [bytes, new Uint8Array(100)]);
  assertLessOrEqual(largestRoom, 8192);
  assert(!betweenMessages);
});

Deno.test("decoder: a message of up to 1 MiB is delivered whole, however it comes", () => {
  const payload = Uint8Array.from({ length: HOLD }, (_, i) => i ^ (i >> 8));
  const whole = frame({ opcode: BINARY, payload });
  const parts = [0, 1000, 65536, 700_000].map((start, i, all) =>
    unmasked(i === 0 ? BINARY : CONTINUATION, payload.subarray(start, all[i + 1] ?? HOLD), 0)
  );
  for (const chunks of [[whole], chunksOf(whole, 1400), [...parts, unmasked(CONTINUATION)]]) {
    const { messages, entries } = decode("server", chunks);
    assertEquals(entries, 1);
    assert(equal(messages[0].payload, payload));
  }
});

Deno.test("decoder: a longer message leaves in parts, and no more memory than for two of 1 MiB is held", () => {
  const payload = Uint8Array.from({ length: 7 * HOLD + 5 }, (_, i) => (i * 31) & 0x7f);
  for (const opcode of [TEXT, BINARY]) {
    const { messages, entries, largestRoom } = decode(
      "client",
      chunksOf(masked(opcode, payload), 100_000),
    );
    assertEquals(messages.length, 1);
    assertEquals(messages[0].kind, opcode === TEXT ? "text" : "binary");
    assert(equal(messages[0].payload, payload));
    assert(entries > 3, `${entries} parts`);
    assertLessOrEqual(largestRoom, 4 * HOLD);
  }
});

Deno.test("decoder: a message in parts has its UTF-8 checked across them", () => {
  const text = bytesOf("€".repeat(HOLD));
  const { messages, entries } = decode("client", chunksOf(masked(TEXT, text), 65_537));
  assert(entries > 1);
  assert(equal(messages[0].payload, text));
  text[2 * HOLD] = 0xff;
  assertFails(decode("client", chunksOf(masked(TEXT, text), 65_537)), 1007);
});

Deno.test("decoder: its buffer grows with the traffic and shrinks when there is little", () => {
  const much = frame({ opcode: BINARY, payload: new Uint8Array(60_000) });
  const busy = Array.from({ length: 20 }, () => much);
  const quiet = Array.from({ length: 20 }, () => unmasked(TEXT, "tick"));
  const { largestRoom, lastRoom } = decode("server", [...busy, ...quiet]);
  assert(largestRoom >= 64 * 1024, `${largestRoom} bytes`);
  assertLessOrEqual(lastRoom, 1024);
});

Deno.test("decoder: many small fragments cost no more than their bytes", () => {
  const one = unmasked(CONTINUATION, "abcdefgh", 0);
  const bytes = new Uint8Array(10 + one.length * 50_000 + 2);
  let at = 0;
  for (let i = 0; i < 50_000; i++, at += one.length) bytes.set(one, at);
  bytes[0] = 0x01;
  bytes.set(unmasked(CONTINUATION), at);
  const { messages, entries } = decode("server", chunksOf(bytes.subarray(0, at + 2), one.length));
  assertEquals(entries, 1);
  assertEquals(messages[0].payload.length, 400_000);
});

Deno.test("decoder: the end of the connection is in order between messages only", () => {
  const bytes = concat(masked(TEXT, "ab", 0), masked(PING), masked(CONTINUATION, "cd"));
  for (let length = 0; length <= bytes.length; length++) {
    const { betweenMessages } = decode("client", [bytes.subarray(0, length)]);
    assertEquals(betweenMessages, length === 0 || length === bytes.length);
  }
});

Deno.test("decoder: any messages in any fragments and any pieces arrive as they were", () => {
  const random = randomNumbers(20260101);
  for (let round = 0; round < 150; round++) {
    const from = round % 2 === 0 ? "client" : "server";
    const sent: string[] = [];
    const frames: Bytes[] = [];
    for (let n = random(12); n >= 0; n--) {
      const text = "aé€😀\0".repeat(random(random(4) === 0 ? 400 : 6)).slice(0, random(2000) + 1)
        .toWellFormed();
      const binary = random(2) === 0;
      sent.push(`${binary ? "binary" : "text"} ${text}`);
      const payload = bytesOf(text);
      const cuts = Array.from({ length: random(4) }, () => random(payload.length + 1)).sort((
        a,
        b,
      ) => a - b);
      const parts = pieces(payload, ...cuts);
      parts.forEach((part, i) => {
        const key = from === "client"
          ? [random(256), random(256), random(256), random(256)]
          : undefined;
        const opcode = i > 0 ? CONTINUATION : binary ? BINARY : TEXT;
        frames.push(frame({ fin: i === parts.length - 1 ? 1 : 0, opcode, payload: part, key }));
        if (random(3) === 0) {
          frames.push(frame({ opcode: PING, payload: "p".repeat(random(126)), key }));
        }
      });
    }
    const bytes = concat(...frames);
    const cuts = Array.from({ length: random(30) }, () => random(bytes.length)).sort((a, b) =>
      a - b
    );
    const outcome = decode(from, pieces(bytes, ...cuts));
    assertFine(outcome);
    assertEquals(
      outcome.messages.map((message) => `${message.kind} ${textOf(message)}`),
      sent,
    );
    assert(outcome.betweenMessages);
  }
});

function chunksOf(bytes: Bytes, size: number): Bytes[] {
  return Array.from(
    { length: Math.ceil(bytes.length / size) },
    (_, i) => bytes.subarray(i * size, (i + 1) * size),
  );
}

/** `assertEquals` takes too long for megabytes. */
function equal(a: Bytes, b: Bytes): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
